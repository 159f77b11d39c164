// Photos of needs being noted, kept for the page that takes them.
import { using } from "./store.js";

/** @typedef {import("./store.js").Photo} Photo */
/** @typedef {Omit<Photo, "blob" | "small" | "state" | "drafts" | "needs"> & {blob: ArrayBuffer, small: ArrayBuffer}} Taken as bytes: Safari's workers spoil bodies that are files */

/** Keeps a photo for a form being filled in. Whether there was room. @param {Taken} taken @param {string} draft */
export async function keepPhoto(taken, draft) {
  const [blob, small] = [taken.blob, taken.small].map((bytes) => new Blob([bytes], { type: "image/jpeg" }));
  try {
    await using(async (db) => {
      const tx = db.transaction("photos", "readwrite");
      const held = /** @type {Photo | undefined} */ (await tx.store.get(taken.sha256));
      await tx.store.put(held ? { ...held, drafts: [...new Set([...held.drafts, draft])] } : { ...taken, blob, small, state: "draft", drafts: [draft], needs: [] });
      await tx.done;
    });
    return true;
  } catch (error) {
    console.warn(error);
    return false;
  }
}

/** The form is done with its photos: those that no need has leave. @param {string} draft */
export async function forgetPhotos(draft) {
  await using(async (db) => {
    const tx = db.transaction("photos", "readwrite");
    for (const photo of /** @type {Photo[]} */ (await tx.store.getAll())) {
      if (!photo.drafts.includes(draft)) continue;
      const drafts = photo.drafts.filter((name) => name !== draft);
      if (drafts.length || photo.state !== "draft") await tx.store.put({ ...photo, drafts });
      else await tx.store.delete(photo.sha256);
    }
    await tx.done;
  });
}
