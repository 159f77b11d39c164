// Answers of the worker: a page of the table, made from what is on the tablet.
import { v7 } from "uuid";
import { local, useZone } from "./filters.js";
import { speak } from "./i18n.js";
import { KINDS } from "./kinds.js";
import { correctedNow, entryOf } from "./outbox.js";
import { readiness } from "./ready.js";
import { overlay } from "./overlay.js";
import { render } from "./render.js";
import { changesHere, documentsOf, fact } from "./store.js";
import { documentsShown, formValues, kindsOf, pageAt } from "./table.js";

/** @typedef {import("./store.js").Change} Change */
/** @typedef {Record<string, any>} Data */

const QUERY = ["q", "item", "visit", "noted", "again"];
const NO_ERRORS = Object.fromEntries(["", ...Object.values(KINDS).flatMap((kind) => Object.keys(kind.fields))].map((field) => [field, ""]));

/**
 * The page at an address; null when it is none of the table's, or nothing was ever put on the tablet.
 * @param {URL} url @param {{typed?: Data, errors?: Record<string, string>}} [filled] what was typed in its form, and what is wrong with it
 */
export async function pageAnswer(url, filled = {}) {
  const found = pageAt(url.pathname);
  if (!found || !(await fact("cursor"))) return null;
  const { entry, params } = found;
  const changes = await changesHere();
  const query = Object.fromEntries(QUERY.map((name) => [name, url.searchParams.get(name) ?? ""]));
  const mended = changes.find((change) => change.id === query.again)?.patch;
  const asked = Object.fromEntries([...url.searchParams].filter(([name]) => QUERY.includes(name)));
  const values = formValues(entry, filled.typed ?? {}, mended ?? {}, asked);
  const base = await baseContext(changes);
  const texts = Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === "string"));
  /** @type {Record<string, string>} */
  const names = { ...texts, ...query, ...params, today: base.today };
  if (values.item) names.item = values.item;
  const shown = documentsShown(entry, await shelf(kindsOf(entry), changes), names);
  const typed = Boolean(filled.typed ?? mended);
  const context = { ...base, path: entry.path, tab: entry.tab, query, values, typed, errors: { ...NO_ERRORS, ...filled.errors } };
  if (!shown) return html(render("field/unknown.html", context), 404);
  return html(render(entry.template, { ...context, ...shown }), filled.errors ? 422 : 200);
}

/** The page for what cannot be had without a network. */
export async function unknownAnswer() {
  const base = await baseContext(await changesHere());
  return html(render("field/unknown.html", { ...base, path: "", tab: "", query: {}, values: {}, typed: false, errors: NO_ERRORS }), 404);
}

/** @param {string} text @param {number} status */
const html = (text, status) =>
  new Response(text, { status, headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" } });

/** What every page gets; sets language and zone. @param {Change[]} changes */
async function baseContext(changes) {
  const tablet = (await fact("tablet")) ?? { pair: "", people: [], lang: navigator.language.slice(0, 2), zone: "Europe/Paris" };
  speak(tablet.lang);
  useZone(tablet.zone);
  const last = (await fact("exchange")) ?? { online: true, trouble: "", last_sync: "" };
  const count = (/** @type {string} */ state) => changes.filter((change) => change.state === state).length;
  return {
    today: local(await correctedNow())[0],
    new_id: v7(),
    status: {
      online: navigator.onLine && last.online,
      trouble: last.trouble,
      last_sync: last.last_sync,
      waiting: count("waiting"),
      refused: count("refused"),
      pair: tablet.pair,
      people: tablet.people,
      base: tablet.base ?? { name: "", position: "" },
      author: (await fact("author")) || tablet.pair,
      ...(await readiness()),
      stuck: isStuck(changes, last),
    },
  };
}

const LONG = 15 * 60_000;

/** Whether something waits although the server answers: it should have left long ago. @param {Change[]} changes @param {{online: boolean, trouble: string}} last */
const isStuck = (changes, last) =>
  navigator.onLine && last.online && !last.trouble && changes.some(({ state, made_at }) => state === "waiting" && Date.now() - Date.parse(made_at) > LONG);

/** Documents by kind, with the changes still here laid over them. @param {Set<string>} kinds @param {Change[]} changes @returns {Promise<Record<string, Data[]>>} */
async function shelf(kinds, changes) {
  const here = changes.filter((change) => change.state === "waiting" || change.state === "refused");
  // A change may point to documents that the page itself does not show: their names are wanted.
  const needed = new Set(here.length ? [...kinds, "visit", "item", "need"] : kinds);
  needed.delete("change");
  const docs = await documentsOf(needed);
  const find = (/** @type {string} */ kind, /** @type {string} */ id) => docs[kind]?.get(id);
  const byDoc = grouped(here);
  /** @type {Record<string, Data[]>} */
  const shown = {};
  for (const kind of needed) {
    const made = here.filter((change) => change.kind === kind).map((change) => change.doc);
    const ids = new Set([...docs[kind].keys(), ...made]);
    shown[kind] = [...ids].flatMap((id) => {
      const laid = (byDoc.get(id) ?? []).map(({ patch, stamp, state }) => ({ patch, stamp, refused: state === "refused" }));
      return overlay(kind, id, find(kind, id), laid, find) ?? [];
    });
  }
  const seen = (/** @type {string} */ kind, /** @type {string} */ id) => shown[kind]?.find((data) => data.id === id);
  shown.change = kinds.has("change") ? here.map((change) => entryOf(change, seen)) : [];
  return shown;
}

/** @param {Change[]} changes @returns {Map<string, Change[]>} */
function grouped(changes) {
  /** @type {Map<string, Change[]>} */
  const groups = new Map();
  for (const change of changes) groups.set(change.doc, [...(groups.get(change.doc) ?? []), change]);
  return groups;
}
