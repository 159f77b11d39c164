// Land and state borders around France, cut from Natural Earth 1:10m (npm world-atlas, public domain) for the base map.
import { readFileSync } from "node:fs";
import * as topojson from "topojson-client";

/** What the maps of any Département of metropolitan France may show: west, south, east, north, in degrees. */
const BOX = [-6.5, 40.5, 12, 52.5];
const DECIMALS = 1e3; // about 100 m: the source is no finer

/** @typedef {[number, number]} Point */

/** The coast as GeoJSON text: features with property `layer` = `land` or `border`. @param {string} atlas the package's folder */
export function coast(atlas) {
  const { feature, mesh } = /** @type {any} */ (topojson); // it has no types
  const read = (/** @type {string} */ name) => JSON.parse(readFileSync(`${atlas}/${name}.json`, "utf8"));
  const land = read("land-10m");
  const countries = read("countries-10m");
  /** @type {Point[][]} */
  const rings = feature(land, land.objects.land).features.flatMap((/** @type {any} */ one) => one.geometry.coordinates.flat());
  /** @type {Point[][]} */
  const lines = mesh(countries, countries.objects.countries, (/** @type {unknown} */ a, /** @type {unknown} */ b) => a !== b).coordinates;
  return JSON.stringify({
    type: "FeatureCollection",
    features: [
      shape("land", "MultiPolygon", rings.map(clipRing).filter((ring) => ring.length > 3).map((ring) => [rounded(ring)])),
      shape("border", "MultiLineString", lines.flatMap(clipLine).map(rounded)),
    ],
  });
}

/** @param {string} layer @param {string} type @param {unknown} coordinates */
function shape(layer, type, coordinates) {
  return { type: "Feature", properties: { layer }, geometry: { type, coordinates } };
}

/** The part of a closed ring inside the box (Sutherland–Hodgman). @param {Point[]} ring @returns {Point[]} */
function clipRing(ring) {
  let points = ring.slice(0, -1);
  for (const [axis, bound, sign] of [[0, BOX[0], 1], [1, BOX[1], 1], [0, BOX[2], -1], [1, BOX[3], -1]]) {
    const inside = (/** @type {Point} */ point) => sign * (point[axis] - bound) >= 0;
    points = points.flatMap((point, index) => {
      const before = points.at(index - 1) ?? point;
      if (inside(point) === inside(before)) return inside(point) ? [point] : [];
      const crossing = between(before, point, (bound - before[axis]) / (point[axis] - before[axis]));
      return inside(point) ? [crossing, point] : [crossing];
    });
  }
  return points.length ? [...points, points[0]] : [];
}

/** @param {Point} a @param {Point} b @param {number} share @returns {Point} */
function between(a, b, share) {
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
}

/** The runs of a line inside the box; a run stops at its last point inside. @param {Point[]} line @returns {Point[][]} */
function clipLine(line) {
  /** @type {Point[][]} */
  const runs = [[]];
  for (const [lon, lat] of line) {
    if (lon >= BOX[0] && lon <= BOX[2] && lat >= BOX[1] && lat <= BOX[3]) runs[runs.length - 1].push([lon, lat]);
    else if (runs[runs.length - 1].length) runs.push([]);
  }
  return runs.filter((run) => run.length > 1);
}

/** @param {Point[]} points @returns {Point[]} */
function rounded(points) {
  return points.map(([lon, lat]) => [Math.round(lon * DECIMALS) / DECIMALS, Math.round(lat * DECIMALS) / DECIMALS]);
}
