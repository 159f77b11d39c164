// Builds static/dist from our sources and npm packages. Every name carries a hash, listed in manifest.json.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";
import { builtModule, codesReader, english, qrScript } from "./field.js";
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

/** What our scripts must run on. */
const TARGET = ["chrome109", "safari16", "firefox115"];

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
    target: TARGET,
    loader: { ".png": "dataurl", ".svg": "dataurl" },
    legalComments: "none",
    define,
    plugins,
    outdir: DIST,
  });
  return built.outputFiles[0].contents;
}

/**
 * The tablet's script in pieces: field.js and what it shares (field-chunk.js) on every page, field-more.js where a page asks for it.
 * @param {Record<string, string>} define
 */
async function fieldScripts(define) {
  const built = await esbuild.build({
    entryPoints: [join(ROOT, "static/js/field.js")],
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    format: "esm",
    target: TARGET,
    legalComments: "none",
    define,
    // One piece takes in another by its name, so the names with hashes are esbuild's own.
    entryNames: "[name]-[hash]",
    chunkNames: "field-[name]-[hash]",
    outdir: DIST,
  });
  for (const { path, contents } of built.outputFiles) {
    const name = basename(path).replace(/-[0-9A-Z]{8}\.js$/, ".js");
    if (manifest[name]) throw new Error(`two pieces of the tablet's script are ${name}: bin/build.js knows one that is shared`);
    writeFileSync(path, contents);
    manifest[name] = basename(path);
  }
}

/**
 * A style sheet with only what the tablet's pages can use: a slow tablet reads all of it before it shows anything.
 * @param {Uint8Array} sheet
 */
async function usedOnTablets(sheet) {
  const content = ["templates/layout/field.html", "templates/parts", "templates/field", "static/js/field", "static/js/field.js", "tour/words.json"].map((path) => join(ROOT, path));
  const files = content.flatMap((path) => (extname(path) ? [path] : filesBelow(path)));
  // htmx marks what it is at work on; a theme is the reader's; the rest are states that scripts and browsers set.
  // What begins with a colon is kept whole (the focus of the keyboard, disabled and invalid fields): the purge would drop it.
  const kept = { standard: [/^htmx-/, /^:/], deep: [/data-theme/], greedy: [] };
  const [{ css }] = await new PurgeCSS().purge({ content: files, css: [{ raw: new TextDecoder().decode(sheet) }], safelist: kept, variables: false });
  return css;
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
emit("field.css", await usedOnTablets(await bundle("css/field.css")));
for (const entry of ["css/app.css", "css/map.css", "css/roadmap.css", "js/app.js", "js/map.js", "js/plan.js", "js/codes-reader.js", "js/qr.js"]) emit(basename(entry), await bundle(entry));
emit("codes-reader.wasm", readFileSync(join(ROOT, "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm")));
const reader = codesReader(manifest);
await fieldScripts({ CODES_READER: JSON.stringify(reader.script), CODES_WASM: JSON.stringify(reader.wasm), QR_SCRIPT: JSON.stringify(qrScript(manifest)) });
emit("field-en.json", JSON.stringify(english()));
// The worker keeps its address from release to release: no hash.
writeFileSync(join(DIST, "sw.js"), await bundle("sw/worker.js", {}, [builtModule(manifest)]));
writeFileSync(join(DIST, "manifest.json"), JSON.stringify(manifest, null, 1));
