// Kinds of documents: the same rules as tour/field/kinds.py, over the same table.
import table from "../../tour/field/kinds.json";
import { _ } from "./i18n.js";
import { checkAnswers, readAnswers } from "./questions.js";

/** @typedef {{type: string, max?: number, min?: number, of?: string[], required?: boolean, fixed?: boolean}} Rule */
/** @typedef {{create?: boolean, fields: Record<string, Rule>, either?: string[], blank: Record<string, any>, joins: Record<string, {kind: string, take: Record<string, string>}>}} Kind */
/** @typedef {{field: string, why: string}} Fault */
/** @typedef {Record<string, any>} Patch */

export const KINDS = /** @type {Record<string, Kind>} */ (/** @type {unknown} */ (table));
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;
const LONGEST_MAP = 16_000;
const SHA256 = /^[0-9a-f]{64}$/;
const LONGEST_CAPTION = 200;
const HEAVIEST_PHOTO = 12_000_000;

/** An instant as documents write it. @param {number | Date} at */
export const iso = (at) => new Date(at).toISOString().slice(0, 19) + "Z";

/** The first thing wrong with a patch, if any. @param {string} kind @param {Patch} patch @param {boolean} isNew @returns {Fault | null} */
export function check(kind, patch, isNew) {
  const { fields, either = [] } = KINDS[kind];
  for (const [field, value] of Object.entries(patch)) {
    if (!Object.hasOwn(fields, field)) return { field, why: _("Champ inconnu.") };
    const why = wrong(allowing(field, fields[field], patch), value);
    if (why) return { field, why };
  }
  if (!isNew) return null;
  for (const [field, rule] of Object.entries(fields)) {
    if (rule.required && !patch[field]) return { field, why: _("Ce renseignement manque.") };
  }
  if (either.length && !either.some((field) => isSaid(patch[field]))) {
    return { field: either[0], why: _("Choisissez un article ou écrivez quelques mots.") };
  }
  return null;
}

