// Synchronisation with the server: one at a time, nothing freed before the server says it is applied.
import { release } from "tour:built";
import { seen } from "./clock.js";
import { iso } from "./kinds.js";
import { forgetPictures, photosHere } from "./photos.js";
import { changesHere, fact, keepFact, using } from "./store.js";
import { readable } from "./vault.js";

/** @typedef {import("./store.js").Change} Change */
/** @typedef {"done" | "more" | "failed" | "signed_out" | "later"} Outcome */
/** @typedef {Record<string, any>} Answer */

const PROTOCOL = 2;
const NOTHING = "-"; // a cursor that tells the server nothing
const MOST_CHANGES = 200;
const PATIENCE = 30_000;
const LONGEST_WAIT = 5 * 60_000;
const HUNG = 2 * 60_000; // without a sign of life: a database or a lock that never answers (iOS after sleep)

let batchSize = MOST_CHANGES;
/** @type {Promise<Outcome> | null} */
let running = null;
let again = false;
let alive = 0;

/**
 * Sends what waits and fetches what changed. `urgent`: now, whatever the wait after earlier failures.
 * @param {{urgent?: boolean, onProgress?: (left: number, received: number) => void}} [options] @returns {Promise<Outcome>}
 */
export function sync(options = {}) {
  const hung = Boolean(running) && Date.now() - alive > HUNG;
  if (running && !hung) {
    again = true;
    // What someone asked for now must not end with the wait, or the failure, of an attempt begun before.
    return options.urgent ? running.then((outcome) => (outcome === "done" ? outcome : sync(options))) : running;
  }
  const work = () => rounds(options);
  // Another tab's worker of another release may be at it too.
  alive = Date.now();
  const locked = () => navigator.locks.request("tour-sync", { steal: hung }, work);
  const started = (navigator.locks ? locked() : work()).catch(() => /** @type {Outcome} */ ("failed")).finally(() => running === started && (running = null));
  running = started;
  return started;
}

/** @param {{urgent?: boolean, onProgress?: (left: number, received: number) => void}} options @returns {Promise<Outcome>} */
async function rounds({ urgent = false, onProgress = () => {} }) {
  const wait = (await fact("wait")) ?? { tries: 0, until: 0 };
  const early = Date.now() < wait.until && wait.until - Date.now() <= LONGEST_WAIT;
  if (!urgent && (early || !navigator.onLine)) return "later";
  /** @type {Outcome} */
  let outcome;
  let received = 0;
  do {
    again = false;
    alive = Date.now();
    const count = (/** @type {Answer} */ answer) => onProgress(answer.left, (received += answer.docs.length));
    outcome = await round(count).catch((error) => (console.error(error), failed("")));
  } while (outcome === "more" || (outcome === "done" && again));
  if (outcome === "done") await keepFact("wait", { tries: 0, until: 0 });
  else await keepFact("wait", { tries: wait.tries + 1, until: Date.now() + pause(wait.tries) });
  return outcome;
}

/** How long to wait after so many failures: doubling from 2 s, with jitter so that tablets do not come all at once. @param {number} tries */
const pause = (tries) => Math.min(LONGEST_WAIT, 2000 * 2 ** tries) * (0.5 + Math.random() / 2);

/** One exchange. @param {(answer: Answer) => void} onAnswer @returns {Promise<Outcome>} */
async function round(onAnswer) {
  const waiting = (await changesHere()).filter((change) => change.state !== "mended");
  const sendable = await whatCanGo(waiting.filter((change) => change.state === "waiting"));
  const batch = sendable.slice(0, batchSize);
  const sentAt = Date.now();
  const response = await post(batch, waiting.length);
  const answer = response && (await readAnswer(response));
  if (!response || !answer) return failed("");
  if (response.status === 401) return forgetDocuments().then(() => failed("signed_out"));
  if (response.status === 413 && batchSize > 1) {
    batchSize = Math.ceil(batchSize / 2);
    return "more";
  }
  if (!response.ok) return failed("");
  await applyAnswer(answer, (sentAt + Date.now()) / 2, response.headers.get("Content-Security-Policy") ?? "");
  onAnswer(answer);
  batchSize = Math.min(MOST_CHANGES, batchSize * 2);
  const settled = answer.applied.length + answer.refused.length + (answer.unopened ?? []).length;
  if (batch.length && !settled) return failed("");
  return answer.more || sendable.length > batch.length ? "more" : "done";
}

/** What the server can read: in clear, or sealed in a vault that is closed to its key too. @param {Change[]} waiting */
async function whatCanGo(waiting) {
  const key = (await fact("tablet"))?.seal?.id;
  const vaults = await closedTo(waiting);
  const opens = (/** @type {Change} */ { vault = "", unopened }) => key && unopened !== key && vaults[vault]?.server?.id === key;
  return (await readable(waiting)).filter((change) => !change.locked || opens(change));
}

/** The vaults of sealed changes, by name. @param {Change[]} changes @returns {Promise<Record<string, import("./vault.js").Vault>>} */
async function closedTo(changes) {
  const used = new Set(changes.map((change) => change.vault).filter(Boolean));
  const all = used.size ? await using((db) => db.getAll("vaults")) : [];
  return Object.fromEntries(all.filter(({ id }) => used.has(id)).map((vault) => [vault.id, vault]));
}

