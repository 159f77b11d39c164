// What the field app's worker carries inside: templates precompiled, names of built files; and the English of them, apart.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const nunjucks = createRequire(import.meta.url)("nunjucks");
nunjucks.installJinjaCompat();

/** Files the app needs to open with no network. */
const SHELL = ["field.js", "field-chunk.js", "field-more.js", "field-en.json", "field.css", "icons.svg", "img/logo.svg"];
/** Files that pages name besides: the system or « Préparer » fetches them once. */
const BESIDES = ["img/apple-touch-icon.png", "map.js", "map.css"];

/** The reader of codes, whose script must lie below /field/: a worker elsewhere would not be ours when there is no network. @param {Record<string, string>} manifest */
export const codesReader = (manifest) => ({ script: `/field/reader/${manifest["codes-reader.js"]}`, wasm: `/static/dist/${manifest["codes-reader.wasm"]}` });

/** What draws QR codes. @param {Record<string, string>} manifest */
export const qrScript = (manifest) => `/static/dist/${manifest["qr.js"]}`;

/** An esbuild plugin that gives the module "tour:built". @param {Record<string, string>} manifest @returns {import("esbuild").Plugin} */
export function builtModule(manifest) {
  return {
    name: "tour-built",
    setup(build) {
      build.onResolve({ filter: /^tour:built$/ }, ({ path }) => ({ path, namespace: "tour" }));
      build.onLoad({ filter: /.*/, namespace: "tour" }, () => ({ contents: source(manifest), loader: "js" }));
      build.onLoad({ filter: /nunjucks-slim\.js$/ }, ({ path }) => ({ contents: withoutEval(readFileSync(path, "utf8")), loader: "js" }));
    },
  };
}

/** Nunjucks looks for the global object by eval, in vain: the policy forbids it, and Firefox reports each attempt. @param {string} library */
function withoutEval(library) {
  const sought = 'Function("return this")() || (1,eval)("this")';
  if (!library.includes(sought)) throw new Error("nunjucks finds its global object otherwise than before: see withoutEval in bin/field.js");
  return library.replace(sought, "globalThis");
}

/** @param {Record<string, string>} manifest */
function source(manifest) {
  const assets = Object.fromEntries([...SHELL, ...BESIDES].map((name) => [name, manifest[name]]));
  const shell = [...SHELL.map((name) => `/static/dist/${manifest[name]}`), "/field/manifest.webmanifest"];
  const pack = [...Object.values(codesReader(manifest)), qrScript(manifest)];
  const templates = precompiled();
  const release = createHash("sha256").update(JSON.stringify([assets, pack, templates])).digest("hex").slice(0, 10);
  return [
    `export const templates = {${templates.join(",\n")}};`,
    `export const assets = ${JSON.stringify(assets)};`,
    `export const shell = ${JSON.stringify(shell)};`,
    `export const pack = ${JSON.stringify(pack)};`,
    `export const release = ${JSON.stringify(release)};`,
  ].join("\n");
}

function fieldTemplates() {
  const names = readdirSync(join(ROOT, "templates/field")).filter((name) => name.endsWith(".html"));
  return ["layout/field.html", ...names.sort().map((name) => `field/${name}`)];
}

/** The worker's own sources. */
const sources = () => readdirSync(join(ROOT, "static/sw")).filter((name) => name.endsWith(".js")).map((name) => `static/sw/${name}`);

/** Each field template as a property: its name, and a function's result that nunjucks runs with no eval. */
function precompiled() {
  const env = new nunjucks.Environment([], { autoescape: true, trimBlocks: true, lstripBlocks: true });
  return fieldTemplates().map((name) => {
    // Jinja drops the last newline of a file.
    const text = readFileSync(join(ROOT, "templates", name), "utf8").replace(/\n$/, "");
    const wrapper = (/** @type {{template: string}[]} */ [{ template }]) => template;
    // Where each piece stood in its source is a third of the code, and only for error messages.
    const code = nunjucks.precompileString(text, { name, env, wrapper }).replace(/^\s*(lineno|colno) = \d+;$/gm, "").replace(/\(lineno = \d+, colno = \d+, /g, "(");
    return `${JSON.stringify(name)}: (function () {${code}})()`;
  });
}

/** What the worker can say, in English: French message → its translations, singular first. @returns {Record<string, string[]>} */
export function english() {
  const path = join(ROOT, "tour/locale/en/LC_MESSAGES/tour.po");
  if (!existsSync(path)) return {};
  const entries = readFileSync(path, "utf8").split(/\n\s*\n/).filter((entry) => !/^#,.*fuzzy/m.test(entry) && !/^#~/m.test(entry));
  const pairs = entries.map((entry) => {
    const texts = [...entry.matchAll(/^(msgid|msgstr(?:\[\d\])?) ((?:".*"\s*)+)/gm)].map(
      ([, key, value]) => /** @type {const} */ ([key, [...value.matchAll(/"(.*)"/g)].map(([, part]) => JSON.parse(`"${part}"`)).join("")]),
    );
    const id = texts.find(([key]) => key === "msgid")?.[1] ?? "";
    return /** @type {const} */ ([id, texts.filter(([key, text]) => key.startsWith("msgstr") && text).map(([, text]) => text)]);
  });
  // Only what the worker can say: most of the catalogue is for planners' pages.
  const said = [...fieldTemplates().map((name) => join("templates", name)), ...sources()].map((name) => readFileSync(join(ROOT, name), "utf8")).join("\n");
  return Object.fromEntries(pairs.filter(([id, texts]) => id && texts.length && said.includes(id)));
}
