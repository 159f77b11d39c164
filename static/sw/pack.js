// Files that no page needs to open, but that a day in the field may: fetched while the tablet is being prepared, or when first asked for.
import { pack } from "tour:built";

const CACHE = "pack";

/** @param {string} path */
export const isPacked = (path) => pack.includes(path);

/** A file of the pack; the name carries a hash, so what is here is right. @param {Request} request @returns {Promise<Response>} */
export async function packed(request) {
  const cache = await caches.open(CACHE);
  const here = await cache.match(request.url);
  if (here) return here;
  const response = await fetch(request);
  if (response.ok) await cache.put(request.url, response.clone()).catch(() => {}); // no room: it is still shown
  return response;
}

/** Fetches what is missing; gives how many files still are. */
export async function fetchPack() {
  const cache = await caches.open(CACHE);
  const fetched = await Promise.allSettled(pack.map(async (path) => (await cache.match(path)) || cache.add(path)));
  return fetched.filter(({ status }) => status === "rejected").length;
}

/** Forgets files of earlier releases. */
export async function dropOldPack() {
  const cache = await caches.open(CACHE);
  const old = (await cache.keys()).filter(({ url }) => !isPacked(new URL(url).pathname));
  await Promise.all(old.map((request) => cache.delete(request)));
}
