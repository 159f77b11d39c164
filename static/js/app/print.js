// « Imprimer »: a button that only a script can serve shows itself when the script is there.
for (const button of document.querySelectorAll("[data-print]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", () => window.print());
}
