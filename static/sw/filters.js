// How values read on field pages: the same table as tour/field/filters.py, over the same words.
import words_table from "../../tour/words.json";
import { _, ngettext, spoken } from "./i18n.js";
import { answered } from "./questions.js";

const DAY_CODES = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
/** @type {Intl.DateTimeFormat} */
let clock = clockOf("Europe/Paris");

/** @typedef {{days: string[], short_days: string[], months: string[], short_months: string[], opening: Record<string, string>, words: Record<string, string>}} Words */

/** @returns {Words} */
const tables = () => words_table[spoken()];

/** Whatever the device's own zone, pages show the Département's clock. @param {string} zone */
export function useZone(zone) {
  clock = clockOf(zone);
}

/** @param {string} zone */
function clockOf(zone) {
  const two = /** @type {const} */ ("2-digit");
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: two, day: two, hour: two, minute: two, hourCycle: "h23",
  });
}

/** Day (ISO) and hour (HH:MM) of an instant on the Département's clock. @param {string | number | Date} value @returns {[string, string]} */
export function local(value) {
  const part = Object.fromEntries(clock.formatToParts(new Date(value)).map(({ type, value }) => [type, value]));
  return [`${part.year}-${part.month}-${part.day}`, `${part.hour}:${part.minute}`];
}

/** @param {string} value @param {"days" | "short_days"} days @param {"months" | "short_months"} months */
function longDate(value, days, months) {
  if (!value) return "";
  const on = new Date(`${value}T12:00:00Z`);
  const first = spoken() === "fr" && on.getUTCDate() === 1;
  return `${tables()[days][(on.getUTCDay() + 6) % 7]} ${first ? "1er" : on.getUTCDate()} ${tables()[months][on.getUTCMonth()]}`;
}

/** @param {string} value */
const shortDay = (value) => longDate(value, "short_days", "short_months");

/** @param {string} value */
function hour(value) {
  if (!value) return "";
  const [hours, minutes] = (value.includes("T") ? local(value)[1] : value).split(":");
  return spoken() === "fr" ? `${Number(hours)}\u00a0h\u00a0${minutes}` : `${Number(hours)}:${minutes}`;
}

/** @param {string} value */
function opening(value) {
  for (const [short, name] of Object.entries(tables().opening)) {
    value = value.replace(new RegExp(`(^|[^A-Za-z0-9])${short}(?![A-Za-z0-9])`, "g"), `$1${name}`);
  }
  DAY_CODES.forEach((code, place) => {
    value = value.replace(new RegExp(`(^|[^A-Za-z])${code}(?![A-Za-z])`, "g"), `$1${tables().short_days[place]}`);
  });
  value = value.replace(/[0-9]{2}:[0-9]{2}/g, hour);
  return value.replaceAll("-", "–").replaceAll(";", " ·").replaceAll(",", ", ");
}

/** @param {number} value bytes */
function size(value) {
  const tenths = Math.floor((value + 50_000) / 100_000);
  const [mark, unit] = spoken() === "fr" ? [",", "Mo"] : [".", "MB"];
  return `${Math.floor(tenths / 10)}${mark}${tenths % 10}\u00a0${unit}`;
}

/** How many minutes a pair stayed; nothing when arrival and departure do not say. @param {{arrived_at: string, left_at: string}} visit */
function stay({ arrived_at, left_at }) {
  if (!arrived_at || !left_at) return "";
  const whole = Math.floor((Date.parse(left_at) - Date.parse(arrived_at)) / 60_000 + 0.5);
  return whole > 0 && whole <= 900 ? whole : "";
}

/** A value as a form's field must hold it for readForm to give it back. @param {any} value */
function inForm(value) {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "";
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join("\n");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {string} value @returns {string} */
const words = (value) => (Object.hasOwn(tables().words, value) ? tables().words[value] : value);

/** @param {string} value */
const instant = (value) => (value ? `${shortDay(local(value)[0])}, ${hour(value)}` : "");

/** A value that lost a conflict, as people read it. @param {{field: string, value: any}} lost @returns {string} */
function inWords({ field, value }) {
  if (value === "" || value === null || (Array.isArray(value) && !value.length)) return _("rien");
  if (field.endsWith("_at")) return instant(value);
  if (field === "photos") return ngettext("%(num)s photo", "%(num)s photos", value.length);
  if (Array.isArray(value)) return value.map(words).join(", ");
  if (typeof value === "object") return _("d’autres réponses");
  if (typeof value === "boolean") return words(value ? "yes" : "no");
  return ["autonomy", "referral", "urgency", "kind"].includes(field) ? words(value) : String(value);
}

/** @type {Record<string, (value: any) => any>} */
export const FILTERS = {
  day: (value) => longDate(value, "days", "months"),
  short_day: shortDay,
  hour,
  instant,
  local_day: (value) => local(value)[0],
  minutes: (value) =>
    value < 60 ? `${value} min` : `${Math.floor(value / 60)} h ${String(value % 60).padStart(2, "0")}`,
  size,
  answered: (need) => (need.answers instanceof Object ? answered(need.questions, need.answers) : []),
  stay,
  by_day: ({ days, visits }) => days.map((/** @type {string} */ day) => ({ day, visits: visits.filter((/** @type {any} */ visit) => visit.day === day) })),
  in_form: inForm,
  in_words: inWords,
  words,
  opening,
  json: (value) => JSON.stringify(value),
  tel: (value) => value.replace(/[^0-9+]/g, ""),
  in_address: (value) => encodeURIComponent(value),
};
