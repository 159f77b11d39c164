// Detailed tiles from a server: over our own base map, only when the reader asks, remembered in this browser.
import * as L from "leaflet";

const REMEMBERED = "tour:tiles";

/** @param {string} url @param {L.TileLayerOptions} options */
export function tiles(url, options) {
  return L.tileLayer(url, options);
}

/** Writes down the reader's choice at each change. @param {L.Map} map */
export function rememberTiles(map) {
  map.on("overlayadd", ({ layer }) => layer instanceof L.TileLayer && keep("on"));
  map.on("layeradd", ({ layer }) => layer instanceof L.TileLayer && wholeZooms(map));
  map.on("overlayremove", ({ layer }) => layer instanceof L.TileLayer && keep(""));
}

/** Takes the choice up again, when there is a network. @param {L.Map} map @param {L.Layer[]} layers */
export function resumeTiles(map, layers) {
  if (!chosen() || !navigator.onLine) return;
  for (const layer of layers) if (layer instanceof L.TileLayer) map.addLayer(layer);
}

/** Between two zooms tiles are blurred. @param {L.Map} map */
function wholeZooms(map) {
  map.options.zoomSnap = 1;
  map.setZoom(Math.round(map.getZoom()));
}

// Some private windows refuse storage: the choice then lasts as long as the page.

/** @param {string} choice */
function keep(choice) {
  try {
    localStorage.setItem(REMEMBERED, choice);
  } catch {
    return;
  }
}

function chosen() {
  try {
    return localStorage.getItem(REMEMBERED) === "on";
  } catch {
    return false;
  }
}
