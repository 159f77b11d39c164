// « Enregistrer une copie »: the outbox as a file, the last resort when a tablet cannot send.
import { ask } from "./worker.js";

export function offerCopy() {
  document.querySelector("[data-save-copy]")?.addEventListener("click", async () => {
    const copy = await ask("copy");
    if (!copy) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(copy, null, 1)], { type: "application/json" }));
    link.download = `tour-${copy.made_at.slice(0, 16).replace(/[:T]/g, "-")}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
