// A pair's day: the stops in order, read from the list beside the map, which says the same and opens with no network.
import * as L from "leaflet";
import { fit, mapOf, wordsOf } from "./frame.js";
import { signMarker, withPopup } from "./marker.js";

/** @typedef {{ at: [number, number], order: string, title: string, line: string, link: string, base: boolean }} Stop */

export function day() {
  const layer = L.featureGroup();
  layer.once("add", () => {
    const map = mapOf(layer);
    const stops = [...document.querySelectorAll("[data-stop]")].flatMap(stopOf);
    for (const marker of stops.map((stop) => marked(stop, wordsOf(layer).base))) layer.addLayer(marker);
    const base = stops.find((stop) => stop.base);
    const visits = stops.filter((stop) => !stop.base);
    const road = base ? [base, ...visits, base] : visits;
    if (road.length > 1) layer.addLayer(L.polyline(road.map((stop) => stop.at), { className: "route pair-1", interactive: false }));
    if (map) fit(map, layer.getBounds());
  });
  return layer;
}

/** @param {Element} element @returns {Stop[]} */
function stopOf(element) {
  if (!(element instanceof HTMLElement)) return [];
  const { position = "", stop = "", name = "", line = "", link = "" } = element.dataset;
  const [lat, lon] = position.split(",").map(Number);
  if (!position || Number.isNaN(lat + lon)) return [];
  return [{ at: [lat, lon], order: stop, title: name, line, link, base: stop === "base" }];
}

/** @param {Stop} stop @param {string} word */
function marked({ at, order, title, line, link, base }, word) {
  if (base) return withPopup(signMarker(at, "base pair-1", `${title} – ${word}`).setZIndexOffset(500), { title, lines: [word] });
  return withPopup(signMarker(at, "numbered pair-1", `${order}. ${title}, ${line}`, order), { title, lines: [line], link });
}
