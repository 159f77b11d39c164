// Watches over what is kept here: says so when the browser erased work that was not sent yet.
import { ask } from "./worker.js";

/** @typedef {{device: string, there: boolean, changes: number, photos: number, at: number}} Held */

const KEY = "held"; // apart from the store, which the browser may throw away without it

export async function watchOver() {
  const notice = document.getElementById("erased");
  if (!notice) return;
  notice.querySelector("button")?.addEventListener("click", async () => {
    keep(await ask("held"));
    notice.hidden = true;
  });
  const look = async () => {
    const held = await ask("held");
    if (held) compare(notice, held);
  };
  document.body.addEventListener("tour:status", look);
  await look();
}

/** Keeps the count of what is here; or, when this is another store than before, says what was in that one. @param {HTMLElement} notice @param {Omit<Held, "at">} now */
function compare(notice, now) {
  const before = read();
  const another = !now.there || (before?.device && before.device !== now.device);
  if (before && another && before.changes + before.photos > 0) show(notice, before);
  else keep(now);
}

/** @returns {Held | null} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Omit<Held, "at">} held */
const keep = (held) => localStorage.setItem(KEY, JSON.stringify({ ...held, at: Date.now() }));

/** @param {HTMLElement} notice @param {Held} lost */
function show(notice, lost) {
  const { dataset } = notice;
  const when = new Date(lost.at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
  const counted = (/** @type {number} */ n, one = "", many = "") => (n ? (n < 2 ? one : many).replace("{n}", String(n)) : "");
  const what = [counted(lost.changes, dataset.change, dataset.changes), counted(lost.photos, dataset.photo, dataset.photos)].filter(Boolean);
  const place = notice.querySelector("p");
  if (place) place.textContent = (dataset.sentence ?? "").replace("{what}", what.join(` ${dataset.and} `)).replace("{when}", when);
  notice.hidden = false;
}