/** @param {Change[]} batch @param {number} held @returns {Promise<Response | null>} */
async function post(batch, held) {
  const changes = batch.map(({ id, kind, doc, patch, sealed, vault, stamp, by }) => ({ id, kind, doc, ...(patch ? { patch } : { sealed, vault }), stamp, by }));
  const vaults = Object.entries(await closedTo(batch.filter((change) => change.locked))).map(([id, { server }]) => [id, { server }]);
  const request = {
    ...{ protocol: PROTOCOL, device: (await fact("node")) ?? "", release, cursor: (await fact("cursor")) ?? "" },
    ...{ changes, waiting: held, account: await account(), storage: await storage() },
    ...(vaults.length ? { vaults: Object.fromEntries(vaults) } : {}),
  };
  try {
    return await fetch("/field/sync", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(request),
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return null;
  }
}

/** What was made here and where each change is: the server holds its own count against it. */
const account = () =>
  using(async (db) => {
    const tx = db.transaction(["changes", "meta"]); // one moment: a change made meanwhile is in all the counts or in none
    const changes = /** @type {Change[]} */ (await tx.objectStore("changes").getAll());
    const meta = tx.objectStore("meta");
    const [made, confirmed] = [(await meta.get("made")) ?? 0, (await meta.get("confirmed")) ?? 0];
    const count = (/** @type {string} */ state) => changes.filter((change) => change.state === state).length;
    return { made, confirmed, waiting: count("waiting"), refused: count("refused"), aside: count("aside"), mended: count("mended") };
  });

/** Room taken and given, in bytes, and whether the browser promises to keep it. */
async function storage() {
  /** @type {StorageEstimate} */
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  const kept = (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
  return { used: usage, quota, kept: Number(kept), photos: (await photosHere()).length };
}

/** The answer, if it is one of ours: a captive portal's 200 is not. @param {Response} response @returns {Promise<Answer | null>} */
async function readAnswer(response) {
  try {
    const answer = await response.json();
    // A refusal comes before the server knows which version we speak.
    return answer?.protocol === PROTOCOL || (!response.ok && answer?.protocol) ? answer : null;
  } catch {
    return null;
  }
}

/** The tablet is a stranger now: what it was shown leaves it. What was noted here, drafts and photos not sent stay, until it is enrolled again. */
async function forgetDocuments() {
  await using(async (db) => {
    const tx = db.transaction(["docs", "receipts", "meta"], "readwrite");
    const [docs, receipts, meta] = ["docs", "receipts", "meta"].map((name) => tx.objectStore(name));
    docs.clear();
    for (const { id, kind, doc, stamp, by, receipt } of await receipts.getAll()) receipts.put({ id, kind, doc, stamp, by, receipt });
    if (await meta.get("cursor")) meta.put(NOTHING, "cursor"); // the next one enrolled is given everything
    meta.put(((await meta.get("articles")) ?? 0) + 1, "articles");
    meta.put(false, "whole");
    await tx.done;
  });
  await forgetPictures().catch(console.warn);
}

/** @param {"" | "signed_out"} trouble @returns {Promise<Outcome>} */
async function failed(trouble) {
  const last = (await fact("exchange")) ?? { last_sync: "" };
  await keepFact("exchange", { ...last, online: trouble !== "", trouble: trouble || last.trouble || "" });
  return trouble || "failed";
}

/** Takes an answer in, all or nothing. @param {Answer} answer @param {number} at the device's clock when the server answered @param {string} policy what its pages may load */
async function applyAnswer(answer, at, policy) {
  await using(async (db) => {
    const tx = db.transaction(["docs", "changes", "receipts", "meta"], "readwrite");
    const [docs, changes, receipts, meta] = ["docs", "changes", "receipts", "meta"].map((name) => tx.objectStore(name));
    const pass = ((await meta.get("pass")) ?? 0) + (answer.whole && answer.first ? 1 : 0);
    for (const doc of answer.docs) docs.put({ ...doc, pass });
    for (const [kind, id] of answer.gone) docs.delete([kind, id]);
    if (answer.whole && !answer.more) {
      for (const doc of await docs.getAll()) if (doc.pass !== pass) docs.delete([doc.kind, doc.id]);
    }
    let confirmed = (await meta.get("confirmed")) ?? 0;
    for (const id of answer.applied) {
      const change = await changes.get(id);
      if (!change) continue;
      confirmed += 1;
      receipts.put({ ...change, receipt: answer.receipts[id] });
      changes.delete(id);
    }
    for (const { id, field, why } of answer.refused) {
      const change = await changes.get(id);
      if (change) changes.put({ ...change, state: "refused", field, why });
    }
    for (const id of answer.unopened ?? []) {
      const change = await changes.get(id);
      if (change) changes.put({ ...change, unopened: answer.tablet.seal?.id ?? "" });
    }
    // What is kept of the catalogue in memory is out of date: see articles.js.
    const others = answer.docs.some((/** @type {any} */ doc) => doc.kind === "item") || answer.gone.some((/** @type {string[]} */ [kind]) => kind === "item");
    if (others || (answer.whole && !answer.more)) meta.put(((await meta.get("articles")) ?? 0) + 1, "articles");
    const clock = seen(await meta.get("clock"), answer.stamp, answer.now);
    if (clock) meta.put(clock, "clock");
    meta.put(confirmed, "confirmed");
    meta.put(pass, "pass");
    meta.put(answer.cursor, "cursor");
    meta.put(answer.tablet, "tablet");
    meta.put(answer.now - at, "offset");
    meta.put(policy, "policy");
    meta.put({ online: true, trouble: "", last_sync: iso(answer.now) }, "exchange");
    if (!answer.more) meta.put(true, "whole");
    await tx.done;
  });
}
