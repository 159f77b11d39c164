// The detailed map from one PMTiles file. What draws it is heavy: it comes when the layer is first shown.
import * as L from "leaflet";
import { mapOf, say, wordsOf } from "./frame.js";

const MAX_ZOOM = 101; // the byte of a PMTiles file (version 3) that says how far its tiles go

/** @param {string} url @param {L.LayerOptions & { library: string }} options */
export function plan(url, options) {
  const layer = L.layerGroup([], options);
  layer.once("add", async () => {
    const map = mapOf(layer);
    try {
      await load(options.library);
      // The file may be neither on the tablet nor within reach: the base map below stays.
      const head = await fetch(url, { headers: { Range: "bytes=0-126" } });
      if (head.status !== 206) throw new Error(`${url}: ${head.status}`);
      layer.addLayer(/** @type {any} */ (window).TourPlan.layer(url, new Uint8Array(await head.arrayBuffer())[MAX_ZOOM], colours(map)));
    } catch {
      if (map) say(map, wordsOf(map).no_plan);
    }
  });
  return layer;
}

/** @param {string} address @returns {Promise<void>} */
function load(address) {
  return new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: address });
    script.addEventListener("load", () => done());
    script.addEventListener("error", () => failed(new Error(address)));
    document.head.append(script);
  });
}

/** The page's own colours, light or dark. @param {L.Map | undefined} map */
function colours(map) {
  const style = getComputedStyle(map?.getContainer() ?? document.body);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return { ink: colour("--ink"), soft: colour("--ink-soft"), paper: colour("--surface"), water: colour("--water"), road: colour("--slate"), main: colour("--ochre"), green: colour("--pine-pale"), line: colour("--line") };
}
