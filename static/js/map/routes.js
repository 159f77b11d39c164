// A plan: one line per pair and day, numbered visits, bases, and the sites left out.
import * as L from "leaflet";
import { at, fetched } from "./data.js";
import { fit, mapOf, wordsOf } from "./frame.js";
import { legend } from "./legend.js";
import { signMarker, sitePage, withPopup } from "./marker.js";

/** @typedef {import("./data.js").Feature} Feature */

/** @param {string} url */
export function routes(url) {
  const layer = L.featureGroup();
  /** @type {{ feature: Feature, drawn: L.Polyline | L.Marker }[]} */
  let parts = [];
  /** No days: all of them. */
  let filter = { days: /** @type {string[]} */ ([]), pair: "" };

  const show = () => {
    for (const { feature, drawn } of parts) {
      if (matches(feature, filter)) layer.addLayer(drawn);
      else layer.removeLayer(drawn);
    }
    const map = mapOf(layer);
    map?.getContainer().classList.toggle("one-day", filter.days.length === 1);
    if (map) fit(map, layer.getBounds());
  };

  const load = async () => {
    const map = mapOf(layer);
    const data = map && (await fetched(url, map));
    if (!data) return;
    layer.clearLayers();
    parts = data.features.map((feature) => ({ feature, drawn: draw(feature, map) }));
    legend(map, [...entries(data.features, wordsOf(map)), { looks: "straight", text: wordsOf(map).straight }]);
    show();
  };

  layer.once("add", () => {
    load();
    document.addEventListener("tour:map-reload", load);
    document.addEventListener("tour:filter", (event) => {
      filter = /** @type {CustomEvent} */ (event).detail;
      show();
    });
    document.dispatchEvent(new CustomEvent("tour:map-ready"));
  });
  return layer;
}

/** Bases stay whatever the days; sites left out belong to no day or pair. @param {Feature} feature @param {{ days: string[], pair: string }} filter */
function matches({ properties }, { days, pair }) {
  const right = (/** @type {string} */ wish, /** @type {string | undefined} */ value) => !wish || value === wish;
  const always = properties.layer === "base" || (properties.layer === "left_out" && days.length > 1);
  return right(pair, properties.pair_id) && (always || !days.length || days.includes(properties.day));
}

/** @param {Feature} feature @param {L.Map} map */
function draw(feature, map) {
  const { layer, index, order, name, commune, pair, when, id, label } = feature.properties;
  const words = wordsOf(map);
  if (layer === "route") return line(feature.geometry.coordinates, `route pair-${index}`, label);
  if (layer === "base") return withPopup(signMarker(at(feature), `base pair-${index}`, `${name} – ${words.base}, ${pair}`).setZIndexOffset(500), { title: name, lines: [words.base, pair] });
  if (layer === "left_out") return withPopup(signMarker(at(feature), "left-out", `${name}, ${commune} – ${words.left_out}`), { title: name, lines: [commune, words.left_out], link: sitePage(id) });
  return withPopup(signMarker(at(feature), `numbered pair-${index}`, `${order}. ${name}, ${commune} – ${pair}, ${when}`, String(order)), { title: name, lines: [commune, when, pair], link: sitePage(id) });
}

/** @param {[number, number][]} points longitude, latitude @param {string} looks @param {string} label */
function line(points, looks, label) {
  const text = document.createElement("p");
  text.textContent = label;
  return L.polyline(points.map(([lon, lat]) => /** @type {[number, number]} */ ([lat, lon])), { className: looks, bubblingMouseEvents: false }).bindPopup(text);
}

/** @param {Feature[]} features @param {import("./frame.js").Words} words */
function entries(features, words) {
  return features.flatMap(({ properties: { layer, pair, index } }) => {
    if (layer === "base") return [{ looks: `sign base pair-${index}`, text: pair }];
    return layer === "left_out" ? [{ looks: "sign left-out", text: words.left_out }] : [];
  });
}
