// The need form: an article chosen in the catalogue says what kind of need it is.

/** What htmx needs to fetch the choices again. @type {{ajax(method: string, path: string, target: string): Promise<void>}} */
const htmx = /** @type {any} */ (globalThis).htmx;

export function followItem() {
  const form = document.querySelector("form.need");
  if (!(form instanceof HTMLFormElement)) return;
  form.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "item" && target.dataset.kind) {
      const kinds = form.elements.namedItem("kind");
      if (kinds instanceof RadioNodeList) kinds.value = target.dataset.kind;
    }
    if (target instanceof HTMLInputElement && target.name === "item") warnOfTwice(target.value);
  });
  // Enter in the search field searches; it does not send the form.
  form.querySelector("[data-search]")?.addEventListener("keydown", (event) => {
    if (event instanceof KeyboardEvent && event.key === "Enter") event.preventDefault();
  });
  form.addEventListener("tour:missing-choice", (event) => {
    const { name, value } = /** @type {CustomEvent} */ (event).detail;
    if (name === "item" && value) htmx.ajax("GET", `/field/catalogue/choices?item=${encodeURIComponent(value)}`, "#choices");
  });
}

/** Says when the same article is already asked for on this site. @param {string} item */
function warnOfTwice(item) {
  const warning = document.getElementById("twice");
  if (warning) warning.hidden = !item || !document.querySelector(`[data-open-item="${CSS.escape(item)}"]`);
}
