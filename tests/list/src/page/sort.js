// Sorts by each column, both ways.
const [done] = arguments;
const rows = () => document.querySelector("tbody").textContent;

(async () => {
  const times = [];
  // By the last column first: the list stands by name already, and ascending.
  const count = document.querySelectorAll("thead th button").length;
  for (let column = count - 1; column >= 0; column--) {
    for (let way = 0; way < 2; way++) {
      const button = document.querySelectorAll("thead th button")[column];
      const order = () => button.closest("th").getAttribute("aria-sort");
      const before = order();
      times.push([button.textContent.trim(), await bench.timed(() => button.click(), rows)]);
      if (!order() || order() === before) throw new Error(`${button.textContent} does not sort`);
    }
  }
  done({ times });
})().catch((error) => done({ error: String(error) }));
