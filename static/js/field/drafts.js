// Every form with data-draft keeps what is typed as it is typed, and offers it again.

/** @typedef {{at: number, values: [string, string][]}} Draft */

const SKIPPED = new Set(["back", "page", "again", "visit", "q"]);

export function keepDrafts() {
  const noted = document.querySelector("[data-noted]");
  if (noted instanceof HTMLElement) localStorage.removeItem(keyOf(noted.dataset.noted ?? ""));
  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (form instanceof HTMLFormElement) keepDraft(form);
  }
}

/** @param {string} name */
const keyOf = (name) => `draft:${name}`;

/** @param {HTMLFormElement} form */
function keepDraft(form) {
  const key = keyOf(form.dataset.draft ?? "");
  const asShown = JSON.stringify(valuesOf(form));
  const draft = read(key);
  if (draft && JSON.stringify(draft.values) !== asShown) offer(form, key, draft);
  const save = () => {
    const values = valuesOf(form);
    if (JSON.stringify(values) === asShown) return;
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
    form.parentElement?.querySelector(".draft")?.remove();
  };
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  form.addEventListener("submit", save); // so that a page that comes back with errors shows what the draft holds
}

/** @param {string} key @returns {Draft | null} */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {HTMLFormElement} form @returns {[string, string][]} */
function valuesOf(form) {
  const entries = [...new FormData(form)].filter(([name]) => !SKIPPED.has(name));
  return entries.map(([name, value]) => [name, String(value)]);
}

/** @param {HTMLFormElement} form @param {string} key @param {Draft} draft */
function offer(form, key, draft) {
  const template = document.getElementById("draft-offer");
  if (!(template instanceof HTMLTemplateElement)) return;
  const notice = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
  const write = (/** @type {string} */ where, /** @type {string} */ text) => {
    const place = notice.querySelector(where);
    if (place) place.textContent = text;
  };
  write("[data-name]", form.dataset.draftName ?? "");
  write("[data-hour]", new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }));
  notice.querySelector("[data-do=resume]")?.addEventListener("click", () => {
    putBack(form, draft.values);
    notice.remove();
    form.dispatchEvent(new CustomEvent("tour:resumed"));
    form.querySelector("textarea")?.focus();
  });
  notice.querySelector("[data-do=drop]")?.addEventListener("click", () => {
    localStorage.removeItem(key);
    form.dispatchEvent(new CustomEvent("tour:dropped"));
    notice.remove();
  });
  form.before(notice);
}

/** Writes values in a form's fields; with a prefix, only in those whose name begins so. @param {HTMLFormElement} form @param {[string, string][]} values @param {string} [prefix] */
export function putBack(form, values, prefix = "") {
  /** @type {Record<string, string[]>} */
  const byName = {};
  for (const [name, value] of values) (byName[name] ??= []).push(value);
  for (const [name, wanted] of Object.entries(byName)) {
    if (!name.startsWith(prefix)) continue;
    const fields = [...form.elements].filter((field) => field.getAttribute("name") === name);
    const ticks = fields.filter((field) => field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type));
    for (const tick of ticks) if (tick instanceof HTMLInputElement) tick.checked = wanted.includes(tick.value);
    const [field] = fields;
    if (!ticks.length && (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) field.value = wanted[0];
    const radios = ticks.filter((tick) => tick.getAttribute("type") === "radio");
    // A choice that is not on the page any more (an article found by a search): whoever draws it is told.
    if (radios.length && !radios.some((radio) => wanted.includes(radio.getAttribute("value") ?? ""))) {
      form.dispatchEvent(new CustomEvent("tour:missing-choice", { detail: { name, value: wanted[0], values } }));
    }
  }
}
