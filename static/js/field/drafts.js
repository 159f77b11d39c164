// Every form with data-draft keeps what is typed as it is typed, and offers it again.

// Those of a person with a PIN are kept by the worker, sealed.
import { ask, tell } from "./worker.js";

/** @typedef {{at: number, values: [string, string][], action?: string}} Draft */
/** @typedef {{read(name: string): Promise<Draft | null>, keep(name: string, draft: Draft): void, drop(name: string): void}} Drawer */

const SKIPPED = new Set(["back", "page", "again", "visit", "q"]);

/** @type {Drawer} */
const open = {
  read: async (name) => parsed(localStorage.getItem(`draft:${name}`)),
  keep: (name, draft) => localStorage.setItem(`draft:${name}`, JSON.stringify(draft)),
  drop: (name) => localStorage.removeItem(`draft:${name}`),
};
/** @type {Drawer} */
const sealed = {
  read: (name) => ask("draft-read", { name }),
  keep: (name, draft) => tell("draft-keep", { name, draft }),
  drop: (name) => tell("draft-drop", { name }),
};

export function keepDrafts() {
  const drawer = document.body.dataset.ownPin ? sealed : open;
  const noted = document.querySelector("[data-noted]");
  if (noted instanceof HTMLElement) drawer.drop(noted.dataset.noted ?? "");
  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (form instanceof HTMLFormElement) keepDraft(form, drawer);
  }
  if (document.querySelector("[data-adopt-drafts]")) adopt();
}

/** Seals the drafts begun before there was a PIN. */
async function adopt() {
  const names = Object.keys(localStorage).filter((key) => key.startsWith("draft:"));
  for (const name of names.map((key) => key.slice("draft:".length))) {
    const draft = await open.read(name);
    if (!draft || (await ask("draft-keep", { name, draft }))) open.drop(name);
  }
}

/** @param {HTMLFormElement} form @param {Drawer} drawer */
async function keepDraft(form, drawer) {
  const name = form.dataset.draft ?? "";
  const asShown = JSON.stringify(valuesOf(form));
  const save = () => {
    const values = valuesOf(form);
    if (JSON.stringify(values) === asShown) return;
    drawer.keep(name, { at: Date.now(), values, action: form.action });
    form.parentElement?.querySelector(".draft")?.remove();
  };
  let touched = false;
  const touch = () => ((touched = true), save());
  form.addEventListener("input", touch);
  form.addEventListener("change", touch);
  form.addEventListener("submit", save); // so that a page that comes back with errors shows what the draft holds
  const draft = await drawer.read(name);
  if (draft && (await isNoted(form, draft))) {
    drawer.drop(name);
    return tell("photo-forget", { draft: name });
  }
  if (draft && !touched && JSON.stringify(draft.values) !== asShown) offer(form, draft, () => drawer.drop(name));
}

/** Whether a draft of something new was kept meanwhile, after its answer came too late. @param {HTMLFormElement} form @param {Draft} draft */
async function isNoted(form, draft) {
  if (!draft.action || draft.action === form.action) return false; // what the form speaks of was there before
  const [kind, doc] = new URL(draft.action).pathname.split("/").slice(-2);
  return Boolean(await ask("known", { kind, doc }));
}

/** @param {string | null} text @returns {Draft | null} */
function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/** @param {HTMLFormElement} form @returns {[string, string][]} */
function valuesOf(form) {
  const entries = [...new FormData(form)].filter(([name]) => !SKIPPED.has(name));
  return entries.map(([name, value]) => [name, String(value)]);
}

/** @param {HTMLFormElement} form @param {Draft} draft @param {() => void} drop */
function offer(form, draft, drop) {
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
    // The same need under the same id: sent before and kept late (« La tablette est occupée »), it is not there twice.
    if (draft.action) form.action = draft.action;
    notice.remove();
    form.dispatchEvent(new CustomEvent("tour:resumed"));
    form.querySelector("textarea")?.focus();
  });
  notice.querySelector("[data-do=drop]")?.addEventListener("click", () => {
    drop();
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
    // A draft that does not say what its form had shown may be blank where nobody typed: what stands there stays.
    if (!byName[`was.${name}`] && form.elements.namedItem(`was.${name}`) && wanted.every((value) => !value)) continue;
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
