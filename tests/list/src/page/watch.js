// Runs in each document before its own scripts: keeps what cannot be asked for afterwards, and gives the other scripts
// their words.
{
  const bench = {
    /** The durations of the tasks over 50 ms since this was last emptied. */
    long: [],
    /** The memory of the app's WebAssembly. */
    memory: null,
    /** When the button to sign in could first be pressed. */
    usable: null,
    /** Once it was asked for (see below): when the first rows were painted, and when all that was kept. */
    rows: null,
    kept: null,

    /** Resolves with the time once the next frame is painted. */
    painted: () =>
      new Promise((resolve) =>
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now());
          port2.postMessage(null);
        }),
      ),

    /**
     * Does something at the beginning of a frame and resolves with how long it takes until what comes of it is painted:
     * without the wait for the frame, which is the screen's and not the app's. Fails if more is shown afterwards.
     */
    timed: async (act, shown) => {
      const time = await new Promise((resolve) =>
        requestAnimationFrame(() => {
          const begun = performance.now();
          act();
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now() - begun);
          port2.postMessage(null);
        }),
      );
      const then = shown();
      await bench.painted();
      if (shown() !== then) throw new Error(`“${then}” was painted first, then “${shown()}”`);
      return time;
    },

    /** Resolves once the condition holds, looked at whenever something changes below the element. */
    until: (element, condition) =>
      new Promise((resolve) => {
        if (condition()) return resolve();
        const observer = new MutationObserver(() => {
          if (!condition()) return;
          observer.disconnect();
          resolve();
        });
        observer.observe(element, { childList: true, characterData: true, subtree: true });
      }),

    button: (text) => [...document.querySelectorAll("button")].find((it) => it.textContent.trim() === text),

    /** Where the list says how much of it is loaded. */
    status: () => [...document.querySelectorAll("[role=status]")].find((it) => /loaded| as of /.test(it.textContent)),
  };
  Object.defineProperty(window, "bench", { value: bench });

  new PerformanceObserver((list) => bench.long.push(...list.getEntries().map((it) => Math.round(it.duration)))).observe({
    type: "longtask",
  });
  performance.setResourceTimingBufferSize(10_000);

  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...of) => {
    const made = await instantiate.apply(WebAssembly, of);
    // The parts that are fetched later use the memory of the first.
    bench.memory = made.instance.exports.memory ?? bench.memory;
    return made;
  };

  const usable = () => bench.button("Sign in with Microsoft")?.disabled === false;
  bench.until(document, usable).then(bench.painted).then((time) => (bench.usable = time));

  // For the bench of a reload, which says how many were kept: it has left the page before it can ask for anything.
  const all = sessionStorage.getItem("bench");
  if (all) {
    const row = () => document.querySelector("main tbody tr[aria-rowindex]");
    bench.until(document, row).then(bench.painted).then((time) => (bench.rows = time));
    const kept = () => bench.status()?.textContent.startsWith(`${all} as of `);
    bench.until(document, kept).then(bench.painted).then((time) => (bench.kept = time));
  }
}
