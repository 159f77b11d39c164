// « Prêt à partir »: said only when every page was opened and every file found on the tablet.
import { release, shell } from "tour:built";
import { iso } from "./kinds.js";
import { mapIsHere, planHeld } from "./map.js";
import { documentsOf, fact, keepFact } from "./store.js";
import { ENTRIES, kindsOf } from "./table.js";

/** @typedef {(url: URL) => Promise<Response | null>} Answer */

/** Opens every page there is and looks for every file. @param {Answer} answer @param {string} origin @param {string} shellCache @param {number} lacking files found missing already: the pack's and photos */
export async function checkReady(answer, origin, shellCache, lacking) {
  const files = await Promise.all(shell.map((path) => caches.match(path, { cacheName: shellCache })));
  const paths = await addresses();
  let missing = lacking + files.filter((file) => !file).length;
  for (const path of paths) {
    const page = await answer(new URL(path, origin)).catch((error) => (console.error(path, error), null));
    if (page?.status !== 200) missing += 1;
  }
  await keepFact("checked", { at: iso(Date.now()), pages: paths.length, missing, map: await mapIsHere(), release });
}

/** What pages say of the last check; one made for another release says nothing. */
export async function readiness() {
  const checked = await fact("checked");
  const valid = checked?.release === release;
  const { at, pages, missing, map } = valid ? checked : { at: "", pages: 0, missing: 0, map: false };
  const ready = valid && missing === 0 && map && Boolean(await fact("whole"));
  const plan = (await planHeld()) ?? { bytes: 0, held: 0 };
  return { ready, checked: { at, pages, missing, map }, plan };
}

/** The address of every page of the table, for every document that one of its queries picks by a part of the address. */
async function addresses() {
  const docs = await documentsOf(new Set(ENTRIES.flatMap((entry) => [...kindsOf(entry)]).filter((kind) => kind !== "change" && kind !== "photo")));
  const paths = ENTRIES.flatMap((entry) => {
    const [part] = entry.path.match(/\{\w+\}/) ?? [];
    if (!part) return [entry.path];
    const queries = [entry.one, entry.maybe, entry.many].flatMap((queries) => Object.values(queries ?? {}));
    const picked = queries.flatMap(({ kind, where = {} }) => {
      const [field] = Object.entries(where).find(([, wanted]) => wanted === part) ?? [];
      return field ? [...docs[kind].values()].map((data) => String(data[field])) : [];
    });
    return [...new Set(picked)].map((value) => entry.path.replace(part, encodeURIComponent(value)));
  });
  return [...new Set(paths)];
}
