// The outbox: changes made here, and what pages say of them.
import { v7 } from "uuid";
import { stampOf, tick } from "./clock.js";
import { _ } from "./i18n.js";
import { KINDS, faults, iso, readForm } from "./kinds.js";
import { copyOfPhotos, withNeeds } from "./photos.js";
import { fact, itemsById, setState, using } from "./store.js";
import { asKept } from "./vault.js";

/** @typedef {import("./store.js").Change} Change */

/** Now by the server's clock, in whole ms: the device's own, put right by the last answer (a mean, which may end in a half). */
export const correctedNow = async () => Math.round(Date.now() + ((await fact("offset")) ?? 0));

/**
 * Puts in the outbox what a form says. @param {string} kind @param {string} doc @param {Record<string, string>} form
 * @returns {Promise<{patch: Record<string, any>, wrong: Record<string, string>}>} what was said, and what is wrong with it by field
 */
export async function record(kind, doc, form) {
  const now = await correctedNow();
  const item = (await itemsById([form.item])).get(form.item) ?? null;
  const patch = readForm(kind, form, iso(now), item?.questions ? item : null);
  const wrong = faults(kind, patch, item?.questions ?? null, Boolean(KINDS[kind].create) && !(await isKnown(kind, doc)));
  if (Object.keys(wrong).length) return { patch, wrong };
  if (!Object.keys(patch).length) {
    if (form.again) await setState(form.again, "mended"); // what stands says the same
    return { patch, wrong };
  }
  const gone = await photosGone(kind, doc, patch);
  if (gone) return { patch, wrong: { [gone.field]: gone.why } };
  try {
    await append(kind, doc, patch, now, form.again);
  } catch (error) {
    return { patch, wrong: { "": notKept(error) } };
  }
  return { patch, wrong: {} };
}

/** Why the tablet could not keep an entry, and what to do. @param {unknown} error */
function notKept(error) {
  if (!(error instanceof DOMException)) throw error;
  console.warn(error);
  if (error.name === "QuotaExceededError") return _("Il n’y a plus de place sur la tablette. Libérez-en, puis enregistrez de nouveau : ce que vous avez écrit est toujours là.");
  return _("La tablette n’a pas pu enregistrer. Recommencez : ce que vous avez écrit est toujours là.");
}

/** Photos of a form are on the tablet, or already the document's when it was opened: nobody may announce what can never come. @param {string} kind @param {string} doc @param {Record<string, any>} patch @returns {Promise<import("./kinds.js").Fault | null>} */
async function photosGone(kind, doc, patch) {
  /** @type {{sha256: string}[]} */
  const listed = patch.photos ?? [];
  if (!listed.length) return null;
  const known = await using(async (db) => {
    const sent = [...((await db.get("docs", [kind, doc]))?.data.photos ?? []), ...(patch.photos_from ?? [])];
    return new Set([...(await db.getAllKeys("photos")), ...sent.map((/** @type {{sha256: string}} */ photo) => photo.sha256)]);
  });
  const gone = listed.some(({ sha256 }) => !known.has(sha256));
  return gone ? { field: "photos", why: _("Une photo n’est plus sur la tablette : retirez-la et reprenez-la.") } : null;
}

/** Whether a document is here, or on its way. @param {string} kind @param {string} doc @returns {Promise<boolean>} */
export const isKnown = (kind, doc) =>
  using(async (db) => {
    const tx = db.transaction(["docs", "changes"]);
    if (await tx.objectStore("docs").get([kind, doc])) return true;
    const changes = /** @type {Change[]} */ (await tx.objectStore("changes").getAll());
    return changes.some((change) => change.doc === doc && change.state === "waiting");
  });

