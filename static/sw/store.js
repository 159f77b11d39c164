// What the tablet keeps: documents, changes not yet applied, receipts, and a few facts about itself.
import { openDB } from "idb";

/** @typedef {{kind: string, id: string, version: number, data: Record<string, any>, pass?: number}} Doc */
/** @typedef {"waiting" | "refused" | "aside" | "mended"} ChangeState */
/**
 * A change in the outbox. It leaves only when the server says it is applied.
 * Of a person with a PIN it is kept `sealed`, with no patch and with the `visit` of a new need; `locked` when it cannot be read now, `unopened` names the server's key that did not open it either.
 * @typedef {{id: string, kind: string, doc: string, patch?: Record<string, any>, stamp: string, by: string,
 *   state: ChangeState, made_at: string, field?: string, why?: string, sealed?: string, vault?: string, visit?: string, locked?: boolean, unopened?: string}} Change
 */
/**
 * A photo not yet sent: of a form being filled in (`drafts` names them), or of needs that are noted.
 * @typedef {{sha256: string, blob: Blob, small: Blob, width: number, height: number, size: number, state: "draft" | "waiting" | "refused",
 *   drafts: string[], needs: string[], added_at: string, begun?: boolean, why?: string}} Photo
 */
/** @typedef {import("idb").IDBPDatabase} Database */

const NAME = "tour-field";
/**
 * What each version of the store adds to the one before. A tablet may come from any of them with work not sent yet: a step that was
 * released never changes.
 * @type {((db: Database, tx: import("idb").IDBPTransaction<unknown, string[], "versionchange">) => void)[]}
 */
const STEPS = [
  (db) => {
    db.createObjectStore("docs", { keyPath: ["kind", "id"] }).createIndex("kind", "kind");
    db.createObjectStore("changes", { keyPath: "id" });
    db.createObjectStore("receipts", { keyPath: "id" });
    db.createObjectStore("meta");
  },
  (db) => {
    db.createObjectStore("photos", { keyPath: "sha256" });
  },
  (db) => {
    db.createObjectStore("vaults", { keyPath: "id" });
    db.createObjectStore("drafts", { keyPath: "key" });
  },
];
/** @type {Promise<Database> | null} */
let opened = null;

function open() {
  opened ??= openDB(NAME, STEPS.length, {
    upgrade: (db, from, to, tx) => STEPS.slice(from).forEach((step) => step(db, tx)),
    blocking: close,
    terminated: close,
  });
  return opened;
}

function close() {
  opened?.then((db) => db.close()).catch(() => {});
  opened = null;
}

/**
 * Works with the database. A connection that died (iOS closes them in its sleep) is opened again, once.
 * @template T @param {(db: Database) => Promise<T>} work @returns {Promise<T>}
 */
export async function using(work) {
  try {
    return await work(await open());
  } catch (error) {
    if (!(error instanceof DOMException) || !["InvalidStateError", "UnknownError", "AbortError"].includes(error.name)) throw error;
    close();
    return work(await open());
  }
}

/** One fact about the tablet. @param {string} key @returns {Promise<any>} */
export const fact = (key) => using((db) => db.get("meta", key));

/** @param {string} key @param {any} value */
export const keepFact = (key, value) => using((db) => db.put("meta", value, key));

/** All changes still here, oldest first. @returns {Promise<Change[]>} */
export async function changesHere() {
  const changes = /** @type {Change[]} */ (await using((db) => db.getAll("changes")));
  return changes.sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
}

/** Documents of some kinds, by kind and id. @param {Iterable<string>} kinds @returns {Promise<Record<string, Map<string, Record<string, any>>>>} */
export async function documentsOf(kinds) {
  return using(async (db) => {
    const index = db.transaction("docs").store.index("kind");
    const read = [...kinds].map(async (kind) => {
      const docs = /** @type {Doc[]} */ (await index.getAll(kind));
      return /** @type {const} */ ([kind, new Map(docs.map((doc) => [doc.id, doc.data]))]);
    });
    return Object.fromEntries(await Promise.all(read));
  });
}

/** Some articles of the catalogue, by id. @param {(string | undefined)[]} ids @returns {Promise<Map<string, Record<string, any>>>} */
export async function itemsById(ids) {
  const wanted = [...new Set(ids)].filter((id) => typeof id === "string" && id);
  const docs = await using(async (db) => {
    const store = db.transaction("docs").store;
    return Promise.all(wanted.map((id) => store.get(["item", /** @type {string} */ (id)])));
  });
  return new Map(docs.filter(Boolean).map((doc) => [doc.id, doc.data]));
}

/** Moves a change to another state. @param {string} id @param {ChangeState} state */
export async function setState(id, state) {
  await using(async (db) => {
    const tx = db.transaction("changes", "readwrite");
    const change = /** @type {Change | undefined} */ (await tx.store.get(id));
    if (change) await tx.store.put({ ...change, state });
    await tx.done;
  });
}
