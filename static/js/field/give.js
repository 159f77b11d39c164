// « Donner mon travail »: the outbox as a film of QR codes, for the pair's other tablet.
import { MOST_FRAMES, toFrames } from "./frames.js";
import { ask } from "./worker.js";

const A_FRAME = 450;
const SVG = "http://www.w3.org/2000/svg";

export function offerFrames() {
  const section = document.getElementById("show-codes");
  if (!section) return;
  const button = (/** @type {string} */ name) => /** @type {HTMLButtonElement} */ (section.querySelector(`[data-do=${name}]`));
  const [show, pause, next] = ["show", "pause", "next"].map(button);
  const told = /** @type {HTMLElement} */ (section.querySelector("[data-told]"));
  const place = /** @type {HTMLElement} */ (section.querySelector("[data-frame]"));
  /** @type {string[]} */
  let frames = [];
  let at = -1;
  let film = 0;

  const step = () => {
    at = (at + 1) % frames.length;
    const text = (section.dataset.step ?? "").replace("{index}", String(at + 1)).replace("{total}", String(frames.length));
    place.replaceChildren(drawn(frames[at], text));
    told.textContent = text;
  };
  const stop = () => {
    clearInterval(film);
    film = 0;
    pause.hidden = true;
    next.hidden = frames.length < 2;
  };
  const run = () => {
    step();
    // Whoever asked for less movement turns the pages; a film that repeats each step aloud would be noise too.
    if (matchMedia("(prefers-reduced-motion: reduce)").matches || frames.length < 2) return stop();
    told.setAttribute("aria-live", "off");
    film = window.setInterval(step, A_FRAME);
    pause.hidden = false;
    next.hidden = true;
  };

  show.addEventListener("click", async () => {
    stop();
    const copy = await ask("copy");
    if (!copy?.changes.length) return (told.textContent = section.dataset.empty ?? "");
    const { photos: _stay, ...work } = copy; // photos are too large for this: they stay, and leave from here
    frames = await toFrames(work);
    at = -1;
    if (frames.length > MOST_FRAMES) return (told.textContent = section.dataset.tooMuch ?? "");
    if (!(await import(QR_SCRIPT).catch(() => null))) return (told.textContent = section.dataset.missing ?? "");
    run();
  });
  pause.addEventListener("click", stop);
  next.addEventListener("click", step);
}

/** @param {string} text @param {string} label */
function drawn(text, label) {
  /** @type {boolean[][]} */
  const rows = /** @type {any} */ (globalThis).tourQr(text);
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const white = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${rows.length} ${rows.length}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" })) svg.setAttribute(name, value);
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill: "white" })) white.setAttribute(name, value);
  path.setAttribute("d", rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : []))).join(""));
  svg.append(white, path);
  return svg;
}
