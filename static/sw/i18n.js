// The reader's language, and words in it. French is in the sources; English is a file of the shell, read when someone speaks it.
import { assets } from "tour:built";

/** @typedef {"fr" | "en"} Language */

/** @type {Language} */
let language = "fr";
/** French message → [singular, plural]. @type {Record<string, string[]> | null} */
let english = null;

/** @param {string} code @param {() => Promise<Record<string, string[]>>} [learn] where English is read, the first time */
export async function speak(code, learn = fromTheShell) {
  if (code === "en") english ??= await learn().catch(() => null); // without it, French is better than no page
  language = code === "en" && english ? "en" : "fr";
}

async function fromTheShell() {
  const path = `/static/dist/${assets["field-en.json"]}`;
  const response = (await caches.match(path)) ?? (await fetch(path));
  return response.json();
}

export const spoken = () => language;

/** @type {Map<string, string>} */
const typesetOf = new Map();

/** French text whose high punctuation never begins a line: see tour/i18n.py. @param {string} text */
function typeset(text) {
  const known = typesetOf.get(text);
  if (known) return known;
  const set = text.replace(/ (?=[:;?!»])/g, "\u00a0").replaceAll("« ", "«\u00a0");
  typesetOf.set(text, set);
  return set;
}

/** @param {string} text @param {Record<string, unknown>} [values] */
function fill(text, values = {}) {
  return text.replace(/%\((\w+)\)s/g, (_whole, name) => String(values[name]));
}

/** The message in the reader's language; `%(name)s` stand for `values`. @param {string} message @param {Record<string, unknown>} [values] */
export function _(message, values) {
  const text = (language === "en" && english?.[message]?.[0]) || typeset(message);
  return values ? fill(text, values) : text;
}

/** The message for `num` things. In French zero takes the singular. @param {string} one @param {string} many @param {number} num */
export function ngettext(one, many, num) {
  const single = language === "fr" ? num < 2 : num === 1;
  const text = (language === "en" && english?.[one]?.[single ? 0 : 1]) || typeset(single ? one : many);
  return fill(text, { num });
}
