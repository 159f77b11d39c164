// How much room the app takes, whether the browser promises to keep it, and whether a photo still fits.

const LOW = 100_000_000;
const SPARE = 5_000_000; // what notes and the app itself may still need
const PHOTO = 400_000;

/** Whether so many bytes can be kept; a browser that does not say is believed to have room. @param {number} bytes */
export async function hasRoomFor(bytes) {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  return !quota || quota - usage > bytes + SPARE;
}

export async function showStorage() {
  const section = document.getElementById("storage");
  if (!section || !navigator.storage?.estimate) return;
  const kept = (await navigator.storage.persisted?.()) || (await navigator.storage.persist?.()) || false;
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  const text = section.dataset;
  write(section, "[data-usage]", fill(text.used ?? "", usage, quota) + (quota - usage < LOW ? ` ${text.low}` : ""));
  write(section, "[data-keeping]", (kept ? text.kept : text.notKept) ?? "");
  const room = section.querySelector("meter");
  if (room && quota) {
    room.value = usage / quota;
    room.textContent = `${Math.round((100 * usage) / quota)} %`;
  }
  const fit = Math.max(0, Math.floor((quota - usage - SPARE) / PHOTO));
  write(section, "p[data-fits]", fit ? (text.fits ?? "").replace("{n}", fit > 1000 ? "1000" : String(fit)) : (text.full ?? ""));
  for (const hint of section.querySelectorAll("[data-hint]")) {
    if (hint instanceof HTMLElement) hint.hidden = kept || (hint.dataset.hint === "install" && isInstalled());
  }
}

/** Whether the app stands on the home screen. */
const isInstalled = () => matchMedia("(display-mode: standalone)").matches || Boolean(/** @type {any} */ (navigator).standalone);

/** @param {string} sentence @param {number} used @param {number} quota */
function fill(sentence, used, quota) {
  return sentence.replace("{used}", size(used)).replace("{quota}", size(quota));
}

/** @param {number} bytes */
function size(bytes) {
  const [value, unit] = bytes < 1e9 ? [bytes / 1e6, "megabyte"] : [bytes / 1e9, "gigabyte"];
  const options = { style: /** @type {const} */ ("unit"), unit, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(document.documentElement.lang, options).format(value);
}

/** @param {HTMLElement} section @param {string} where @param {string} text */
function write(section, where, text) {
  const place = section.querySelector(where);
  if (place) place.textContent = text;
}
