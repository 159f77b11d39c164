// GeoJSON from our own server.
import { say, wordsOf } from "./frame.js";

/**
 * @typedef {{ type: "Feature", geometry: any, properties: Record<string, any> }} Feature
 * @typedef {{ type: "FeatureCollection", features: Feature[] }} Collection
 */

/** The data at this address; undefined, and said beside the map, when it cannot be had. @param {string} url @param {import("leaflet").Map} map @returns {Promise<Collection | undefined>} */
export async function fetched(url, map) {
  try {
    const response = await fetch(url, { headers: { Accept: "application/geo+json" } });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    say(map, "");
    return await response.json();
  } catch {
    say(map, wordsOf(map).failed);
  }
}

/** Latitude and longitude of a point. @param {Feature} feature @returns {[number, number]} */
export function at(feature) {
  const [lon, lat] = feature.geometry.coordinates;
  return [lat, lon];
}
