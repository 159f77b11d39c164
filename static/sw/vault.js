// Who holds the tablet, and each person's vault: what it seals, how it is unlocked, and when it locks itself.
import { v7 } from "uuid";
import { closeToPin, closeToRecovery, closeToServer, dataKey, nameOf, openByPin, randomBytes, seal, unseal } from "./seal.js";
import { fact, keepFact, using } from "./store.js";

/** @typedef {import("./store.js").Change} Change */
/** @typedef {import("./seal.js").Closed} Closed */
/** @typedef {{id: string, name: string, reset: string}} Person */
/**
 * A vault as it is kept. `reset`: the planner's leave to choose a new PIN that it was made under. A retired one only waits for what it
 * sealed to be sent.
 * @typedef {{id: string, person: string, name: string, pin?: import("./seal.js").ByPin, server?: Closed, recovery?: Closed, reset: string,
 *   retired: boolean, tries: number, until: number}} Vault
 */
/** The open vault, kept as long as it is open: the worker may be killed at any moment. @typedef {{vault: string, person: string, key: CryptoKey, at: number, until: number}} Unlocked */
/** @typedef {{mode: string, minutes: number, team: Person[], vaults: Vault[], holder: string, own: Vault | undefined, unlocked: Unlocked | null, locked: boolean}} Holding */

const SECONDS = 1000;
/** How long to wait after so many wrong PINs, in seconds; the last one for all that follow. */
export const WAITS = [0, 0, 0, 15, 30, 60, 300, 900, 1800, 3600];
const PIN = /^[0-9]{4,8}$/;
const CLOCK_MAY_GO_BACK = 5 * 60 * SECONDS;

/** Someone must unlock the tablet first. */
export class Locked extends Error {}

/** Who holds the tablet now. @returns {Promise<Holding>} */
export async function holding() {
  const kept = await using(async (db) => {
    const tx = db.transaction(["meta", "vaults"]);
    const meta = tx.objectStore("meta");
    const [tablet, holder, unlocked] = await Promise.all(["tablet", "holder", "unlocked"].map((key) => meta.get(key)));
    return { tablet, holder: holder ?? "", unlocked, all: /** @type {Vault[]} */ (await tx.objectStore("vaults").getAll()) };
  });
  const [mode, team] = [kept.tablet?.pin ?? "off", kept.tablet?.team ?? []];
  const vaults = kept.all.filter((vault) => !vault.retired);
  const unlocked = kept.unlocked && isFresh(kept.unlocked) ? kept.unlocked : null;
  if (kept.unlocked && !unlocked) await keepFact("unlocked", null);
  const own = vaults.find((vault) => vault.person === kept.holder);
  const known = team.some((/** @type {Person} */ person) => person.id === kept.holder);
  const locked = own ? unlocked?.person !== kept.holder : mode === "required" ? team.length > 0 : vaults.length > 0 && !known;
  return { mode, minutes: kept.tablet?.lock_minutes ?? 10, team, vaults, holder: kept.holder, own, unlocked: locked ? null : unlocked, locked };
}

/** @param {Unlocked} unlocked */
const isFresh = ({ at, until }) => Date.now() < until && Date.now() > at - CLOCK_MAY_GO_BACK;

/** Someone is at the tablet: it stays open for as long again. */
export async function touch() {
  const { unlocked, minutes } = await holding();
  if (unlocked && Date.now() - unlocked.at > 10 * SECONDS) await keepFact("unlocked", { ...unlocked, ...span(minutes) });
}

/** @param {number} minutes */
const span = (minutes) => ({ at: Date.now(), until: Date.now() + minutes * 60 * SECONDS });

/** Nobody holds the tablet any more: the key of the open vault leaves. */
export const lock = () => hold("", "", null);

/** @param {string} holder @param {string} author @param {Unlocked | null} unlocked */
const hold = (holder, author, unlocked) =>
  using(async (db) => {
    const tx = db.transaction("meta", "readwrite");
    tx.store.put(holder, "holder");
    tx.store.put(author, "author");
    tx.store.put(unlocked, "unlocked");
    await tx.done;
  });

/** Someone with no PIN takes the tablet; the whole pair when `id` is empty. False when this is not allowed. @param {string} id */
export async function takeUp(id) {
  const { mode, team, vaults } = await holding();
  const person = team.find((person) => person.id === id);
  if (mode === "required" || vaults.some((vault) => vault.person === id) || !(person || (id === "" && !vaults.length))) return false;
  await hold(person?.id ?? "", person?.name ?? "", null);
  return true;
}

