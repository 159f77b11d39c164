// Pictures of the catalogue: kept when first seen, and all of them fetched while the tablet is being prepared.
import { articles } from "./articles.js";

const CACHE = "pictures";
const MOST = 400;

/** @param {string} path */
export const isPicture = (path) => path.startsWith("/field/pictures/");

/** The name says the bytes, so what is here is right. @param {Request} request @returns {Promise<Response>} */
export async function picture(request) {
  const cache = await caches.open(CACHE);
  const here = await cache.match(request.url);
  if (here) return here;
  const response = await fetch(request).catch(() => Response.error());
  if (response.ok) await cache.put(request.url, response.clone()).catch(() => {}); // no room: it is still shown
  return response;
}

/** Fetches the pictures that are missing, and forgets those that no article shows. */
export async function fetchCataloguePictures() {
  const cache = await caches.open(CACHE);
  const wanted = new Set((await articles()).filter((article) => article.picture).map((article) => `/field/pictures/${article.picture}`));
  const here = (await cache.keys()).map(({ url }) => new URL(url).pathname);
  await Promise.all(here.filter((path) => !wanted.has(path)).map((path) => cache.delete(path)));
  const missing = [...wanted].filter((path) => !here.includes(path)).slice(0, MOST);
  for (const path of missing) await cache.add(path).catch(() => {});
}
