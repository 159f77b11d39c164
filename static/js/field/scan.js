// « Scanner »: reads the number on a thing's label with the camera, or from a picture; by hand in any case.
import { readCodes } from "./codes.js";

const PAUSE = 150;

export function scanAssets() {
  const dialog = document.getElementById("scan");
  const opener = document.querySelector("[data-scan]");
  if (!(dialog instanceof HTMLDialogElement) || !(opener instanceof HTMLButtonElement)) return;
  const target = document.getElementById(opener.dataset.scan ?? "");
  if (!(target instanceof HTMLInputElement)) return;
  opener.hidden = false;
  opener.addEventListener("click", () => scan(dialog, target));
}

/** @param {HTMLDialogElement} dialog @param {HTMLInputElement} target */
async function scan(dialog, target) {
  const film = /** @type {HTMLVideoElement} */ (dialog.querySelector("video"));
  const file = /** @type {HTMLInputElement} */ (dialog.querySelector("input[type=file]"));
  const closed = new AbortController();
  const { signal } = closed;
  const take = (/** @type {string} */ code) => {
    target.value = code.slice(0, target.maxLength);
    target.dispatchEvent(new Event("input", { bubbles: true })); // the draft keeps it
    navigator.vibrate?.(80);
    dialog.close();
    target.focus();
  };
  dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close(), { signal });
  dialog.addEventListener("close", () => closed.abort(), { once: true });
  file.addEventListener("change", () => readFile(file, dialog).then((code) => code && take(code)), { signal });
  dialog.showModal();
  say(dialog, "starting");
  const code = await watch(film, dialog, signal).catch((error) => (console.warn(error), say(dialog, error?.message?.startsWith("codes reader") ? "noReader" : "noCamera"), ""));
  if (code) take(code);
}

/** The first code that the camera sees; nothing when the dialog was closed. @param {HTMLVideoElement} film @param {HTMLElement} dialog @param {AbortSignal} signal */
async function watch(film, dialog, signal) {
  const camera = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } });
  const off = () => {
    for (const track of camera.getTracks()) track.stop();
    film.srcObject = null;
    film.hidden = true;
  };
  signal.addEventListener("abort", off);
  if (signal.aborted) return off(), "";
  try {
    film.srcObject = camera;
    film.hidden = false;
    await film.play();
    say(dialog, "looking");
    while (!signal.aborted) {
      const [code] = film.videoWidth ? await readCodes(film) : [];
      if (code) return code;
      await new Promise((go) => setTimeout(go, PAUSE));
    }
    return "";
  } finally {
    off();
  }
}

/** @param {HTMLInputElement} input @param {HTMLElement} dialog */
async function readFile(input, dialog) {
  const [file] = input.files ?? [];
  input.value = "";
  if (!file) return "";
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const [code = ""] = await readCodes(image);
    if (!code) say(dialog, "nothing");
    return code;
  } catch (error) {
    console.warn(error);
    say(dialog, /** @type {Error} */ (error).message.startsWith("codes reader") ? "noReader" : "nothing");
    return "";
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {HTMLElement} dialog @param {string} what */
function say(dialog, what) {
  const place = dialog.querySelector("[data-told]");
  if (place instanceof HTMLElement) place.textContent = place.dataset[what] ?? "";
}