/** @typedef {{done: true} | {done: false, wait: number}} Attempt */

/** Tries a PIN. @param {string} id the person @param {string} pin @returns {Promise<Attempt>} `wait`: seconds before the next try */
export async function unlock(id, pin) {
  const { vaults, mode, minutes } = await holding();
  const vault = vaults.find((vault) => vault.person === id);
  if (!vault) return { done: false, wait: 0 };
  const raw = await tried(vault.id, pin);
  if (!(raw instanceof Uint8Array)) return { done: false, wait: raw };
  await closeAgain(vault.id, raw);
  await open(vault, raw, minutes);
  if (mode === "off") await dissolve(vault, await dataKey(raw));
  return { done: true };
}

/** @param {Vault} vault @param {import("./seal.js").Bytes} raw @param {number} minutes */
async function open(vault, raw, minutes) {
  const key = await dataKey(raw);
  await hold(vault.person, vault.name, { vault: vault.id, person: vault.person, key, ...span(minutes) });
  await sealOwn(vault, key);
}

/** The data key's bytes, or the seconds to wait. The try is counted before it is made: closing the page undoes nothing. @param {string} id @param {string} pin */
async function tried(id, pin) {
  const vault = await counted(id);
  if (typeof vault === "number") return vault;
  const raw = vault.pin && PIN.test(pin) ? await openByPin(vault.pin, pin, vault.id) : null;
  if (!raw) return waitOf(vault);
  await change(id, (vault) => ({ ...vault, tries: 0, until: 0 }));
  return raw;
}

/** @param {string} id @returns {Promise<Vault | number>} */
const counted = (id) =>
  using(async (db) => {
    const tx = db.transaction("vaults", "readwrite");
    const vault = /** @type {Vault} */ (await tx.store.get(id));
    const wait = waitOf(vault);
    if (wait) return wait;
    const tries = vault.tries + 1;
    const next = { ...vault, tries, until: Date.now() + WAITS[Math.min(tries, WAITS.length - 1)] * SECONDS };
    await tx.store.put(next);
    await tx.done;
    return next;
  });

/** Seconds before a PIN may be tried; never more than its own wait, whatever became of the clock. @param {Vault} vault */
export function waitOf({ tries, until }) {
  const longest = WAITS[Math.min(tries, WAITS.length - 1)];
  return Math.min(longest, Math.max(0, Math.ceil((until - Date.now()) / SECONDS)));
}

/** Chooses a first PIN, or a new one that a planner has allowed. What the old vault sealed stays sealed, and is sent. @param {string} id @param {string} pin @returns {Promise<boolean>} */
export async function choosePin(id, pin) {
  const { mode, team, vaults, minutes } = await holding();
  const person = team.find((person) => person.id === id);
  const old = vaults.find((vault) => vault.person === id);
  if (!person || mode === "off" || !PIN.test(pin) || (old && !isReset(person, old))) return false;
  const raw = randomBytes(32);
  const name = v7();
  /** @type {Vault} */
  const vault = { id: name, person: id, name: person.name, pin: await closeToPin(raw, pin, name), reset: person.reset, retired: false, tries: 0, until: 0 };
  await using(async (db) => {
    const tx = db.transaction("vaults", "readwrite");
    if (old) tx.store.put({ ...old, retired: true });
    tx.store.put(vault);
    await tx.done;
  });
  await closeAgain(vault.id, raw);
  await open(vault, raw, minutes);
  return true;
}

/** Whether a planner has allowed a new PIN since this one was chosen. @param {Person} person @param {Vault} vault */
export const isReset = (person, vault) => person.reset !== "" && person.reset !== vault.reset;

/** @param {string} id @param {string} old @param {string} pin @returns {Promise<Attempt>} */
export async function changePin(id, old, pin) {
  const { own } = await holding();
  if (own?.person !== id || !PIN.test(pin)) return { done: false, wait: 0 };
  const raw = await tried(own.id, old);
  if (!(raw instanceof Uint8Array)) return { done: false, wait: raw };
  const closed = await closeToPin(raw, pin, own.id);
  await change(own.id, (vault) => ({ ...vault, pin: closed }));
  return { done: true };
}

/** No PIN any more: what was sealed is kept in clear again. @param {string} id @param {string} pin @returns {Promise<Attempt>} */
export async function removePin(id, pin) {
  const { own, mode } = await holding();
  if (own?.person !== id || mode === "required") return { done: false, wait: 0 };
  const raw = await tried(own.id, pin);
  if (!(raw instanceof Uint8Array)) return { done: false, wait: raw };
  await dissolve(own, await dataKey(raw));
  return { done: true };
}

