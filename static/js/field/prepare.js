// « Préparer ma journée » and « Envoyer maintenant »: asks the worker, shows how far it is.
import { ask } from "./worker.js";

const ASKED = new Set(["prepare", "send", "plan"]);

/** What the worker answers → which of the page's sentences says it. @type {Record<string, string>} */
const SAID = { done: "done", signed_out: "signedOut", no_room: "noRoom", "": "missing" };

export function prepareOnRequest() {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element && target.closest("[data-tell]");
    const type = button instanceof HTMLButtonElement && button.dataset.tell;
    if (type && ASKED.has(type)) run(/** @type {HTMLButtonElement} */ (button), type);
  });
  const ready = document.getElementById("ready");
  if (ready && !ready.dataset.ready) prepareAtOnce();
}

/** The first time, nobody needs to ask: as soon as the worker is there. */
async function prepareAtOnce() {
  const button = document.querySelector("[data-tell=prepare]");
  if (!(button instanceof HTMLButtonElement)) return;
  if (!navigator.serviceWorker) return say("missing");
  if (!navigator.serviceWorker.controller) {
    await new Promise((go) => navigator.serviceWorker.addEventListener("controllerchange", go, { once: true }));
  }
  await run(button, "prepare");
}

/** @param {HTMLButtonElement} button @param {string} type */
async function run(button, type) {
  const bar = button.closest("section")?.querySelector("progress");
  const progress = (/** @type {Event} */ event) => {
    const { left, received } = /** @type {CustomEvent} */ (event).detail;
    if (bar) Object.assign(bar, { max: Math.max(1, received + left), value: received });
  };
  button.disabled = true;
  if (bar) bar.hidden = false;
  document.addEventListener("tour:progress", progress);
  const outcome = await ask(type);
  document.removeEventListener("tour:progress", progress);
  button.disabled = false;
  if (bar && outcome === "done") Object.assign(bar, { max: 1, value: 1 });
  else if (bar) bar.hidden = true;
  say(SAID[outcome ?? ""] ?? "failed");
}

/** Says what came of it, in the page's own words. @param {string} what */
function say(what) {
  const place = document.getElementById("told");
  if (place) place.textContent = place.dataset[what] ?? "";
}
