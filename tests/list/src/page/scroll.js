// Scrolls from the first row to the last, a step a frame.
const [steps, done] = arguments;
const end = document.documentElement.scrollHeight - innerHeight;
const frames = [];
let before = null;
let step = 0;

const last = () => Number([...document.querySelectorAll("tbody tr[aria-rowindex]")].at(-1)?.getAttribute("aria-rowindex"));
requestAnimationFrame(function frame(now) {
  if (before !== null) frames.push(now - before);
  before = now;
  step += 1;
  if (step <= steps) {
    scrollTo(0, (end * step) / steps);
    requestAnimationFrame(frame);
    return;
  }
  bench.painted().then(() => {
    const all = Number(document.querySelector("table").getAttribute("aria-rowcount"));
    scrollTo(0, 0);
    done(last() === all ? { frames } : { error: `the last row drawn is ${last()} of ${all}` });
  });
});
