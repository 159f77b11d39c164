// The board: visits are dragged, or moved with Alt and the arrows. The server works out the hours and shows the days anew.
import htmx from "htmx.org";
import Sortable from "sortablejs";

const area = document.querySelector("[data-board]");

/** @param {string} key @param {Element} slot @param {number | ""} at */
function move(key, slot, at) {
  const form = area?.querySelector("form[data-move]");
  if (!(form instanceof HTMLFormElement)) return;
  const chosen = { key, pair: slot.getAttribute("data-pair") ?? "", day: slot.getAttribute("data-day") ?? "", at: String(at) };
  for (const [name, value] of Object.entries(chosen)) {
    const input = form.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.value = value;
  }
  form.requestSubmit();
}

function makeSortable() {
  for (const slot of document.querySelectorAll("ul[data-slot]")) {
    if (!(slot instanceof HTMLElement) || Sortable.get(slot)) continue;
    Sortable.create(slot, {
      group: "board",
      draggable: ".stop[data-key]",
      animation: 120,
      delay: 150,
      delayOnTouchOnly: true,
      ghostClass: "moving",
      onEnd: ({ item, to, newDraggableIndex }) => {
        const key = item.getAttribute("data-key");
        if (key) move(key, to, newDraggableIndex ?? "");
      },
    });
  }
}

const STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
});

/** Alt and an arrow on a visit: the day before or after, the pair beside. @param {KeyboardEvent} event */
function onKey(event) {
  const step = STEPS[event.key];
  const stop = event.target instanceof Element && event.target.closest(".stop");
  if (!event.altKey || !step || !stop) return;
  const cell = stop.closest("td"), row = stop.closest("tr");
  const rows = [...(row?.parentElement?.children ?? [])];
  const target = rows[rows.indexOf(/** @type {Element} */ (row)) + step[0]]?.children[(cell?.cellIndex ?? 0) + step[1]];
  const slot = target?.querySelector("ul[data-slot]");
  if (!slot) return;
  event.preventDefault();
  keepFocusOn = stop.id;
  move(stop.getAttribute("data-key") ?? "", slot, "");
}

let keepFocusOn = "";

/** After the board was given anew: new lists can be dragged to, the focus stays on what was moved, map and panel follow. */
function onSwap() {
  makeSortable();
  if (keepFocusOn) document.getElementById(keepFocusOn)?.querySelector("a")?.focus();
  keepFocusOn = "";
  document.dispatchEvent(new Event("tour:map-reload"));
  const key = document.querySelector("#panel [data-panel]")?.getAttribute("data-panel");
  const link = key && document.querySelector(`.stop[data-key="${CSS.escape(key)}"] a`);
  if (link) htmx.ajax("GET", link.getAttribute("hx-get") ?? "", { target: "#panel", swap: "innerHTML" });
  else if (key) document.querySelector("#panel [data-panel]")?.remove();
}

/** @param {Event} event */
function onClick(event) {
  if (!(event.target instanceof Element) || !event.target.closest("[data-close-panel]")) return;
  const panel = document.querySelector("#panel [data-panel]");
  const stop = panel && document.querySelector(`.stop[data-key="${CSS.escape(panel.getAttribute("data-panel") ?? "")}"] a`);
  panel?.remove();
  if (stop instanceof HTMLElement) stop.focus();
}

if (area) {
  makeSortable();
  document.addEventListener("click", onClick);
  area.addEventListener("keydown", (event) => event instanceof KeyboardEvent && onKey(event));
  document.addEventListener("htmx:after:swap", (event) => {
    const detail = /** @type {CustomEvent} */ (event).detail;
    if (detail?.ctx?.target === area || event.target === area) onSwap();
  });
}
