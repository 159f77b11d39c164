// Field pages from precompiled templates: nunjucks made to write the very bytes that Jinja writes on the server.
import nunjucks from "nunjucks/browser/nunjucks-slim.js";
import { assets, templates } from "tour:built";
import { FILTERS } from "./filters.js";
import { _, ngettext, spoken } from "./i18n.js";

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;" };

nunjucks.installJinjaCompat();
// nunjucks escapes quotes otherwise than Jinja, and backslashes too.
nunjucks.lib.escape = (/** @type {unknown} */ value) => String(value).replace(/[&<>'"]/g, (sign) => ESCAPES[sign]);

const loader = {
  /** @param {string} name */
  getSource: (name) => ({ src: { type: "code", obj: templates[name] }, path: name, noCache: false }),
};
const environment = new nunjucks.Environment([loader], { autoescape: true, trimBlocks: true, lstripBlocks: true });
for (const [name, filter] of Object.entries(FILTERS)) environment.addFilter(name, filter);
environment.addGlobal("_", _);
environment.addGlobal("ngettext", ngettext);
environment.addGlobal("asset", asset);
environment.addGlobal("icon", icon);

/** The address of a built file. @param {string} name */
export function asset(name) {
  return `/static/dist/${assets[name]}`;
}

/** @param {string} name @param {string} [label] */
function icon(name, label) {
  const meaning = label ? `role="img" aria-label="${nunjucks.lib.escape(label)}"` : 'aria-hidden="true"';
  const svg = `<svg class="icon" ${meaning}><use href="${asset("icons.svg")}#${name}"></use></svg>`;
  return nunjucks.runtime.markSafe(svg);
}

/** @param {string} template @param {Record<string, any>} context @returns {string} */
export function render(template, context) {
  return environment.render(template, { lang: spoken(), ...context });
}
