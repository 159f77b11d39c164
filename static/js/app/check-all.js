// « Tout cocher »: ticks every box of the form it stands in, also those that belong to it from outside (form="…").

for (const label of document.querySelectorAll("[data-check-all]")) {
  const all = label.querySelector("input");
  const form = label.closest("form");
  if (!(all instanceof HTMLInputElement) || !form) continue;
  label.removeAttribute("hidden");
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll(`input[type="checkbox"][form="${CSS.escape(form.id)}"]`)) {
      if (box instanceof HTMLInputElement) box.checked = all.checked;
    }
  });
}
