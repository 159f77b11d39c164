// Photos on the tablet: shown from here while they wait, sent one at a time after the needs that announce them, small ones first.
import { _ } from "./i18n.js";
import { KINDS } from "./kinds.js";
import { changesHere, documentsOf, fact, keepFact, using } from "./store.js";

/** @typedef {import("./store.js").Photo} Photo */
/** @typedef {"done" | "later" | "failed" | "signed_out"} Outcome */
/** @typedef {{status: number, protocol?: number, received?: number, complete?: boolean, error?: string}} Said */

const PIECE = 256 * 1024;
const SMALLEST_PIECE = 16 * 1024;
const MOST_RESTARTS = 3;
const PATIENCE = 60_000;
const LONGEST_WAIT = 5 * 60_000;
const CACHE = "photos";
const ON_ITS_WAY =
  '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96"><rect width="96" height="96" fill="#8a9499"/>' +
  '<circle cx="30" cy="48" r="6" fill="#fff"/><circle cx="48" cy="48" r="6" fill="#fff"/><circle cx="66" cy="48" r="6" fill="#fff"/></svg>';
const ADDRESS = /^\/field\/photos\/([0-9a-f]{64})(\/small)?$/;

let piece = PIECE;
/** @type {Promise<number> | null} */
let running = null;

/** @param {string} path */
export const isPhoto = (path) => ADDRESS.test(path);

/** A photo: the one that waits here, else the one kept since it was seen, else the server's. @param {Request} request @returns {Promise<Response>} */
export async function photoAnswer(request) {
  const path = new URL(request.url).pathname;
  const [, sha256, small] = /** @type {RegExpExecArray} */ (ADDRESS.exec(path));
  const here = await photoOf(sha256);
  if (here) return picture(small ? here.small : here.blob);
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path);
  if (kept) return kept;
  try {
    const response = await fetch(request);
    if (isPicture(response)) await cache.put(path, response.clone()).catch(() => {}); // no room: it is still shown
    return response;
  } catch {
    return new Response(ON_ITS_WAY, { headers: { "Content-Type": "image/svg+xml", "Cache-Control": "no-store" } });
  }
}

/** @param {Blob} blob */
const picture = (blob) => new Response(blob, { headers: { "Content-Type": "image/jpeg", "Cache-Control": "no-store" } });

/** @param {Response} response */
const isPicture = (response) => response.ok && response.headers.get("Content-Type") === "image/jpeg";

/** @param {string} sha256 @returns {Promise<Photo | undefined>} */
const photoOf = (sha256) => using((db) => db.get("photos", sha256));

/** Photos of needs that are noted, not those of drafts. @returns {Promise<Photo[]>} */
export async function photosHere() {
  const photos = /** @type {Photo[]} */ (await using((db) => db.getAll("photos")));
  return photos.filter((photo) => photo.state !== "draft");
}

/** What the outbox page says of a photo. @param {Photo} photo @param {(kind: string, id: string) => Record<string, any> | undefined} find */
export function photoEntry(photo, find) {
  const need = find("need", photo.needs[0] ?? "");
  return {
    ...KINDS.photo.blank,
    ...{ id: photo.sha256, size: photo.size, state: photo.state, why: photo.why ?? "", added_at: photo.added_at },
    ...{ need: need?.id ?? "", need_kind: need?.kind ?? "request", item_name: need?.item_name ?? "", site_name: need?.site_name ?? "" },
  };
}

/**
 * Sends what waits; gives how many arrived. One at a time, whoever asks. `urgent`: whatever the wait after earlier failures.
 * @param {{urgent?: boolean, onNews?: () => Promise<void>}} [options]
 */
export function sendPhotos(options = {}) {
  const work = () => round(options);
  running ??= (navigator.locks ? navigator.locks.request("tour-photos", work) : work()).finally(() => (running = null));
  return running;
}

/** @param {{urgent?: boolean, onNews?: () => Promise<void>}} options */
async function round({ urgent = false, onNews = async () => {} }) {
  const wait = (await fact("photo_wait")) ?? { tries: 0, until: 0 };
  const early = Date.now() < wait.until && wait.until - Date.now() <= LONGEST_WAIT;
  if (!urgent && early) return 0;
  let sent = 0;
  for (const photo of await announced()) {
    const outcome = await send(photo).catch((error) => (console.error(error), /** @type {Outcome} */ ("failed")));
    if (outcome === "done") sent += 1;
    await onNews();
    if (outcome === "failed" || outcome === "signed_out") {
      const pause = Math.min(LONGEST_WAIT, 2000 * 2 ** wait.tries) * (0.5 + Math.random() / 2);
      await keepFact("photo_wait", { tries: wait.tries + 1, until: Date.now() + pause });
      return sent;
    }
  }
  if (wait.tries) await keepFact("photo_wait", { tries: 0, until: 0 });
  return sent;
}

