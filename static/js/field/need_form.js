// The need form: an article chosen in the catalogue says what kind of need it is.

import { alike } from "../../sw/search.js";
import { putBack } from "./drafts.js";

/** What htmx needs to fetch the choices again. @type {{ajax(method: string, path: string, target: string): Promise<void>}} */
const htmx = /** @type {any} */ (globalThis).htmx;

export function followItem() {
  const form = document.querySelector("form.need");
  if (!(form instanceof HTMLFormElement)) return;
  form.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "item" && target.dataset.kind) {
      const kinds = form.elements.namedItem("kind");
      if (kinds instanceof RadioNodeList) kinds.value = target.dataset.kind;
    }
    if (target instanceof HTMLInputElement && target.name === "item") warnOfTwice(target.value);
  });
  // Enter in the search field searches; it does not send the form.
  form.querySelector("[data-search]")?.addEventListener("keydown", (event) => {
    if (event instanceof KeyboardEvent && event.key === "Enter") event.preventDefault();
  });
  // An article found by a search is not on the page any more: it comes back with its questions, and they with their answers.
  form.addEventListener("tour:missing-choice", async (event) => {
    const { name, value, values } = /** @type {CustomEvent} */ (event).detail;
    if (name !== "item" || !value) return;
    const item = `item=${encodeURIComponent(value)}`;
    await htmx.ajax("GET", `/field/catalogue/choices?${item}`, "#choices");
    await htmx.ajax("GET", `/field/catalogue/questions?${item}`, "#questions");
    putBack(form, values, "answers.");
  });
  const text = form.elements.namedItem("text");
  if (text instanceof HTMLTextAreaElement) text.addEventListener("input", () => warnOfAlike(text.value));
}

/** Says when an open need of the site speaks of the same thing. @param {string} text */
function warnOfAlike(text) {
  const warning = document.getElementById("alike");
  const place = warning?.querySelector("[data-alike]");
  if (!warning || !place) return;
  const found = [...document.querySelectorAll("[data-open-text]")].find((need) => alike(text, need.getAttribute("data-open-text") ?? ""));
  warning.hidden = !found;
  place.textContent = found?.getAttribute("data-open-text")?.trim() ?? "";
}

/** Says when the same article is already asked for on this site. @param {string} item */
function warnOfTwice(item) {
  const warning = document.getElementById("twice");
  if (warning) warning.hidden = !item || !document.querySelector(`[data-open-item="${CSS.escape(item)}"]`);
}
