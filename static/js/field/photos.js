// Photos of the need being noted: shrunk here, kept here at once, with their order and captions in the form.
import { hasRoomFor } from "./storage.js";
import { shrink } from "./shrink.js";
import { ask, tell } from "./worker.js";

/** @typedef {{sha256: string, size: number, caption: string}} Listed */

const MOST = 12;
const PATIENCE = 60_000; // a worker that was killed never answers, and the form waits for its photos

export function takePhotos() {
  const noted = document.querySelector("[data-noted]");
  if (noted instanceof HTMLElement) tell("photo-forget", { draft: noted.dataset.noted ?? "" });
  const field = document.querySelector("fieldset[data-photos]");
  // Without a worker the list comes with the page and files go with the form.
  if (field instanceof HTMLFieldSetElement && field.form && field.querySelector("template")) new Photos(field, field.form).start();
}

class Photos {
  /** @param {HTMLFieldSetElement} field @param {HTMLFormElement} form */
  constructor(field, form) {
    this.field = field;
    this.form = form;
    this.draft = form.dataset.draft ?? "";
    this.value = /** @type {HTMLInputElement} */ (field.querySelector("input[name=photos]"));
    this.list = /** @type {HTMLElement} */ (field.querySelector("[data-list]"));
    this.row = /** @type {HTMLTemplateElement} */ (field.querySelector("template"));
    /** What is still being shrunk and kept: the form waits for it. @type {Promise<void>} */
    this.working = Promise.resolve();
    this.busy = 0;
    this.troubles = 0;
    /** Taken out of the list, with their places: they can be put back until the form is sent. @type {{photo: Listed, place: number}[]} */
    this.removed = [];
    this.undo = /** @type {HTMLButtonElement} */ (field.querySelector("[data-undo]"));
  }

