// Builds static/dist from our sources and npm packages. Every name carries a hash, listed in manifest.json.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { builtModule } from "./field.js";
import { coast } from "./coast.js";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const DIST = join(ROOT, "static", "dist");
/** @type {Record<string, string>} */
const manifest = {};

/** Writes one file under a name with its hash and lists it. @param {string} name @param {string | Uint8Array} content */
function emit(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const built = name.replace(/(\.[^.]+)$/, `-${hash}$1`);
  mkdirSync(dirname(join(DIST, built)), { recursive: true });
  writeFileSync(join(DIST, built), content);
  manifest[name] = built;
}

/** All files below a folder. @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** @param {string} entry @param {Record<string, string>} [define] @param {esbuild.Plugin[]} [plugins] */
async function bundle(entry, define = {}, plugins = []) {
  const built = await esbuild.build({
    entryPoints: [join(ROOT, "static", entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome109", "safari16", "firefox115"],
    loader: { ".png": "dataurl", ".svg": "dataurl" },
    legalComments: "none",
    define,
    plugins,
    outdir: DIST,
  });
  return built.outputFiles[0].contents;
}

/** The icons our templates and scripts name, as one sprite. */
function sprite() {
  const sources = [...filesBelow(join(ROOT, "templates")), ...filesBelow(join(ROOT, "static", "js")), ...filesBelow(join(ROOT, "tour")).filter((f) => f.endsWith(".py"))];
  const names = new Set();
  for (const source of sources) {
    for (const [, name] of readFileSync(source, "utf8").matchAll(/\bicon(?:_of)?\(\s*["']([a-z0-9-]+)["']/g)) names.add(name);
    for (const [, name] of readFileSync(source, "utf8").matchAll(/["']icon:([a-z0-9-]+)["']/g)) names.add(name);
  }
  const symbols = [...names].sort().map((name) => {
    const svg = readFileSync(join(ROOT, "node_modules/lucide-static/icons", `${name}.svg`), "utf8");
    const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

rmSync(DIST, { recursive: true, force: true });
for (const file of readdirSync(join(ROOT, "static", "img"))) emit(`img/${file}`, readFileSync(join(ROOT, "static", "img", file)));
emit("icons.svg", sprite());
emit("coast.geojson", coast(join(ROOT, "node_modules/world-atlas")));
for (const entry of ["css/app.css", "css/map.css", "css/field.css", "css/roadmap.css", "js/app.js", "js/map.js", "js/plan.js", "js/field.js"]) emit(basename(entry, extname(entry)) + extname(entry), await bundle(entry));
// The worker keeps its address from release to release: no hash.
writeFileSync(join(DIST, "sw.js"), await bundle("sw/worker.js", {}, [builtModule(manifest)]));
writeFileSync(join(DIST, "manifest.json"), JSON.stringify(manifest, null, 1));