/** Those the server has been told of, the lightest first: a slow link brings something at least. */
async function announced() {
  const unsent = unsentOf(await changesHere());
  const { need } = await documentsOf(["need"]);
  const ready = (await photosHere()).filter(({ sha256, state, needs }) => state === "waiting" && needs.some((id) => !unsent.has(id) || has(need.get(id), sha256)));
  return ready.sort((a, b) => a.size - b.size);
}

/** The needs of which something is still to be said that may speak of photos. @param {import("./store.js").Change[]} changes */
const unsentOf = (changes) => new Set(changes.flatMap(({ doc, patch, state }) => ((!patch || patch.photos) && state !== "mended" && state !== "aside" ? [doc] : [])));

/** Whether a need's document lists a photo. @param {Record<string, any> | undefined} need @param {string} sha256 @returns {boolean} */
const has = (need, sha256) => Boolean(need?.photos?.some((/** @type {{sha256: string}} */ photo) => photo.sha256 === sha256));

/** @param {Photo} photo @returns {Promise<Outcome>} */
async function send({ sha256, blob, begun }) {
  const content = await blob.arrayBuffer(); // not the blob itself: Safari's workers spoil bodies that are files
  if (hex(await crypto.subtle.digest("SHA-256", content)) !== sha256) return refuse(sha256, _("Cette photo s’est abîmée sur la tablette."));
  const total = content.byteLength;
  if (!begun) await change(sha256, (photo) => ({ ...photo, begun: true }));
  const before = begun ? await put(sha256, new ArrayBuffer(0), `bytes */${total}`) : { status: 0 }; // how far an earlier attempt had come
  if (before.complete) return arrived(sha256);
  let received = Math.min(before.received ?? 0, total - 1);
  let restarts = 0;
  for (;;) {
    const end = Math.min(total, received + piece);
    const said = await put(sha256, content.slice(received, end), `bytes ${received}-${end - 1}/${total}`);
    if (said.status === 401) return "signed_out";
    if (said.status === 404) return unwanted(sha256);
    if (said.status === 422) return refuse(sha256, said.error ?? "");
    if (said.status === 413 && piece > SMALLEST_PIECE) {
      piece = Math.max(SMALLEST_PIECE, Math.round(piece / 2));
      continue;
    }
    if (said.status !== 200 && said.status !== 409) return "failed";
    if (said.complete) return arrived(sha256);
    const further = said.received ?? 0;
    if (further <= received && ++restarts > MOST_RESTARTS) return "failed";
    received = Math.min(further, total - 1);
  }
}

