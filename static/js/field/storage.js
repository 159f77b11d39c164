// How much room the app takes, and whether the browser promises to keep it.

const LOW = 100_000_000;

export async function showStorage() {
  const section = document.getElementById("storage");
  if (!section || !navigator.storage?.estimate) return;
  const kept = (await navigator.storage.persisted?.()) || (await navigator.storage.persist?.()) || false;
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  const text = section.dataset;
  write(section, "[data-usage]", fill(text.used ?? "", usage, quota) + (quota - usage < LOW ? ` ${text.low}` : ""));
  write(section, "[data-keeping]", (kept ? text.kept : text.notKept) ?? "");
}

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
