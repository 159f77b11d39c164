// What a page shows: document ⊕ changes still on the tablet. The same pure function as tour/field/merge.py.
import { KINDS, iso } from "./kinds.js";

/** @typedef {{patch: Record<string, any>, stamp: string, refused: boolean}} Laid */
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
  /** @type {Record<string, any>} */
  const patched = Object.assign({}, ...shown.map((change) => change.patch));
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
  if (data.withdrawn) data.open = false;
  return data;
}

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
