// Our own base map: land, borders, the Département, graticule, and names that step aside for each other.
import * as L from "leaflet";
import { at, fetched } from "./data.js";
import { mapOf } from "./frame.js";

/** The least zoom at which places of rank 1, 2 and 3 are named. */
const ZOOM_OF_RANK = [0, 7, 10, 11];
const LETTER = 6.6; // mean width of a letter of a label, px
const HEIGHT = 15;

/** @typedef {{ name: string, rank: number, beyond: boolean }} Place */

/** @param {string} url @param {L.LayerOptions} options */
export function base(url, options) {
  const layer = L.layerGroup([], options);
  layer.once("add", async () => {
    const map = mapOf(layer);
    const data = map && (await fetched(url, map));
    if (!data) return;
    layer.addLayer(shapes(data));
    const labels = data.features.filter((feature) => feature.properties.layer === "place").map(label);
    for (const marker of labels) layer.addLayer(marker);
    const arrange = () => stepAside(map, labels);
    map.on("zoomend layeradd", ({ type, layer: added }) => (type === "zoomend" || added === layer) && arrange());
    arrange();
  });
  return layer;
}

/** @param {import("./data.js").Collection} data */
function shapes(data) {
  return L.geoJSON(data, {
    pane: "land",
    interactive: false,
    filter: (feature) => feature.properties.layer !== "place",
    style: (feature) => ({ className: `base-${feature?.properties.layer}` }),
  });
}

/** @param {import("./data.js").Feature} feature */
function label(feature) {
  const place = /** @type {Place} */ (feature.properties);
  const text = document.createElement("span");
  text.textContent = place.name;
  const icon = L.divIcon({ className: `place rank-${place.rank}${place.beyond ? " beyond" : ""}`, html: text, iconSize: [0, 0] });
  return Object.assign(L.marker(at(feature), { icon, pane: "places", interactive: false, keyboard: false }), { place });
}

/** Shows the names that find room; they come the most important first. @param {L.Map} map @param {(L.Marker & { place: Place })[]} labels */
function stepAside(map, labels) {
  /** @type {{ x: number, y: number, half: number }[]} */
  const taken = [];
  for (const marker of labels) {
    const { x, y } = map.latLngToLayerPoint(marker.getLatLng());
    const half = (marker.place.name.length * LETTER) / 2 + 4;
    const room = map.getZoom() >= ZOOM_OF_RANK[marker.place.rank] && taken.every((other) => Math.abs(other.y - y) > HEIGHT || Math.abs(other.x - x) > other.half + half);
    marker.getElement()?.classList.toggle("no-room", !room);
    if (room) taken.push({ x, y, half });
  }
}
