// The reader's language, and words in it. French is in the sources; English comes from the catalogue, at build time.
import { messages } from "tour:built";

/** @typedef {"fr" | "en"} Language */

/** @type {Language} */
let language = "fr";

/** @param {string} code */
export function speak(code) {
  language = code === "en" ? "en" : "fr";
}

export const spoken = () => language;

/** @param {string} text @param {Record<string, unknown>} [values] */
function fill(text, values = {}) {
  return text.replace(/%\((\w+)\)s/g, (_whole, name) => String(values[name]));
}

/** The message in the reader's language; `%(name)s` stand for `values`. @param {string} message @param {Record<string, unknown>} [values] */
export function _(message, values) {
  const text = (language === "en" && messages[message]?.[0]) || message;
  return values ? fill(text, values) : text;
}

/** The message for `num` things. In French zero takes the singular. @param {string} one @param {string} many @param {number} num */
export function ngettext(one, many, num) {
  const single = language === "fr" ? num < 2 : num === 1;
  const text = (language === "en" && messages[one]?.[single ? 0 : 1]) || (single ? one : many);
  return fill(text, { num });
}