/** Closes the data key to the keys that the server names now. @param {string} id @param {import("./seal.js").Bytes} raw */
async function closeAgain(id, raw) {
  const tablet = (await fact("tablet")) ?? {};
  const vault = /** @type {Vault} */ (await using((db) => db.get("vaults", id)));
  const server = tablet.seal && vault.server?.id !== tablet.seal.id ? await closeToServer(raw, tablet.seal, id) : vault.server;
  const other = tablet.recovery && vault.recovery?.id !== (await nameOf(tablet.recovery));
  const recovery = other ? await closeToRecovery(raw, tablet.recovery) : vault.recovery;
  await change(id, (vault) => ({ ...vault, server, recovery }));
}

/** @param {string} id @param {(vault: Vault) => Vault} how */
const change = (id, how) =>
  using(async (db) => {
    const tx = db.transaction("vaults", "readwrite");
    tx.store.put(how(await tx.store.get(id)));
    await tx.done;
  });

/** What a sealed patch is bound to. @param {{id: string, kind: string, doc: string, by: string}} change */
export const bound = ({ id, kind, doc, by }) => [id, kind, doc, by].join("\n");

/** The change as it is kept: sealed when its author has a PIN. @param {Change} made @returns {Promise<Change>} @throws {Locked} */
export async function asKept(made) {
  const { own, unlocked, locked } = await holding();
  if (locked) throw new Locked();
  return own && unlocked ? sealed(made, unlocked.vault, unlocked.key) : made;
}

/** @param {Change} change @param {string} vault @param {CryptoKey} key @returns {Promise<Change>} */
async function sealed({ patch, ...rest }, vault, key) {
  const at = patch?.visit ? { visit: patch.visit } : {};
  return { ...rest, ...at, vault, sealed: await seal(key, patch, bound(rest)) };
}

/** The changes as far as they can be read now: those of a locked vault have no patch, and are `locked`. @param {Change[]} changes @returns {Promise<Change[]>} */
export async function readable(changes) {
  if (!changes.some((change) => change.sealed)) return changes;
  const { unlocked } = await holding();
  return Promise.all(changes.map((change) => opened(change, unlocked)));
}

/** @param {Change} change @param {Unlocked | null} unlocked @returns {Promise<Change>} */
async function opened(change, unlocked) {
  if (!change.sealed) return change;
  if (!unlocked || change.vault !== unlocked.vault) return { ...change, locked: true };
  try {
    return { ...change, patch: await unseal(unlocked.key, change.sealed, bound(change)) };
  } catch (error) {
    console.error("a change of an open vault cannot be read", change.id, error);
    return { ...change, locked: true };
  }
}

/** Seals what its person made before, in the outbox and among the receipts. @param {Vault} vault @param {CryptoKey} key */
const sealOwn = (vault, key) =>
  rewrite((change) => (change.patch && change.by === vault.name ? sealed(change, vault.id, key) : null));

/** Puts in clear what the vault sealed, and forgets it. @param {Vault} vault @param {CryptoKey} key */
async function dissolve(vault, key) {
  await rewrite(async (kept) => {
    if (!kept.sealed || kept.vault !== vault.id) return null;
    const { sealed, vault: _vault, visit: _visit, ...rest } = kept;
    return { ...rest, patch: await unseal(key, sealed, bound(kept)) };
  });
  await using(async (db) => {
    const tx = db.transaction(["vaults", "drafts"], "readwrite");
    tx.objectStore("vaults").delete(vault.id);
    for (const draft of await tx.objectStore("drafts").getAll()) if (draft.vault === vault.id) tx.objectStore("drafts").delete(draft.key);
    await tx.done;
  });
  await hold(vault.person, vault.name, null);
}

/** Keeps changes and receipts otherwise than they are. Only those still there, as they then are: a synchronisation may be at work. @param {(change: Change) => Promise<Change> | null | Promise<Change | null>} how */
async function rewrite(how) {
  for (const name of ["changes", "receipts"]) {
    for (const old of await using((db) => db.getAll(name))) {
      const next = await how(old);
      if (!next) continue;
      await using(async (db) => {
        const tx = db.transaction(name, "readwrite");
        const now = await tx.store.get(old.id);
        if (now) {
          const { patch, sealed, vault, visit } = next;
          const { patch: _patch, sealed: _sealed, vault: _vault, visit: _visit, ...rest } = now;
          tx.store.put({ ...rest, ...(sealed ? { sealed, vault, ...(visit ? { visit } : {}) } : { patch }) });
        }
        await tx.done;
      });
    }
  }
}