/** One transaction: the clock's next stamp, the change, and the refused change that it mends. @param {string} kind @param {string} doc @param {Record<string, any>} patch @param {number} now @param {string} [mended] */
async function append(kind, doc, patch, now, mended) {
  /** @type {Change} */
  const made = { id: v7(), kind, doc, patch, stamp: "", by: (await fact("author")) ?? "", state: "waiting", made_at: iso(now) };
  const kept = await asKept(made);
  await using(async (db) => {
    const tx = db.transaction(["meta", "changes", "photos"], "readwrite");
    const meta = tx.objectStore("meta");
    const changes = tx.objectStore("changes");
    const node = (await meta.get("node")) ?? v7().replaceAll("-", "").slice(-12);
    const clock = tick(await meta.get("clock"), now);
    await meta.put(node, "node");
    await meta.put(clock, "clock");
    await meta.put(((await meta.get("made")) ?? 0) + 1, "made");
    await changes.put({ ...kept, stamp: stampOf(clock, node) });
    const old = mended && (await changes.get(mended));
    if (old) await changes.put({ ...old, state: "mended" });
    if (patch.photos) await sortPhotos(tx.objectStore("photos"), doc, patch.photos);
    await tx.done;
  });
}

/** Those that a need lists are to be sent; those that it lists no more, and no other, leave. @param {any} store @param {string} doc @param {{sha256: string}[]} listed */
async function sortPhotos(store, doc, listed) {
  const names = new Set(listed.map(({ sha256 }) => sha256));
  for (const photo of /** @type {import("./store.js").Photo[]} */ (await store.getAll())) {
    const had = photo.needs.includes(doc);
    if (names.has(photo.sha256)) await store.put({ ...photo, state: had ? photo.state : "waiting", drafts: [], needs: [...new Set([...photo.needs, doc])] });
    else if (had) {
      const after = withNeeds(photo, photo.needs.filter((need) => need !== doc));
      await (after ? store.put(after) : store.delete(photo.sha256));
    }
  }
}

/** Says of each need that had a photo that it has it no more. @param {string} sha256 */
export async function withoutPhoto(sha256) {
  const now = await correctedNow();
  const docs = await using((db) => db.getAllFromIndex("docs", "kind", "need"));
  for (const { id, data } of docs) {
    const photos = (data.photos ?? []).filter((/** @type {{sha256: string}} */ photo) => photo.sha256 !== sha256);
    if (photos.length < (data.photos ?? []).length) await append("need", id, { photos, photos_from: data.photos }, now);
  }
}

/** What is here that the server does not have, and the name of the store. @returns {Promise<{device: string, there: boolean, changes: number, photos: number}>} */
export const heldHere = () =>
  using(async (db) => {
    const [device, cursor] = [(await db.get("meta", "node")) ?? "", await db.get("meta", "cursor")];
    const changes = /** @type {Change[]} */ (await db.getAll("changes")).filter(({ state }) => state !== "mended").length;
    return { device, there: Boolean(cursor), changes, photos: await db.count("photos") };
  });

/** What the outbox page says of a change. @param {Change} change @param {(kind: string, id: string) => Record<string, any> | undefined} find */
export function entryOf(change, find) {
  const patch = change.patch ?? {};
  const shown = find(change.kind, change.doc) ?? patch;
  const visit = change.kind === "visit" ? change.doc : shown.visit ?? "";
  const item = find("item", shown.item ?? "");
  const { arrived_at = "", left_at = "", met = null, report = "", withdrawn = false } = patch;
  return {
    ...KINDS.change.blank,
    ...{ id: change.id, kind: change.kind, doc: change.doc, made_at: change.made_at, state: change.state },
    changed: Object.keys(patch).filter((field) => (change.kind === "visit" ? !["arrived_at", "left_at", "met", "report"].includes(field) : field === "photos" && !("kind" in patch))),
    ...{ why: change.why ?? "", new: "kind" in patch, visit, arrived_at, left_at, met, report, withdrawn },
    need_kind: shown.kind ?? "request",
    text: change.kind === "need" ? shown.text ?? "" : "",
    item_name: item?.name ?? "",
    site_name: shown.site_name || find("visit", visit)?.site_name || "",
  };
}
