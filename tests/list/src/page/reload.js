// After a reload: waits until what was kept is shown, and until the list has been read anew and is kept once more.
const [before, done] = arguments;
(async () => {
  const [status, shown] = [bench.status(), () => bench.kept !== null];
  while (!shown()) await bench.painted();
  const kept = bench.long.splice(0);
  await bench.until(status, () => /loaded/.test(status.textContent) && !/roles of/.test(status.textContent));
  const read = bench.long.splice(0);
  while ([before, null].includes(sessionStorage.getItem("rolegrant.list"))) await bench.painted();
  const { rows, kept: all } = bench;
  done({ rows, all, long: [kept, read, bench.long], says: status.textContent });
})();
