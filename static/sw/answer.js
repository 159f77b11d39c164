// Answers of the worker: a page of the table, made from what is on the tablet.
import { v7 } from "uuid";
import { local, useZone } from "./filters.js";
import { speak } from "./i18n.js";
import { KINDS } from "./kinds.js";
import { correctedNow, entryOf } from "./outbox.js";
import { readiness } from "./ready.js";
import { overlay } from "./overlay.js";
import { articles } from "./articles.js";
import { asked as asking } from "./questions.js";
import { photoEntry, photosHere } from "./photos.js";
import { render } from "./render.js";
import { changesHere, documentsOf, fact, itemsById } from "./store.js";
import { WORDS_OF, documentsShown, formValues, kindsOf, pageAt, weekOf } from "./table.js";
import { waiting } from "./people.js";
import { holding, isReset, readable, waitOf } from "./vault.js";

/** @typedef {import("./store.js").Change} Change */
/** @typedef {Record<string, any>} Data */

const QUERY = ["q", "item", "visit", "noted", "again", "who", "back", "space", "week"];
const NO_ERRORS = Object.fromEntries(["", "pin", "pin_again", "old_pin", ...Object.values(KINDS).flatMap((kind) => Object.keys(kind.fields))].map((field) => [field, ""]));

/**
 * The page at an address; null when it is none of the table's, or nothing was ever put on the tablet.
 * Where someone must unlock the tablet first, it is the page that asks for it.
 * @param {URL} url @param {{typed?: Data, errors?: Record<string, string>, before?: Data, barred?: boolean}} [filled] what was typed in its form, what is wrong with it, and what it showed at first
 */
export async function pageAnswer(url, filled = {}) {
  const found = pageAt(url.pathname);
  if (!found || !(await fact("cursor"))) return null;
  const { entry, params } = (filled.barred ?? (await barred(url))) ? { entry: AT_THE_DOOR, params: {} } : found;
  if (entry === AT_THE_DOOR && found.entry !== entry) url = new URL(`${entry.path}?back=${encodeURIComponent(url.pathname + url.search)}`, url);
  const changes = await readable(await changesHere());
  const query = Object.fromEntries(QUERY.map((name) => [name, url.searchParams.get(name) ?? ""]));
  const refused = changes.find((change) => change.id === query.again);
  const mended = refused?.patch;
  const asked = Object.fromEntries([...url.searchParams].filter(([name]) => QUERY.includes(name)));
  const given = formValues(entry, filled.typed ?? {}, mended ?? {}, asked);
  const base = await baseContext(changes);
  const texts = Object.fromEntries(Object.entries(given).filter(([, value]) => typeof value === "string"));
  const week = weekOf(query.week, base.today);
  /** @type {Record<string, string>} */
  const names = { ...texts, ...query, ...params, today: base.today, "week.before": week.before, "week.after": week.after };
  if (given.item) names.item = given.item;
  const shown = documentsShown(entry, await shelf(entry, changes, names.item), names);
  const values = formValues(entry, filled.typed ?? {}, mended ?? {}, asked, shown?.[entry.form ?? ""] ?? {});
  // What the form begins from. A field already typed in began from what its first page showed.
  const touched = Object.entries(filled.before ?? {}).filter(([name]) => name in (filled.typed ?? {}));
  const was = formValues(entry, Object.fromEntries(touched), shown?.[entry.form ?? ""] ?? {});
  const typed = Boolean(filled.typed ?? mended);
  // Where a change was refused, the reason stands beside the field.
  const wrong = filled.errors ?? (refused?.field ? { [refused.field]: refused.why ?? "" } : {});
  const questions = shown?.chosen && entry.form === "need" ? asking(shown.chosen.questions, values.answers, wrong) : [];
  const page = { path: entry.path, tab: entry.tab, week, query, values, was, typed, questions, words_of: WORDS_OF, faulty: Object.keys(wrong).length > 0 };
  const context = { ...base, ...page, errors: { ...NO_ERRORS, ...wrong }, sealed_here: sealedAt(changes, params.id ?? "") };
  if (!shown) return html(render("field/unknown.html", context), 404);
  return html(render(entry.template, { ...context, ...shown }), filled.errors ? 422 : 200);
}

const AT_THE_DOOR = /** @type {import("./table.js").Entry} */ (pageAt("/field/people")?.entry);

/** Whether a page of the table waits for someone to unlock the tablet. @param {URL} url */
export async function barred(url) {
  const found = pageAt(url.pathname);
  return Boolean(found && !found.entry.open && (await holding()).locked);
}

/** The page for what cannot be had without a network. */
export async function unknownAnswer() {
  const base = await baseContext(await readable(await changesHere()));
  return html(render("field/unknown.html", { ...base, path: "", tab: "", query: {}, values: {}, was: {}, sealed_here: 0, typed: false, questions: [], errors: NO_ERRORS }), 404);
}

/** What pages may load before a server ever said: our own files only. */
const OUR_OWN = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
let policy = OUR_OWN;

/** The page when the store does not answer: it opens `address` by itself after a while. @param {string} [address] nothing for its own */
export const busyAnswer = (address = "") => html(render("field/busy.html", { address }), 503);

/** A page, under the policy that the server gives its own. @param {string} text @param {number} status */
function html(text, status) {
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": policy,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
  };
  return new Response(text, { status, headers });
}

