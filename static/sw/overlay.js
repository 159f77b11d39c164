// What a page shows: document ⊕ changes still on the tablet. The same pure function as tour/field/merge.py.
import { KINDS, iso } from "./kinds.js";

/** @typedef {{patch: Record<string, any>, stamp: string, refused: boolean}} Laid */
/** @typedef {{sha256: string, size: number, caption: string}} Photo as a need lists it */
/** @typedef {(kind: string, id: string) => Record<string, any> | null | undefined} Lookup */

/**
 * For each field the highest stamp wins. Refused changes show only where there is no document yet.
 * @param {string} kind @param {string} doc @param {Record<string, any> | null | undefined} document
 * @param {Laid[]} changes @param {Lookup} lookup @returns {Record<string, any> | null}
 */
export function overlay(kind, doc, document, changes, lookup) {
  const { blank, joins, create = false } = KINDS[kind];
  if (!document && !(changes.length && create)) return null;
  const shown = changes.filter((change) => !document || !change.refused).sort(byStamp);
  /** @type {Photo[]} */
  let photos = document?.photos ?? [];
  /** @type {Record<string, any>} */
  const patched = {};
  for (const { patch } of shown) {
    photos = photosAfter(photos, patch);
    Object.assign(patched, patch, "photos" in patch ? { photos } : {});
  }
  delete patched.photos_from;
  /** @type {Record<string, any>} */
  const data = {
    ...blank,
    ...document,
    ...patched,
    pending: shown.length > 0,
    to_mend: changes.some((change) => change.refused),
  };
  for (const [field, join] of Object.entries(joins)) {
    if (!(field in patched)) continue;
    const other = lookup(join.kind, patched[field]) ?? KINDS[join.kind].blank;
    for (const [name, source] of Object.entries(join.take)) data[name] = other[source];
  }
  if (!document) Object.assign(data, { id: doc, recorded_at: iso(Number(shown[0].stamp.slice(0, 13))) });
  data.state = stateShown(kind, data, patched, !document);
  if (data.lost) data.lost = data.lost.filter((/** @type {{field: string}} */ { field }) => !(field in patched));
  if ("photos" in patched) data.photos_missing = 0; // of those listed now, only the server knows
  if (data.withdrawn) data.open = false;
  return data;
}

/**
 * The photos of a need once a change is laid over those it had: each is added, captioned or removed by itself.
 * `photos_from` is what the change began from. What it leaves as it was says nothing but where it stands: a photo that someone else removed
 * does not come back, one that someone else added stays, after the others. A change that does not say from what it began is the whole list.
 * @param {Photo[]} held @param {Record<string, any>} patch @returns {Photo[]}
 */
export function photosAfter(held, { photos, photos_from }) {
  if (!photos) return held;
  if (!photos_from) return photos;
  const [before, there] = [byName(photos_from), byName(held)];
  const said = (/** @type {Photo} */ { sha256, size, caption }) => before[sha256]?.size !== size || before[sha256].caption !== caption;
  const listed = /** @type {Photo[]} */ (photos).flatMap((photo) => {
    const held = there[photo.sha256];
    if (!held) return before[photo.sha256] ? [] : [photo];
    return [said(photo) ? photo : held];
  });
  const named = { ...before, ...byName(listed) };
  return [...listed, ...held.filter(({ sha256 }) => !named[sha256])];
}

/** @param {Photo[]} photos @returns {Record<string, Photo | undefined>} */
const byName = (photos) => Object.fromEntries(photos.map((photo) => [photo.sha256, photo]));

/** @param {Laid} a @param {Laid} b */
const byStamp = (a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0);

/** The state a page shows at once, before the server has said its own. @param {string} kind @param {Record<string, any>} data @param {Record<string, any>} patched @param {boolean} isNew */
function stateShown(kind, data, patched, isNew) {
  if (isNew) return data.to_mend ? "to_mend" : "pending";
  if (kind === "visit" && ("arrived_at" in patched || "left_at" in patched)) {
    return data.left_at ? "done" : data.arrived_at ? "under_way" : data.state;
  }
  return data.state ?? "";
}