const SHOWS = /[^\p{Cc}\p{Cf}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;

/** Whether a value says something: text of which nothing shows is none. @param {any} value */
const isSaid = (value) => (typeof value === "string" ? SHOWS.test(value) : Boolean(value));

/** The rule, where a list of photos that was too long already, as two tablets can make it, may stay so. @param {string} field @param {Rule} rule @param {Patch} patch @returns {Rule} */
function allowing(field, rule, { photos_from: before }) {
  return field === "photos" && Array.isArray(before) && before.length > (rule.max ?? 0) ? { ...rule, max: before.length } : rule;
}

/** Why a value does not fit its field; nothing when it does. @param {Rule} rule @param {any} value @returns {string} */
function wrong(rule, value) {
  const { type, min = 0, max = 0, of = [] } = rule;
  const unreadable = _("Valeur illisible.");
  if (type === "text" && typeof value !== "string") return unreadable;
  if (type === "text" && [...value].length > max) return _("%(max)s caractères au plus.", { max });
  if (type === "several" && !(Array.isArray(value) && value.every((one) => of.includes(one)))) return _("Valeur inconnue.");
  if (type === "word" && !of.includes(value)) return _("Valeur inconnue.");
  if (type === "number" && value !== null && !(Number.isInteger(value) && value >= min && value <= max)) {
    return _("Un nombre de %(min)s à %(max)s.", { min, max });
  }
  if (type === "id" && value !== "" && !(typeof value === "string" && ID.test(value))) return unreadable;
  if (type === "instant" && value !== "" && !isInstant(value)) return unreadable;
  if (type === "flag" && typeof value !== "boolean") return unreadable;
  if (type === "photos") {
    if (!Array.isArray(value) || !value.every(isPhoto)) return unreadable;
    if (value.length > max) return _("%(max)s photos au plus.", { max });
    if (new Set(value.map(({ sha256 }) => sha256)).size < value.length) return _("La même photo est deux fois dans la liste.");
  }
  if (type === "map" && (!isPlain(value) || JSON.stringify(value).length > LONGEST_MAP)) return unreadable;
  return "";
}

/** @param {any} value */
function isInstant(value) {
  if (typeof value !== "string" || !INSTANT.test(value)) return false;
  const at = new Date(value);
  return !Number.isNaN(at.valueOf()) && iso(at) === value;
}

/** @param {any} value */
const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A photo as a need announces it: the hash of its content, its weight in bytes, a caption. @param {any} value */
function isPhoto(value) {
  return (
    isPlain(value) &&
    Object.keys(value).sort().join() === "caption,sha256,size" &&
    typeof value.sha256 === "string" && SHA256.test(value.sha256) &&
    Number.isInteger(value.size) && value.size >= 1 && value.size <= HEAVIEST_PHOTO &&
    typeof value.caption === "string" && [...value.caption].length <= LONGEST_CAPTION
  );
}

/** The patch that a form's text becomes, without the fields that nobody touched: `was.FIELD` says what the form showed. `item` is the article chosen, whose questions it answers. @param {string} kind @param {Record<string, string>} form @param {string} now @param {Record<string, any> | null} [item] @returns {Patch} */
export function readForm(kind, form, now, item) {
  const fields = KINDS[kind].fields;
  const shown = shownBefore(kind, form);
  const same = (/** @type {string} */ field, /** @type {any} */ value) => Object.hasOwn(shown, field) && JSON.stringify(shown[field]) === JSON.stringify(value);
  const names = Object.keys(fields).filter((field) => Object.hasOwn(form, field));
  const read = names.map((field) => /** @type {const} */ ([field, readValue(fields[field], form[field], now)]));
  const patch = Object.fromEntries(read.filter(([field, value]) => !same(field, value)));
  return item ? { ...patch, answers: readAnswers(item.questions, form), item_version: item.version } : patch;
}

/** What a form showed in its fields when it was opened, where it says so. @param {string} kind @param {Record<string, string>} form @returns {Patch} */
export function shownBefore(kind, form) {
  const { fields } = KINDS[kind];
  const told = Object.keys(fields).filter((field) => Object.hasOwn(form, `was.${field}`));
  return Object.fromEntries(told.map((field) => [field, readValue(fields[field], form[`was.${field}`], "")]));
}

/** All that is wrong with what a form says, by field. @param {string} kind @param {Patch} patch @param {import("./questions.js").Question[] | null} questions @param {boolean} isNew @returns {Record<string, string>} */
export function faults(kind, patch, questions, isNew) {
  const first = check(kind, patch, isNew);
  return { ...(first ? { [first.field]: first.why } : {}), ...(questions ? checkAnswers(questions, patch.answers ?? {}) : {}) };
}

/** A form's fields; of several values of one name, each is a line. @param {string} body @returns {Record<string, string>} */
export function formOf(body) {
  /** @type {Record<string, string>} */
  const form = {};
  for (const [name, value] of new URLSearchParams(body)) form[name] = Object.hasOwn(form, name) ? `${form[name]}\n${value}` : value;
  return form;
}

/** @param {Rule} rule @param {string} text @param {string} now */
function readValue(rule, text, now) {
  text = text.replaceAll("\r\n", "\n").trim();
  if (rule.type === "number") return text === "" ? null : /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
  if (rule.type === "instant") return text === "now" ? now : text;
  if (rule.type === "flag") return text === "yes";
  if (rule.type === "several") {
    const ticked = text.split("\n");
    const known = (rule.of ?? []).filter((word) => ticked.includes(word));
    return [...known, ...ticked.filter((other) => other && !known.includes(other))];
  }
  if (rule.type === "map") return readMap(text);
  if (rule.type === "photos") return text ? readList(text) : [];
  return text;
}

/** The list that the text says; the text itself when it says none. @param {string} text */
function readList(text) {
  try {
    const read = JSON.parse(text);
    return Array.isArray(read) ? read : text;
  } catch {
    return text;
  }
}

/** @param {string} text */
function readMap(text) {
  try {
    const value = JSON.parse(text);
    return isPlain(value) ? value : text;
  } catch {
    return text;
  }
}