/** What every page gets; sets language and zone. @param {Change[]} changes */
async function baseContext(changes) {
  const tablet = (await fact("tablet")) ?? { pair: "", people: [], lang: navigator.language.slice(0, 2), zone: "Europe/Paris" };
  await speak(tablet.lang);
  policy = (await fact("policy")) || OUR_OWN;
  useZone(tablet.zone);
  const last = (await fact("exchange")) ?? { online: true, trouble: "", last_sync: "" };
  const photos = await photosHere();
  const count = (/** @type {string} */ state) => changes.filter((change) => change.state === state).length;
  return {
    today: local(await correctedNow())[0],
    new_id: v7(),
    status: {
      online: navigator.onLine && last.online,
      trouble: last.trouble,
      last_sync: last.last_sync,
      waiting: count("waiting"),
      refused: count("refused") + photos.filter(({ state }) => state === "refused").length,
      photos: photos.filter(({ state }) => state === "waiting").length,
      worker: true,
      demo: Boolean(tablet.demo),
      pair: tablet.pair,
      people: tablet.people,
      base: tablet.base ?? { name: "", position: "" },
      author: (await fact("author")) || tablet.pair,
      ...(await people(changes)),
      ...(await readiness()),
      stuck: isStuck(changes, last),
    },
  };
}

/** How many needs of someone who locked the tablet wait for a visit: how many, and nothing of what they say. @param {Change[]} changes @param {string} visit */
function sealedAt(changes, visit) {
  // Those kept by earlier releases do not say of which visit they are: they may be of this one.
  const here = changes.filter((change) => change.locked && change.state === "waiting" && change.kind === "need" && (change.visit ?? visit) === visit);
  return new Set(here.map((change) => change.doc)).size;
}

/** Who may hold the tablet, who does, and what stays sealed meanwhile. @param {Change[]} changes */
async function people(changes) {
  const { mode, minutes, team, vaults, holder, own, locked } = await holding();
  const gone = vaults.filter(({ person }) => !team.some(({ id }) => id === person)).map(({ person, name }) => ({ id: person, name, reset: "" }));
  const shown = [...team, ...gone].map((person) => {
    const vault = vaults.find((vault) => vault.person === person.id);
    const wait = vault ? waitOf(vault) : 0;
    return { id: person.id, name: person.name, pin: Boolean(vault), reset: Boolean(vault && isReset(person, vault)), wait: wait ? waiting(wait) : "" };
  });
  const sealed = changes.filter((change) => change.locked && change.state === "waiting").length;
  return { pin: mode, lock_minutes: own ? minutes : 0, team: shown, holder, own_pin: Boolean(own) && !locked, whole_pair: !vaults.length && mode !== "required", locked, sealed };
}

const LONG = 15 * 60_000;

/** Whether something waits although the server answers: it should have left long ago. @param {Change[]} changes @param {{online: boolean, trouble: string}} last */
const isStuck = (changes, last) =>
  navigator.onLine && last.online && !last.trouble && changes.some(({ state, made_at }) => state === "waiting" && Date.now() - Date.parse(made_at) > LONG);

/** Documents by kind, with the changes still here laid over them. @param {import("./table.js").Entry} entry @param {Change[]} changes @param {string} chosen the article that the page speaks of @returns {Promise<Record<string, Data[]>>} */
async function shelf(entry, changes, chosen) {
  const kinds = kindsOf(entry);
  const here = changes.filter((change) => !change.locked && (change.state === "waiting" || change.state === "refused"));
  // A change may point to documents that the page itself does not show: their names are wanted.
  const needed = new Set(here.length ? [...kinds, "visit", "need"] : kinds);
  if (kinds.has("photo")) needed.add("need");
  needed.delete("change");
  needed.delete("photo");
  needed.delete("item"); // there may be thousands: all of them only where they are listed
  const docs = await documentsOf(needed);
  const items = await itemsById([chosen, ...here.map((change) => (change.patch ?? {}).item)]);
  docs.item = new Map([...items].map(([id, data]) => [id, { ...KINDS.item.blank, ...data }]));
  const find = (/** @type {string} */ kind, /** @type {string} */ id) => docs[kind]?.get(id);
  const byDoc = grouped(here);
  /** @type {Record<string, Data[]>} */
  const shown = {};
  for (const kind of needed) {
    const made = here.filter((change) => change.kind === kind).map((change) => change.doc);
    const ids = new Set([...docs[kind].keys(), ...made]);
    shown[kind] = [...ids].flatMap((id) => {
      const laid = (byDoc.get(id) ?? []).map(({ patch = {}, stamp, state }) => ({ patch, stamp, refused: state === "refused" }));
      return overlay(kind, id, find(kind, id), laid, find) ?? [];
    });
  }
  const all = Object.values(entry.many ?? {}).some((query) => query.kind === "item");
  shown.item = all ? await articles() : [...docs.item].flatMap(([id, data]) => overlay("item", id, data, [], find) ?? []);
  const seen = (/** @type {string} */ kind, /** @type {string} */ id) => kind === "item" ? find(kind, id) : shown[kind]?.find((data) => data.id === id);
  shown.change = kinds.has("change") ? here.map((change) => entryOf(change, seen)) : [];
  shown.photo = kinds.has("photo") ? (await photosHere()).map((photo) => photoEntry(photo, seen)) : [];
  return shown;
}

/** @param {Change[]} changes @returns {Map<string, Change[]>} */
function grouped(changes) {
  /** @type {Map<string, Change[]>} */
  const groups = new Map();
  for (const change of changes) groups.set(change.doc, [...(groups.get(change.doc) ?? []), change]);
  return groups;
}