/** @param {string} sha256 @param {ArrayBuffer} body @param {string} range @returns {Promise<Said>} */
async function put(sha256, body, range) {
  try {
    const response = await fetch(`/field/photos/${sha256}`, {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream", "Content-Range": range },
      body,
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const said = await response.json();
    return said?.protocol ? { ...said, status: response.status } : { status: 0 }; // a captive portal's 200 is no answer
  } catch {
    return { status: 0 };
  }
}

/** The server has it for good: only its small picture stays. @param {string} sha256 @returns {Promise<Outcome>} */
async function arrived(sha256) {
  const photo = await photoOf(sha256);
  const cache = await caches.open(CACHE);
  if (photo) await cache.put(`/field/photos/${sha256}/small`, picture(photo.small)).catch(() => {});
  let held = false;
  await change(sha256, (photo, unsent) => {
    // Taken away and added again while it was on its way: the server may have to be sent it again.
    held = photo.needs.some((need) => unsent.has(need));
    return held ? photo : withNeeds(photo, []);
  });
  return held ? "later" : "done";
}

/** No need announces it: it was removed on another tablet; or its need was refused, or is on its way by another road. @param {string} sha256 @returns {Promise<Outcome>} */
async function unwanted(sha256) {
  await change(sha256, (photo, unsent, docs) => {
    const isRemoved = (/** @type {string} */ id) => docs.has(id) && !has(docs.get(id), sha256);
    return withNeeds(photo, photo.needs.filter((id) => unsent.has(id) || !isRemoved(id)));
  });
  return "later";
}

/** The photo as only these needs have it; nothing when nobody has it. @param {Photo} photo @param {string[]} needs @returns {Photo | null} */
export function withNeeds(photo, needs) {
  if (needs.length) return { ...photo, needs };
  return photo.drafts.length ? { ...photo, state: "draft", needs, begun: false } : null;
}

/** It stays, with the reason, until a person decides. @param {string} sha256 @param {string} why @returns {Promise<Outcome>} */
async function refuse(sha256, why) {
  await change(sha256, (photo) => ({ ...photo, state: "refused", why }));
  return "later";
}

/** Reads a photo and puts it back changed, or away, in one transaction; `how` also gets the needs of which something is still to be said, and the documents of its needs. @param {string} sha256 @param {(photo: Photo, unsent: Set<string>, docs: Map<string, Record<string, any>>) => Photo | null} how */
async function change(sha256, how) {
  await using(async (db) => {
    const tx = db.transaction(["photos", "changes", "docs"], "readwrite");
    const store = tx.objectStore("photos");
    const photo = /** @type {Photo | undefined} */ (await store.get(sha256));
    /** @type {Map<string, Record<string, any>>} */
    const docs = new Map();
    for (const id of photo?.needs ?? []) {
      const held = await tx.objectStore("docs").get(["need", id]);
      if (held) docs.set(id, held.data);
    }
    const after = photo && how(photo, unsentOf(await tx.objectStore("changes").getAll()), docs);
    if (after) await store.put(after);
    else if (photo) await store.delete(sha256);
    await tx.done;
  });
}

/** Sends a refused photo again. @param {string} sha256 */
export const sendAgain = (sha256) => change(sha256, (photo) => ({ ...photo, state: "waiting", begun: false, why: "" }));

/** Gives a refused photo up. Its needs no longer count on it once they say so (see outbox.withoutPhoto). @param {string} sha256 */
export const giveUp = (sha256) => change(sha256, (photo) => (photo.state === "refused" ? null : photo));

/** Forgets pictures of photos that no need of the tablet has any more; gives those that they have. */
export async function forgetPictures() {
  const { need } = await documentsOf(["need"]);
  const wanted = new Set([...need.values()].flatMap(({ photos = [] }) => photos.map((/** @type {{sha256: string}} */ { sha256 }) => sha256)));
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    const [, sha256 = ""] = ADDRESS.exec(new URL(request.url).pathname) ?? [];
    if (!wanted.has(sha256)) await cache.delete(request);
  }
  return wanted;
}

/** Small pictures of what the tablet holds: fetches those missing, forgets the rest; gives how many could not be had. */
export async function fetchPictures() {
  const wanted = await forgetPictures();
  const cache = await caches.open(CACHE);
  let lacking = 0;
  for (const sha256 of wanted) {
    const path = `/field/photos/${sha256}/small`;
    if ((await cache.match(path)) || (await photoOf(sha256))) continue;
    const response = await fetch(path).catch(() => null);
    if (!response) lacking += 1;
    else if (isPicture(response)) await cache.put(path, response).catch(() => (lacking += 1));
  }
  return lacking;
}

/** Photos as text, for the saved copy. */
export async function copyOfPhotos() {
  const photos = (await photosHere()).sort((a, b) => a.size - b.size);
  return Promise.all(photos.map(async ({ sha256, blob }) => ({ sha256, base64: base64(await blob.arrayBuffer()) })));
}

/** Takes in the photos of another tablet's copy; those that are here already, or cannot be read, change nothing. @param {any} copied @param {{kind: string, doc: string, patch?: Record<string, any>}[]} changes */
export async function takeInPhotos(copied, changes) {
  for (const { sha256, base64: text } of Array.isArray(copied) ? copied : []) {
    const bytes = fromBase64(text);
    if (!bytes || hex(await crypto.subtle.digest("SHA-256", bytes)) !== sha256) continue;
    const blob = new Blob([bytes], { type: "image/jpeg" });
    const has = (/** @type {{sha256: string}[]} */ photos) => photos.some((photo) => photo.sha256 === sha256);
    // What is sealed does not say: any of those needs may have it.
    const needs = changes.filter(({ kind, patch }) => (patch ? has(patch.photos ?? []) : kind === "need")).map(({ doc }) => doc);
    /** @type {import("./store.js").Photo} */
    const photo = { sha256, blob, small: blob, width: 0, height: 0, size: blob.size, state: "waiting", drafts: [], needs, added_at: new Date().toISOString() };
    await using(async (db) => (await db.get("photos", sha256)) ?? db.put("photos", photo));
  }
}

/** @param {any} text */
function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  } catch {
    return null;
  }
}

/** @param {ArrayBuffer} buffer */
function base64(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

/** @param {ArrayBuffer} buffer */
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
