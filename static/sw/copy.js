// The outbox carried by hand: to the planner as a file, or to the pair's other tablet.
import { KINDS, iso } from "./kinds.js";
import { copyOfPhotos } from "./photos.js";
import { using } from "./store.js";

/** @typedef {import("./store.js").Change} Change */
/** @typedef {{pair: string, device: string, changes: Change[], vaults?: Record<string, any>}} Copy */
/** @typedef {{taken: number, known: number, bad: number, pair: string, trouble: "" | "unreadable" | "other_pair"}} TakenIn */

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const STAMP = /^[0-9]{13}\.[0-9a-f]{4}\.[A-Za-z0-9-]{1,48}$/;

/** All that is still here. What is sealed stays so; its key goes with it closed to the server and to the Département, never to the PIN. */
export async function copyOfOutbox() {
  const photos = await copyOfPhotos();
  return using(async (db) => {
    const tx = db.transaction(["meta", "changes", "vaults"]);
    const meta = tx.objectStore("meta");
    const changes = /** @type {Change[]} */ (await tx.objectStore("changes").getAll());
    const used = new Set(changes.map((change) => change.vault));
    const vaults = (await tx.objectStore("vaults").getAll()).filter(({ id }) => used.has(id));
    return {
      protocol: 2,
      made_at: iso(Date.now()),
      device: (await meta.get("node")) ?? "",
      pair: (await meta.get("tablet"))?.pair ?? "",
      changes,
      photos,
      vaults: Object.fromEntries(vaults.map(({ id, name, server, recovery }) => [id, { name, server, recovery }])),
    };
  });
}

/** Takes in another tablet's work under its own ids: whichever sends first, each change is applied once. @param {any} copy @returns {Promise<TakenIn>} */
export async function takeIn(copy) {
  const none = { taken: 0, known: 0, bad: 0, pair: String(copy?.pair ?? "") };
  if (!Array.isArray(copy?.changes)) return { ...none, trouble: "unreadable" };
  return using(async (db) => {
    const tx = db.transaction(["meta", "changes", "receipts", "vaults"], "readwrite");
    const [meta, changes, receipts, vaults] = ["meta", "changes", "receipts", "vaults"].map((name) => tx.objectStore(name));
    const pair = (await meta.get("tablet"))?.pair ?? "";
    if (none.pair && pair && none.pair !== pair) return { ...none, trouble: "other_pair" };
    const outcome = { ...none, trouble: /** @type {const} */ ("") };
    for (const change of copy.changes) {
      if (change?.state === "mended") continue;
      if (!isChange(change, copy.vaults ?? {})) outcome.bad += 1;
      else if ((await changes.get(change.id)) || (await receipts.get(change.id))) outcome.known += 1;
      else {
        await changes.put(asTaken(change));
        const closed = change.vault && copy.vaults[change.vault];
        if (closed && !(await vaults.get(change.vault))) {
          const { name = "", server, recovery } = closed;
          await vaults.put({ id: change.vault, person: "", name, server, recovery, reset: "", retired: true, tries: 0, until: 0 });
        }
        outcome.taken += 1;
      }
    }
    await meta.put(((await meta.get("made")) ?? 0) + outcome.taken, "made");
    await tx.done;
    return outcome;
  });
}

/** @param {any} change @param {Record<string, any>} vaults */
function isChange(change, vaults) {
  const { id, kind, doc, stamp, by, patch, sealed, vault } = change ?? {};
  const texts = [id, kind, doc, stamp, by].every((value) => typeof value === "string");
  const content = typeof sealed === "string" ? Object.hasOwn(vaults, vault) : typeof patch === "object" && patch !== null;
  return texts && ID.test(id) && ID.test(doc) && STAMP.test(stamp) && Object.hasOwn(KINDS, kind) && content;
}

/** Only what a change is made of. @param {Change} change @returns {Change} */
function asTaken({ id, kind, doc, stamp, by, patch, sealed, vault, state, made_at, field, why }) {
  const content = sealed ? { sealed, vault } : { patch };
  const at = state === "refused" || state === "aside" ? { state, field, why } : { state: /** @type {const} */ ("waiting") };
  return { id, kind, doc, stamp, by, made_at: String(made_at ?? ""), ...content, ...at };
}
