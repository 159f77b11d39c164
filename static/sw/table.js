// The page table: which documents each field page shows. The same reading of it as tour/field/table.py.
import table from "../../tour/field/pages.json";
import { KINDS } from "./kinds.js";
import { Index } from "./search.js";

/** @typedef {Record<string, any>} Doc */
/** @typedef {{kind: string, where?: Record<string, any>, search?: string, least?: number, most?: number, order?: string[]}} Query */
/** @typedef {{path: string, template: string, tab?: string, form?: string, open?: boolean, one?: Record<string, Query>, maybe?: Record<string, Query>, many?: Record<string, Query>}} Entry */

const IN_ORDER = "space place name id";
/** What it takes to search the articles kept from page to page. @type {WeakMap<Doc[], Index>} */
const indexes = new WeakMap();

/** Articles in their order, to be searched more than once. @param {Doc[]} documents */
export function keepIndex(documents) {
  documents.sort(byOrder(IN_ORDER.split(" ")));
  indexes.set(documents, new Index(/** @type {any} */ (documents)));
  return documents;
}

export const ENTRIES = /** @type {Entry[]} */ (/** @type {unknown} */ (table));
const patterns = ENTRIES.map((entry) => ({
  entry,
  pattern: new RegExp(`^${entry.path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
}));

/** The page at an address, and what its pattern caught. @param {string} path @returns {{entry: Entry, params: Record<string, string>} | null} */
export function pageAt(path) {
  for (const { entry, pattern } of patterns) {
    const found = pattern.exec(path);
    if (found) return { entry, params: { ...found.groups } };
  }
  return null;
}

/** The kinds of documents a page reads. @param {Entry} entry */
export const kindsOf = (entry) =>
  new Set([entry.one, entry.maybe, entry.many].flatMap((part) => Object.values(part ?? {})).map((query) => query.kind));

/** What the page's template gets, by name; null when a document it cannot do without is missing. @param {Entry} entry @param {Record<string, Doc[]>} shelf @param {Record<string, string>} names @returns {Record<string, any> | null} */
export function documentsShown(entry, shelf, names) {
  names = { ...names };
  /** @type {Record<string, any>} */
  const shown = {};
  for (const [name, query] of Object.entries(entry.one ?? {})) {
    const [found] = select(query, shelf[query.kind] ?? [], names);
    if (!found) return null;
    shown[name] = found;
    for (const [key, value] of Object.entries(found)) if (typeof value === "string") names[`${name}.${key}`] = value;
  }
  for (const [name, query] of Object.entries(entry.maybe ?? {})) {
    shown[name] = select(query, shelf[query.kind] ?? [], names)[0] ?? null;
  }
  for (const [name, query] of Object.entries(entry.many ?? {})) shown[name] = select(query, shelf[query.kind] ?? [], names);
  return shown;
}

/** The documents a query asks for, in its order; those that it searches, the most fitting first. @param {Query} query @param {Doc[]} documents @param {Record<string, string>} names @returns {Doc[]} */
export function select(query, documents, names) {
  const where = Object.entries(query.where ?? {}).map(([key, wanted]) => /** @type {const} */ ([key, fill(wanted, names)]));
  const searched = String(fill(query.search ?? "", names)).trim();
  if (searched.length < (query.least ?? 0)) return [];
  const keep = (/** @type {Doc} */ document) => where.every(([key, wanted]) => fits(document[key], wanted));
  if (searched) {
    const index = indexes.get(documents) ?? new Index(/** @type {any} */ (documents));
    const found = index.search(searched, query.most, where.length ? (place) => keep(documents[place]) : undefined);
    return found.places.map((place) => documents[place]);
  }
  const kept = documents.filter(keep);
  const order = query.order ?? [];
  if (!indexes.has(documents) || order.join(" ") !== IN_ORDER) kept.sort(byOrder(order));
  return kept.slice(0, query.most ?? kept.length);
}

/** @param {string[]} order @returns {(a: Doc, b: Doc) => number} */
const byOrder = (order) => (a, b) => {
  const key = order.find((key) => a[key] !== b[key]);
  return key === undefined ? 0 : a[key] < b[key] ? -1 : 1;
};

/** A value of the table with its `{name}` replaced; an unknown name is nothing. @param {any} wanted @param {Record<string, string>} names @returns {any} */
function fill(wanted, names) {
  if (typeof wanted === "object") {
    return Object.fromEntries(Object.entries(wanted).map(([operator, value]) => [operator, fill(value, names)]));
  }
  if (typeof wanted === "string" && wanted.startsWith("{")) return names[wanted.slice(1, -1)] ?? "";
  return wanted;
}

/** @param {any} value @param {any} wanted */
function fits(value, wanted) {
  if (typeof wanted !== "object") return value === wanted;
  return (
    (!("not" in wanted) || value !== wanted.not) &&
    (!("after" in wanted) || value > wanted.after) &&
    (!("before" in wanted) || value < wanted.before) &&
    (!("any" in wanted) || wanted.any === "" || value === wanted.any)
  );
}

/** The words each list of a visit's report chooses from. */
export const WORDS_OF = Object.fromEntries(Object.entries(KINDS.visit.fields).flatMap(([name, rule]) => (rule.of ? [[name, rule.of]] : [])));

const ONE_DAY = 86_400_000;

/** The week that holds a day (ISO; today when it is none). @param {string} wanted @param {string} today */
export function weekOf(wanted, today) {
  const asked = /^\d{4}-\d\d-\d\d$/.test(wanted) ? Date.parse(`${wanted}T00:00:00Z`) : NaN;
  const known = !Number.isNaN(asked) && new Date(asked).toISOString().startsWith(wanted);
  const day = known && wanted > "2000-01-10" && wanted < "2100-01-01" ? asked : Date.parse(`${today}T00:00:00Z`);
  const monday = day - ((new Date(day).getUTCDay() + 6) % 7) * ONE_DAY;
  const days = Array.from({ length: 9 }, (_nothing, n) => new Date(monday + (n - 1) * ONE_DAY).toISOString().slice(0, 10));
  return { days: days.slice(1, 8), before: days[0], after: days[8] };
}

/** What the page's form shows: for each field the first source that has it, else the kind's blank. @param {Entry} entry @param {Record<string, any>[]} sources */
export function formValues(entry, ...sources) {
  if (!entry.form) return {};
  const { fields, blank } = KINDS[entry.form];
  const value = (/** @type {string} */ name) => (sources.find((source) => name in source) ?? blank)[name];
  return Object.fromEntries(Object.keys(fields).map((name) => [name, value(name)]));
}
