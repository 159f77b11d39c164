// Detailed tiles from a server: over our own base map, only when the reader asks, remembered in this browser.
import * as L from "leaflet";

const REMEMBERED = "tour:tiles";

/** @param {string} url @param {L.TileLayerOptions} options */
export function tiles(url, options) {
  return L.tileLayer(url, options);
}

/** Keeps the reader's choice, and takes it up again when there is a network. @param {L.Map} map */
export function rememberTiles(map) {
  map.on("overlayadd", ({ layer }) => layer instanceof L.TileLayer && keep("on"));
  map.on("overlayremove", ({ layer }) => layer instanceof L.TileLayer && keep(""));
}

/** @param {string} choice */
function keep(choice) {
  try {
    localStorage.setItem(REMEMBERED, choice);
  } catch {
    // storage is refused in some private windows: the choice then lasts as long as the page
  }
}

function wanted() {
  try {
    return localStorage.getItem(REMEMBERED) === "on" && navigator.onLine;
  } catch {
    return false;
  }
}

const addOverlay = L.Control.Layers.prototype.addOverlay;
