// The sites of a campaign, in step with the list beside the map.
import * as L from "leaflet";
import { at, fetched } from "./data.js";
import { fit, mapOf } from "./frame.js";
import { legend } from "./legend.js";
import { dayText, signMarker, sitePage, withPopup } from "./marker.js";

const CLOSE = 13; // the zoom at which one site is looked at

/** @param {string} url */
export function sites(url) {
  const layer = L.featureGroup();
  /** @type {Map<string, L.Marker>} */
  const markers = new Map();

  const load = async () => {
    const map = mapOf(layer);
    const data = map && (await fetched(url, map));
    if (!data) return;
    const first = markers.size === 0;
    const open = [...markers].find(([, marker]) => marker.isPopupOpen())?.[0];
    layer.clearLayers();
    markers.clear();
    for (const feature of data.features) markers.set(feature.properties.id, siteMarker(feature).addTo(layer));
    legend(map, data.features.map(({ properties }) => ({ looks: `sign site ${properties.state}`, text: properties.state_text })));
    if (first) fit(map, layer.getBounds());
    if (open) markers.get(open)?.openPopup();
  };

  layer.once("add", () => {
    load();
    document.addEventListener("tour:map-reload", load);
    document.addEventListener("click", (event) => {
      const button = event.target instanceof Element && event.target.closest("[data-focus-site]");
      const marker = button && markers.get(button.getAttribute("data-focus-site") ?? "");
      const map = mapOf(layer);
      if (map && marker) look(map, marker);
    });
  });
  return layer;
}

/** @param {import("./data.js").Feature} feature */
function siteMarker(feature) {
  const { id, name, commune, state, state_text, day, pair } = feature.properties;
  const marker = signMarker(at(feature), `site ${state}`, `${name}, ${commune} – ${state_text}`);
  marker.on("popupopen", () => choose(id));
  return withPopup(marker, { title: name, lines: [commune, state_text, [day && dayText(day), pair].filter(Boolean).join(" · ")], link: sitePage(id) });
}

/** Brings one site into view, with its popup. @param {L.Map} map @param {L.Marker} marker */
function look(map, marker) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  map.getContainer().scrollIntoView({ block: "nearest" });
  map.setView(marker.getLatLng(), Math.max(map.getZoom(), CLOSE), { animate: !still });
  marker.getElement()?.focus({ preventScroll: true });
  marker.openPopup();
}

/** Marks the site's row in the list and scrolls the list, not the page, to it. @param {string} id */
function choose(id) {
  for (const row of document.querySelectorAll("[data-site]")) {
    const chosen = row.getAttribute("data-site") === id;
    row.classList.toggle("chosen", chosen);
    const list = chosen && row.closest(".scroll");
    if (list) list.scrollTop += row.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 3;
  }
}
