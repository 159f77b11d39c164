// The tablet's store, from a page. The worker owns its schema: a page opens it as it is, and makes nothing of its own.
import { openDB } from "idb";

/** @typedef {import("../../sw/store.js").Photo} Photo */

/**
 * Works with the store; null when there is none yet.
 * @template T @param {(db: import("idb").IDBPDatabase) => Promise<T>} work @returns {Promise<T | null>}
 */
async function using(work) {
  let absent = false;
  const opened = openDB("tour-field", undefined, {
    upgrade: (_db, _from, _to, tx) => {
      absent = true;
      tx.done.catch(() => {});
      tx.abort();
    },
  });
  const db = await opened.catch((error) => {
    if (absent) return null;
    throw error;
  });
  if (!db) return null;
  try {
    return await work(db);
  } finally {
    db.close(); // the worker must be able to bring the store to a new version
  }
}

/** @param {import("idb").IDBPDatabase} db */
const photosOf = (db) => (db.objectStoreNames.contains("photos") ? db.transaction("photos", "readwrite").store : null);

/** Keeps a photo for a form being filled in. Whether it could. @param {Omit<Photo, "state" | "drafts" | "needs">} photo @param {string} draft */
export async function keepPhoto(photo, draft) {
  return using(async (db) => {
    const store = photosOf(db);
    const held = /** @type {Photo | undefined} */ (await store?.get(photo.sha256));
    await store?.put(held ? { ...held, drafts: [...new Set([...held.drafts, draft])] } : { ...photo, state: "draft", drafts: [draft], needs: [] });
    await store?.transaction.done;
    return Boolean(store);
  });
}

/** The form is done with its photos: those that no need has leave. @param {string} draft */
export async function forgetPhotos(draft) {
  await using(async (db) => {
    const store = photosOf(db);
    for (const photo of /** @type {Photo[]} */ ((await store?.getAll()) ?? [])) {
      if (!photo.drafts.includes(draft)) continue;
      const drafts = photo.drafts.filter((name) => name !== draft);
      if (drafts.length || photo.state !== "draft") await store?.put({ ...photo, drafts });
      else await store?.delete(photo.sha256);
    }
    await store?.transaction.done;
  });
}

/** What is here that the server does not have, and the name of the store. @returns {Promise<{device: string, there: boolean, changes: number, photos: number}>} */
export async function heldHere() {
  const held = await using(async (db) => {
    const device = /** @type {string} */ ((await db.get("meta", "node")) ?? "");
    const changes = /** @type {{state: string}[]} */ (await db.getAll("changes")).filter(({ state }) => state !== "mended").length;
    const photos = db.objectStoreNames.contains("photos") ? await db.count("photos") : 0;
    return { device, there: Boolean(await db.get("meta", "cursor")), changes, photos };
  });
  return held ?? { device: "", there: false, changes: 0, photos: 0 };
}
