// The bare page: fetches and parses what the app does, in the same order and with as much at once, and no more.
const [token, { identities, apis, holders }, done] = arguments;

const read = async (url, onPage) => {
  while (url) {
    const answer = await fetch(url, {
      headers: { Authorization: `Bearer ${token}` },
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    const page = JSON.parse(await answer.text());
    onPage?.(page);
    url = page["@odata.nextLink"];
  }
};

(async () => {
  const request = performance.now();
  let first = null;
  let count = 0;
  const listed = read(identities, (page) => {
    first ??= performance.now() - request;
    count += page.value.length;
  }).then(() => performance.now() - request);
  const rest = async () => {
    await read(apis);
    const left = [...holders];
    const reader = async () => {
      while (left.length) await read(left.shift());
    };
    await Promise.all(Array.from({ length: 6 }, reader));
  };
  await Promise.all([listed, rest()]);
  done({ first, loaded: await listed, whole: performance.now() - request, count });
})();
