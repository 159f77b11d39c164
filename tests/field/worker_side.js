// The worker's own modules, run by node for the parity tests: one question a line in, one answer a line out.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { builtModule, english } from "../../bin/field.js";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const entry = `
  export { render } from "./render.js";
  export { overlay } from "./overlay.js";
  export { FILTERS } from "./filters.js";
  export { speak } from "./i18n.js";
  export { check, readForm } from "./kinds.js";
  export { seen, stampOf, tick } from "./clock.js";
  export { select } from "./table.js";
  export * as sealing from "./seal.js";
  export { bound } from "./vault.js";
  export { Assembly, toFrames } from "../js/field/frames.js";
  export { Index, alike } from "./search.js";
  export { answered, asked, checkAnswers, readAnswers } from "./questions.js";
  export { weekOf } from "./table.js";
`;
const built = await esbuild.build({
  stdin: { contents: entry, resolveDir: join(ROOT, "static/sw") },
  bundle: true,
  write: false,
  format: "cjs",
  platform: "neutral",
  mainFields: ["browser", "module", "main"],
  plugins: [builtModule(JSON.parse(readFileSync(join(ROOT, "static/dist/manifest.json"), "utf8")))],
});
const module = { exports: /** @type {any} */ ({}) };
new Function("module", "exports", "self", "window", built.outputFiles[0].text)(module, module.exports, globalThis, globalThis);
const { render, overlay, FILTERS, speak, check, readForm, seen, stampOf, tick, select, sealing, bound, Assembly, toFrames } = module.exports;
const { Index, alike, answered, asked: asking, checkAnswers, readAnswers, weekOf } = module.exports;

/** @type {any} the catalogue searched last */
let index;

const answers = {
  /** @param {any} asked */
  render: ({ template, context }) => render(template, context),
  /** @param {any} asked */
  overlay: ({ kind, doc, document, changes, others }) =>
    overlay(kind, doc, document, changes, (/** @type {string} */ k, /** @type {string} */ id) => others[`${k} ${id}`]),
  /** @param {any} asked */
  filter: ({ name, value }) => FILTERS[name](value),
  /** @param {any} asked */
  check: ({ kind, patch, isNew }) => check(kind, patch, isNew),
  /** @param {any} asked */
  form: ({ kind, form, now }) => readForm(kind, form, now),
  /** @param {any} asked */
  select: ({ query, documents, names }) => select(query, documents, names),
  /** @param {any} asked */
  seal: async ({ change: { patch, ...rest }, vault, server, recovery }) => {
    const raw = sealing.randomBytes(32);
    const sealed = await sealing.seal(await sealing.dataKey(raw), patch, bound(rest));
    const closed = { server: await sealing.closeToServer(raw, server, vault), recovery: recovery && (await sealing.closeToRecovery(raw, recovery)) };
    return { change: { ...rest, vault, sealed }, vault: closed };
  },
  /** @param {any} asked */
  pins: async ({ right, tried }) => {
    const closed = await sealing.closeToPin(sealing.randomBytes(32), right, "v1");
    return Promise.all(tried.map(async (/** @type {string} */ pin) => Boolean(await sealing.openByPin(closed, pin, "v1"))));
  },
  /** @param {any} asked */
  seen: ({ last, stamp, now }) => seen(last ?? undefined, stamp, now) ?? null,
  /** @param {any} asked */
  frames: ({ value }) => toFrames(value),
  /** @param {any} asked */
  assemble: async ({ frames }) => {
    const assembly = new Assembly();
    for (const frame of frames) assembly.add(frame);
    return { done: assembly.done, value: assembly.done ? await assembly.value() : null };
  },
  /** @param {any} asked */
  index: ({ documents }) => ((index = new Index(documents)), index.words.length),
  /** @param {any} asked */
  search: ({ text, most }) => index.search(text, most),
  /** @param {any} asked */
  alike: ({ one, other }) => alike(one, other),
  /** @param {any} asked */
  week: ({ wanted, today }) => weekOf(wanted, today),
  /** @param {any} asked */
  answers: ({ questions, form }) => readAnswers(questions, form),
  /** @param {any} asked */
  wrongAnswers: ({ questions, answers }) => checkAnswers(questions, answers),
  /** @param {any} asked */
  asking: ({ questions, answers, errors }) => asking(questions, answers, errors),
  /** @param {any} asked */
  answered: ({ questions, answers }) => answered(questions, answers),
  /** @param {any} asked */
  stamps: ({ readings }) => {
    /** @type {any} */
    let last;
    return readings.map((/** @type {number} */ now) => stampOf((last = tick(last, now)), "d"));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  await speak(asked.lang, async () => english());
  console.log(JSON.stringify(await answers[/** @type {keyof typeof answers} */ (asked.ask)](asked)));
}
