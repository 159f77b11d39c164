// Draws a PMTiles file in the OpenMapTiles schema over our own base map: few rules, the page's colours, no remote font.
import { CenteredTextSymbolizer, LineLabelSymbolizer, LineSymbolizer, PolygonSymbolizer, exp, leafletLayer } from "protomaps-leaflet";

/** @typedef {Record<"ink" | "soft" | "paper" | "water" | "road" | "main" | "green" | "line", string>} Colours */
/** @typedef {{ props: Record<string, any> }} Feature */

const MAIN = new Set(["motorway", "trunk", "primary"]);
const MIDDLE = new Set(["secondary", "tertiary"]);
const PATHS = new Set(["path", "track", "service"]);

/** @param {string} url @param {number} maxDataZoom beyond it the last tiles are drawn larger @param {Colours} colours */
function layer(url, maxDataZoom, colours) {
  // The labels' names are read as the data has them: a name in French stands in "name".
  return leafletLayer(/** @type {any} */ ({ url, attribution: "", maxDataZoom, paintRules: paint(colours), labelRules: labels(colours), pane: "overlayPane" }));
}

/** @param {Colours} colours */
function paint({ water, road, main, green, line, soft }) {
  const kind = (/** @type {Feature} */ feature) => feature.props.class ?? "";
  /** @param {(kind: string) => boolean} wanted @param {number} width @param {string} color */
  const roads = (wanted, width, color) => ({
    dataLayer: "transportation",
    symbolizer: new LineSymbolizer({ color, width: exp(1.4, [[8, width / 3], [14, width], [18, width * 4]]) }),
    filter: (/** @type {number} */ _zoom, /** @type {Feature} */ feature) => wanted(kind(feature)),
  });
  return [
    { dataLayer: "landcover", symbolizer: new PolygonSymbolizer({ fill: green, opacity: 0.6 }) },
    { dataLayer: "park", symbolizer: new PolygonSymbolizer({ fill: green, opacity: 0.5 }) },
    { dataLayer: "landuse", symbolizer: new PolygonSymbolizer({ fill: line, opacity: 0.35 }) },
    { dataLayer: "water", symbolizer: new PolygonSymbolizer({ fill: water }) },
    { dataLayer: "waterway", symbolizer: new LineSymbolizer({ color: water, width: 1.5 }) },
    { dataLayer: "building", symbolizer: new PolygonSymbolizer({ fill: line }) },
    { dataLayer: "boundary", symbolizer: new LineSymbolizer({ color: soft, width: 1, dash: [4, 3] }) },
    roads((name) => PATHS.has(name), 0.8, soft),
    roads((name) => !PATHS.has(name) && !MIDDLE.has(name) && !MAIN.has(name), 1.6, road),
    roads((name) => MIDDLE.has(name), 2.6, road),
    roads((name) => MAIN.has(name), 3.6, main),
  ];
}

/** @param {Colours} colours */
function labels({ ink, paper, soft }) {
  const halo = { stroke: paper, width: 2.5 };
  return [
    { dataLayer: "place", symbolizer: new CenteredTextSymbolizer({ labelProps: ["name"], fill: ink, ...halo, font: "600 14px system-ui, sans-serif" }) },
    { dataLayer: "transportation_name", minzoom: 13, symbolizer: new LineLabelSymbolizer({ labelProps: ["name"], fill: ink, ...halo, font: "12px system-ui, sans-serif" }) },
    { dataLayer: "water_name", symbolizer: new CenteredTextSymbolizer({ labelProps: ["name"], fill: soft, ...halo, font: "italic 12px system-ui, sans-serif" }) },
  ];
}

Object.assign(window, { TourPlan: { layer } });
