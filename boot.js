// Starts the app: finds the two files that <head> announces, loads them with their integrity checked, and
// says in plain words what to do when that fails. It knows nothing of what the app does.
//
// It is a file of its own because the content security policy allows no inline script. Chromium ignores `integrity` on
// a preload of WebAssembly, so the check is asked for here once more, where it is enforced.

const boot = document.getElementById("boot");

/** Replaces the loading text by an explanation: what happened, then what to do. */
function explain(what, nextStep, cause) {
  const text = document.getElementById("boot-text");
  if (!boot || !text) return;
  boot.classList.add("boot-failed");
  text.setAttribute("role", "alert");
  text.textContent = what;
  const next = document.createElement("p");
  next.textContent = nextStep;
  const reload = document.createElement("button");
  reload.type = "button";
  reload.textContent = "Reload";
  reload.addEventListener("click", () => location.reload());
  const detail = document.createElement("p");
  detail.className = "boot-detail";
  detail.textContent = cause ? `Detail: ${cause}` : "";
  text.after(next, reload, detail);
}

/** The shell goes as soon as the app has put something else into the page. */
function removeShellOnceMounted() {
  const mounted = () => [...document.body.children].some((element) => element !== boot);
  const observer = new MutationObserver(() => {
    if (!mounted()) return;
    observer.disconnect();
    boot?.remove();
  });
  observer.observe(document.body, { childList: true });
}

async function start() {
  if (typeof WebAssembly !== "object" || typeof crypto?.subtle !== "object") {
    explain(
      isSecureContext ? "This browser cannot run Rolegrant." : "Rolegrant needs a secure address.",
      isSecureContext
        ? "It lacks WebAssembly or Web Cryptography, or they are switched off. Use a current version of Edge, Chrome, Firefox or Safari."
        : "Open it by https (http works for localhost alone).",
      navigator.userAgent,
    );
    return;
  }

  const script = document.querySelector('link[rel="modulepreload"]');
  const wasm = document.querySelector('link[rel="preload"][type="application/wasm"]');
  if (!script || !wasm) {
    explain("This page is incomplete.", "Ask whoever runs this site to publish all of the files again.", "no preload links");
    return;
  }

  let init;
  try {
    // A module preload with the wrong hash leaves nothing behind for the import, which then fails.
    const [module, response] = await Promise.all([
      import(script.href),
      fetch(wasm.href, { integrity: wasm.integrity, credentials: "same-origin" }),
    ]);
    if (!response.ok) throw new Error(`${response.status} for ${wasm.href}`);
    init = () => module.default({ module_or_path: response });
  } catch (error) {
    explain(
      "A file of the app is missing, or is not the one that was published.",
      "Mostly this is because a new version was published while this page was open: reload it. If that does not help, something between you and the site is changing its files; tell whoever runs it.",
      String(error),
    );
    return;
  }

  removeShellOnceMounted();
  try {
    await init();
  } catch (error) {
    if (boot?.isConnected) {
      explain(
        "The app stopped while it was starting.",
        "Reload the page. If that does not help, report it with the detail below.",
        String(error),
      );
    }
    throw error;
  }
}

start();
