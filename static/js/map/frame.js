// The map itself: controls in the reader's language, panes, wheel only when the map has the focus.
import * as L from "leaflet";
import { rememberTiles, resumeTiles } from "./tiles.js";

/**
 * @typedef {Record<string, string>} Words
 * @typedef {L.MapOptions & { words: Words }} Options
 */

/** Makes the map in the element with this id. @param {string} id @param {Options} options */
export function map(id, options) {
  const made = L.map(id, { ...options, scrollWheelZoom: false, zoomSnap: 0.5 });
  for (const [pane, order] of [["land", "100"], ["places", "150"]]) made.createPane(pane).style.zIndex = order;
  L.control.zoom({ zoomInTitle: options.words.zoom_in, zoomOutTitle: options.words.zoom_out }).addTo(made);
  L.control.scale({ imperial: false }).addTo(made);
  made.attributionControl.setPrefix(false);
  // a wheel that scrolls the page must not stop over a map nobody has chosen
  made.on("focus", () => made.scrollWheelZoom.enable());
  made.on("blur", () => made.scrollWheelZoom.disable());
  rememberTiles(made);
  return made;
}

/** The map a layer is on. @param {L.Layer} layer @returns {L.Map | undefined} */
export function mapOf(layer) {
  return /** @type {any} */ (layer)._map;
}

/** The reader's words, as the server gave them. @param {L.Map | L.Layer} where @returns {Words} */
export function wordsOf(where) {
  const map = where instanceof L.Map ? where : mapOf(where);
  return /** @type {Options | undefined} */ (map?.options)?.words ?? {};
}

/** Shows these bounds; points alone are not zoomed in to the doorstep. @param {L.Map} map @param {L.LatLngBounds} bounds */
export function fit(map, bounds) {
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [24, 24], maxZoom: 13, animate: false });
}

/** What goes wrong is said beside the map, which keeps what it shows. @param {L.Map} map @param {string} text */
export function say(map, text) {
  const place = map.getContainer().parentElement?.querySelector("[data-map-status]");
  if (place) place.textContent = text;
}

// Leaflet writes the control's title in English only.
const onAdd = L.Control.Layers.prototype.onAdd;
L.Control.Layers.include({
  /** @this {L.Control.Layers & { _layers: { layer: L.Layer }[] }} @param {L.Map} map */
  onAdd(map) {
    resumeTiles(map, this._layers.map(({ layer }) => layer));
    const container = /** @type {HTMLElement} */ (onAdd?.call(this, map));
    const toggle = container.querySelector(".leaflet-control-layers-toggle");
    for (const name of ["title", "aria-label"]) toggle?.setAttribute(name, wordsOf(map).layers);
    return container;
  },
});
