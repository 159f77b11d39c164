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

/** @param {HTMLFormElement} form @param {[string, string][]} values */
function putBack(form, values) {
  for (const [name, value] of values) {
    const fields = [...form.elements].filter((field) => field.getAttribute("name") === name);
    const radios = fields.filter((field) => field instanceof HTMLInputElement && field.type === "radio");
    for (const radio of radios) if (radio instanceof HTMLInputElement) radio.checked = radio.value === value;
    const [field] = fields;
    if (!radios.length && (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) field.value = value;
    // A choice that is not on the page any more (an article found by a search): whoever draws it is told.
    if (radios.length && !radios.some((radio) => radio.getAttribute("value") === value)) {
      form.dispatchEvent(new CustomEvent("tour:missing-choice", { detail: { name, value } }));
    }
  }
}
