// Presses “Try again” and sees how the list fills. `everything` waits for the roles held, too.
const [everything, done] = arguments;

const status = bench.status();
const says = () => status.textContent;
const listed = () => /loaded/.test(says()) && !/loading/.test(says());
// Between the last page of identities and the first API nothing says that there is more to come: one is there by then.
const whole = () => listed() && !/roles of/.test(says());

const main = document.querySelector("main");
const first = bench.until(main, () => main.querySelector("tbody tr[aria-rowindex]")).then(bench.painted);
performance.clearResourceTimings();
bench.long.length = 0;
bench.button("Try again").click();

(async () => {
  await bench.until(status, () => /loading/.test(says()));
  await bench.until(status, listed);
  const loaded = await bench.painted();
  await bench.until(status, everything ? whole : listed);
  const end = await bench.painted();
  const lists = performance.getEntriesByType("resource").filter((it) => it.name.includes("/servicePrincipals"));
  const names = (part) => lists.map((it) => it.name).filter((name) => name.includes(part) && !name.includes("skiptoken"));
  const identities = names("ManagedIdentity");
  const request = lists.find((it) => it.name === identities.at(-1)).startTime;
  done({
    first: (await first) - request,
    loaded: loaded - request,
    whole: end - request,
    long: bench.long,
    says: says(),
    lists: { identities: identities[0], apis: everything ? names("Application%27")[0] : null, holders: names("appRoleAssignedTo") },
  });
})();
