// Maps with no network: their files, and the detailed map kept whole in pieces and given out in the ranges a page asks for.
import { fact, keepFact } from "./store.js";

/** @typedef {{url: string, bytes: number, version: string}} Plan */

const FILES = "map";
const PIECE = 4 << 20; // bytes: small enough to be had on a bad link, one request each
const PLAN = "/field/plan.pmtiles";

/** Whether an address is one of the maps' files. @param {string} path */
export const isMapFile = (path) => /^\/(field\/map\.js|base\.geojson|static\/dist\/(map|plan)-[0-9a-f]+\.(js|css))$/.test(path);

/** Whether an address is the detailed map. @param {string} path */
export const isPlan = (path) => path === PLAN;

/** @param {Request} request @param {URL} url */
export async function mapFile(request, url) {
  return (await caches.match(url.pathname, { cacheName: FILES })) ?? fetch(request);
}

/** Fetches what maps are made of; what an earlier release needed goes only when all of this one's is here. */
export async function fetchMapFiles() {
  const { files, plan } = await (await get("/field/map.json")).json();
  const cache = await caches.open(FILES);
  for (const path of /** @type {string[]} */ (files)) {
    // A name with its hash never changes.
    if (!path.startsWith("/static/") || !(await cache.match(path))) await cache.put(path, await get(path));
  }
  for (const { url } of await cache.keys()) if (!files.includes(new URL(url).pathname)) await cache.delete(url);
  await keepFact("map", { files, plan });
}

/** @param {string} path @param {HeadersInit} [headers] */
async function get(path, headers) {
  const response = await fetch(path, { headers, cache: "no-store", redirect: "error" });
  // A captive portal answers everything with its own page.
  if (!response.ok || (response.headers.get("Content-Type") ?? "").startsWith("text/html")) throw new Error(`${path}: ${response.status}`);
  return response;
}

/** Whether all of the maps' files are here. */
export async function mapIsHere() {
  const { files } = (await fact("map")) ?? {};
  if (!files) return false;
  const found = await Promise.all(files.map((/** @type {string} */ path) => caches.match(path, { cacheName: FILES })));
  return found.every(Boolean);
}

/** The detailed map: what it weighs, and how much of it is here. @returns {Promise<{bytes: number, held: number} | null>} */
export async function planHeld() {
  /** @type {Plan | null} */
  const plan = (await fact("map"))?.plan ?? null;
  if (!plan) return null;
  const held = (await caches.has(nameOf(plan))) ? (await (await caches.open(nameOf(plan))).keys()).length : 0;
  return { bytes: plan.bytes, held: Math.min(plan.bytes, held * PIECE) };
}

/** @param {Plan} plan */
const nameOf = ({ version }) => `plan-${version}`;

/** @param {number} piece */
const keyOf = (piece) => `${PLAN}?piece=${piece}`;

/** Fetches the detailed map, going on where an earlier attempt was cut. @param {(left: number, received: number) => void} onProgress @returns {Promise<"done" | "no_room" | "failed">} */
export async function fetchPlan(onProgress) {
  try {
    await fetchMapFiles(); // a newer map may be there
    /** @type {Plan | null} */
    const plan = (await fact("map")).plan;
    if (!plan) return "failed";
    const { bytes, held } = /** @type {{bytes: number, held: number}} */ (await planHeld());
    const { usage = 0, quota = Infinity } = (await navigator.storage?.estimate?.()) ?? {};
    if (bytes - held > quota - usage) return "no_room";
    const cache = await caches.open(nameOf(plan));
    for (let piece = 0; piece * PIECE < bytes; piece += 1) {
      if (!(await cache.match(keyOf(piece)))) await cache.put(keyOf(piece), new Response(await fetchPiece(plan, piece)));
      onProgress(Math.max(0, bytes - (piece + 1) * PIECE), Math.min(bytes, (piece + 1) * PIECE));
    }
    for (const name of await caches.keys()) if (name.startsWith("plan-") && name !== nameOf(plan)) await caches.delete(name);
    return "done";
  } catch (error) {
    if (error instanceof DOMException && error.name === "QuotaExceededError") return "no_room";
    console.warn(error);
    return "failed";
  }
}

/** @param {Plan} plan @param {number} piece */
async function fetchPiece(plan, piece) {
  const [first, end] = [piece * PIECE, Math.min(plan.bytes, (piece + 1) * PIECE)];
  const response = await get(PLAN, { Range: `bytes=${first}-${end - 1}` });
  const bytes = await response.arrayBuffer();
  const right = response.status === 206 && response.headers.get("X-Version") === plan.version && bytes.byteLength === end - first;
  if (!right) throw new Error(`piece ${piece} of ${PLAN}: ${response.status}, ${bytes.byteLength} bytes`);
  return bytes;
}

/** A range of the detailed map: from what is here when it is whole, else the network's business. @param {Request} request */
export async function planRange(request) {
  /** @type {Plan | null} */
  const plan = (await fact("map"))?.plan ?? null;
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("Range") ?? "");
  const held = plan && asked && (await planHeld());
  if (!held || held.held < held.bytes) return fetch(request, { cache: "no-store" }).catch(() => new Response(null, { status: 204 }));
  const first = Number(asked[1]);
  const end = Math.min(plan.bytes, asked[2] ? Number(asked[2]) + 1 : plan.bytes);
  if (first >= end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${plan.bytes}` } });
  const headers = { "Content-Range": `bytes ${first}-${end - 1}/${plan.bytes}`, "Content-Type": "application/vnd.pmtiles", ETag: `"${plan.version}"` };
  return new Response(await slice(plan, first, end), { status: 206, headers });
}

/** @param {Plan} plan @param {number} first @param {number} end */
async function slice(plan, first, end) {
  const cache = await caches.open(nameOf(plan));
  const parts = [];
  for (let piece = Math.floor(first / PIECE); piece * PIECE < end; piece += 1) {
    const blob = await (await cache.match(keyOf(piece)))?.blob();
    if (!blob) throw new Error(`piece ${piece} of ${PLAN} is gone`);
    parts.push(blob.slice(Math.max(0, first - piece * PIECE), end - piece * PIECE));
  }
  return new Blob(parts);
}
