// Loads the list anew, in the same page: until it has failed again, or has succeeded.
const [fails, done] = arguments;
const status = bench.status();
bench.button("Try again").click();
(async () => {
  await bench.until(status, () => /loading/.test(status.textContent));
  await bench.until(status, () => !/loading/.test(status.textContent));
  if (fails) await bench.until(document.body, () => bench.button("Try again"));
  done(status.textContent);
})();