  start() {
    for (const hidden of this.field.querySelectorAll("[data-needs-script]")) hidden.removeAttribute("hidden");
    for (const input of this.field.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => input instanceof HTMLInputElement && this.add(input));
    }
    this.undo.addEventListener("click", () => this.putBack());
    this.form.addEventListener("tour:resumed", () => this.show());
    this.form.addEventListener("tour:dropped", () => tell("photo-forget", { draft: this.draft }));
    this.form.addEventListener("submit", (event) => this.holdBack(event));
    this.show();
  }

  /** @returns {Listed[]} */
  get listed() {
    try {
      const read = JSON.parse(this.value.value);
      return Array.isArray(read) ? read : [];
    } catch {
      return [];
    }
  }

  /** @param {Listed[]} listed */
  write(listed) {
    this.value.value = JSON.stringify(listed);
    this.value.dispatchEvent(new Event("change", { bubbles: true })); // the draft keeps it
  }

  /** Sent while a photo is still being made small: a moment later, with it. @param {Event} event */
  holdBack(event) {
    if (!this.busy) return;
    event.preventDefault();
    const { troubles } = this;
    // A photo that could not be kept is said, and the person decides whether the form goes without it.
    this.working.then(() => this.troubles === troubles && this.form.requestSubmit());
  }

  /** @param {HTMLInputElement} input */
  add(input) {
    const files = [...(input.files ?? [])];
    input.value = ""; // the same file may be chosen again
    this.busy += files.length;
    for (const [place, file] of files.entries()) {
      this.working = this.working
        .then(() => this.addOne(file, place + 1, files.length))
        .catch((error) => this.fail(error))
        .finally(() => (this.busy -= 1));
    }
  }

  /** @param {File} file @param {number} place @param {number} count */
  async addOne(file, place, count) {
    if (this.listed.length >= MOST) return this.say("many");
    this.say("working", { place, count });
    const shrunk = await shrink(file).catch(() => null);
    if (!shrunk) return this.say("unreadable", { name: file.name });
    if (!(await hasRoomFor(shrunk.blob.size + shrunk.small.size))) return this.say("full");
    const sha256 = await hashOf(shrunk.blob);
    if (this.listed.some((photo) => photo.sha256 === sha256)) return this.say("twice");
    const size = shrunk.blob.size;
    const [blob, small] = await Promise.all([shrunk.blob.arrayBuffer(), shrunk.small.arrayBuffer()]);
    const kept = await inTime(ask("photo-keep", { photo: { ...shrunk, sha256, size, blob, small, added_at: new Date().toISOString() }, draft: this.draft }));
    if (!kept) return this.say(kept === false ? "full" : "later");
    this.write([...this.listed, { sha256, size, caption: "" }]);
    this.show();
    this.say(this.listed.length > 1 ? "added" : "addedOne", { count: this.listed.length });
  }

  /** @param {any} error */
  fail(error) {
    if (error?.name !== "QuotaExceededError") console.error(error);
    this.say("full");
  }

  show() {
    const listed = this.listed;
    this.list.replaceChildren(...listed.map((photo, place) => this.rowOf(photo, place, listed.length)));
    this.list.hidden = !listed.length;
    this.undo.hidden = !this.removed.length;
  }

  /** @param {Listed} photo @param {number} place @param {number} count */
  rowOf(photo, place, count) {
    const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (this.row.content.cloneNode(true)).firstElementChild);
    const image = /** @type {HTMLImageElement} */ (row.querySelector("img"));
    image.src = `/field/photos/${photo.sha256}/small`;
    const name = (this.field.dataset.name ?? "").replace("{n}", String(place + 1));
    image.alt = name;
    const caption = /** @type {HTMLInputElement} */ (row.querySelector("input"));
    caption.value = photo.caption;
    caption.setAttribute("aria-label", `${caption.placeholder}, ${name}`);
    caption.addEventListener("input", () => {
      this.write(this.listed.map((other) => (other.sha256 === photo.sha256 ? { ...other, caption: caption.value } : other)));
    });
    caption.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    for (const button of row.querySelectorAll("button")) {
      const what = button.dataset.do ?? "";
      button.setAttribute("aria-label", `${button.title}, ${name}`);
      button.disabled = (what === "earlier" && place === 0) || (what === "later" && place === count - 1);
      button.addEventListener("click", () => (what === "remove" ? this.remove(place) : this.move(place, what === "earlier" ? -1 : 1, what)));
    }
    return row;
  }

  /** @param {number} place @param {number} by @param {string} what */
  move(place, by, what) {
    const listed = this.listed;
    const [photo] = listed.splice(place, 1);
    listed.splice(place + by, 0, photo);
    this.write(listed);
    this.show();
    const buttons = [...(this.list.children[place + by]?.querySelectorAll("button") ?? [])];
    (buttons.find((button) => button.dataset.do === what && !button.disabled) ?? buttons.find((button) => !button.disabled))?.focus();
    this.say("moved", { place: place + by + 1, count: listed.length });
  }

  /** It leaves the list; the tablet forgets it once the form is sent, or given up. @param {number} place */
  remove(place) {
    const listed = this.listed;
    const [photo] = listed.splice(place, 1);
    this.removed.push({ photo, place });
    this.write(listed);
    this.show();
    this.say("removed");
    this.undo.focus();
  }

  /** The photo removed last stands where it was. */
  putBack() {
    const last = this.removed.pop();
    if (!last) return;
    const listed = this.listed.filter(({ sha256 }) => sha256 !== last.photo.sha256);
    listed.splice(last.place, 0, last.photo);
    this.write(listed);
    this.show();
    /** @type {HTMLElement | null} */ (this.list.children[last.place]?.querySelector("[data-do=remove]"))?.focus();
    this.say("restored");
  }

  /** Says something in the page's own words. @param {string} what @param {Record<string, string | number>} [values] */
  say(what, values = {}) {
    const place = this.field.querySelector("[data-told]");
    if (!(place instanceof HTMLElement)) return;
    const sentence = place.dataset[what] ?? "";
    place.textContent = sentence.replace(/\{(\w+)\}/g, (_whole, name) => String(values[name] ?? ""));
    const trouble = ["many", "unreadable", "full", "later"].includes(what);
    if (trouble) this.troubles += 1;
    place.classList.toggle("field-error", trouble);
  }
}

/** What is answered in time; false when nothing is. @param {Promise<any>} answer */
const inTime = (answer) => Promise.race([answer, new Promise((go) => setTimeout(() => go(false), PATIENCE))]);

/** @param {Blob} blob */
async function hashOf(blob) {
  const hash = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
