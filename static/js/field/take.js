// « Reprendre le travail d’une autre tablette »: from its screen by the camera, from pictures of it, or from a saved copy.
import { readCodes } from "./codes.js";
import { Assembly } from "./frames.js";
import { ask } from "./worker.js";

const BETWEEN_LOOKS = 120;

export function takeWork() {
  const section = document.getElementById("take-codes");
  if (!section) return;
  const words = section.dataset;
  const find = (/** @type {string} */ where) => /** @type {HTMLElement} */ (section.querySelector(where));
  const film = /** @type {HTMLVideoElement} */ (find("[data-film]"));
  const [look, stop, told] = ["[data-do=look]", "[data-do=stop]", "[data-told]"].map(find);
  const say = (/** @type {string} */ what, /** @type {Record<string, any>} */ values = {}) =>
    (told.textContent = Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, String(value)), words[what] ?? ""));
  let assembly = new Assembly();

  /** @param {import("./codes.js").Picture} picture @returns {Promise<boolean>} whether all is there */
  async function read(picture) {
    const fresh = (await readCodes(picture)).filter((code) => assembly.add(code));
    if (fresh.length) say("progress", { have: assembly.parts.size, total: assembly.total });
    return assembly.done;
  }

  /** @param {Promise<any>} copy */
  async function take(copy) {
    const value = await copy.catch(() => null);
    assembly = new Assembly();
    const outcome = value && (await ask("take-in", { copy: value }));
    if (!outcome || outcome.trouble === "unreadable") return say("unreadable");
    if (outcome.trouble === "other_pair") return say("otherPair", outcome);
    say("taken", outcome);
    if (outcome.bad) told.textContent += ` ${(words.bad ?? "").replace("{bad}", outcome.bad)}`;
  }

  const end = () => {
    for (const track of /** @type {MediaStream | null} */ (film.srcObject)?.getTracks() ?? []) track.stop();
    film.srcObject = null;
    film.hidden = stop.hidden = true;
    look.hidden = false;
  };
  stop.addEventListener("click", end);
  look.addEventListener("click", async () => {
    try {
      film.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return say("noCamera");
    }
    film.hidden = stop.hidden = false;
    look.hidden = true;
    say("looking");
    await film.play();
    try {
      while (film.srcObject && !(await read(film))) await new Promise((go) => setTimeout(go, BETWEEN_LOOKS));
      if (film.srcObject) await take(assembly.value());
    } catch (error) {
      console.warn(error);
      say("noReader");
    }
    end();
  });
  find("input[type=file]").addEventListener("change", async ({ target }) => {
    const files = [...(/** @type {HTMLInputElement} */ (target).files ?? [])];
    try {
      for (const file of files) {
        if (!file.type.startsWith("image/")) await take(file.text().then(JSON.parse));
        else if (await read(await createImageBitmap(file))) await take(assembly.value());
      }
    } catch (error) {
      console.warn(error);
      say("noReader");
    }
  });
}
