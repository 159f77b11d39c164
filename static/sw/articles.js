// The catalogue in the worker's memory, ready to be searched: it may have thousands of articles, and is searched at each key.
import { KINDS } from "./kinds.js";
import { fact, using } from "./store.js";
import { keepIndex } from "./table.js";

/** @typedef {Record<string, any>} Article */

/** @type {{mark: unknown, articles: Promise<Article[]>} | null} */
let kept = null;

/** All articles as pages show them; read again only when a synchronisation brought others. @returns {Promise<Article[]>} */
export async function articles() {
  const mark = (await fact("articles")) ?? 0;
  if (kept && kept.mark === mark) return kept.articles;
  const read = { mark, articles: readAll() };
  read.articles.catch(() => {
    if (kept === read) kept = null;
  });
  kept = read;
  return read.articles;
}

async function readAll() {
  const docs = await using((db) => db.getAllFromIndex("docs", "kind", "item"));
  const shown = { pending: false, to_mend: false, state: "" };
  return keepIndex(docs.map(({ data }) => ({ ...KINDS.item.blank, ...data, ...shown })));
}
