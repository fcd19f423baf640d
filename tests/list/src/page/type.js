// Types words into the search box letter by letter, and takes them out again.
const [words, done] = arguments;
const field = document.getElementById("search");
const rows = () => document.querySelector("tbody")?.textContent ?? "";
const type = (text) => {
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
};

(async () => {
  const times = [];
  const found = [];
  for (const word of words) {
    for (let letters = 1; letters <= word.length; letters++) {
      times.push(await bench.timed(() => type(word.slice(0, letters)), () => bench.status().textContent + rows()));
    }
    found.push(`${word}: ${bench.status().textContent}`);
    times.push(await bench.timed(() => type(""), () => bench.status().textContent + rows()));
  }
  done({ times, found });
})().catch((error) => done({ error: String(error) }));
