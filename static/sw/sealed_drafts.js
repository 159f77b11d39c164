// Drafts of a person who has a PIN: sealed like the rest. Those of others stay in the page's own storage.
import { seal, unseal } from "./seal.js";
import { using } from "./store.js";
import { holding } from "./vault.js";

/** @type {Promise<any>} */
let last = Promise.resolve();

/** What pages ask comes in their order: a draft dropped after it was kept stays dropped. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function inOrder(work) {
  const next = last.then(work);
  last = next.catch(() => {});
  return next;
}

/** @param {string} name @param {any} draft */
export const keepDraft = (name, draft) =>
  inOrder(async () => {
    const { unlocked } = await holding();
    if (!unlocked) return false;
    const key = `${unlocked.person} ${name}`;
    const sealed = await seal(unlocked.key, draft, key);
    await using((db) => db.put("drafts", { key, vault: unlocked.vault, sealed }));
    return true;
  });

/** @param {string} name @returns {Promise<any>} the draft; null when there is none that can be read */
export const readDraft = (name) =>
  inOrder(async () => {
    const { unlocked } = await holding();
    if (!unlocked) return null;
    const kept = await using((db) => db.get("drafts", `${unlocked.person} ${name}`));
    return kept?.vault === unlocked.vault ? unseal(unlocked.key, kept.sealed, kept.key).catch(() => null) : null;
  });

/** @param {string} name */
export const dropDraft = (name) =>
  inOrder(async () => {
    const { holder } = await holding();
    await using((db) => db.delete("drafts", `${holder} ${name}`));
  });
