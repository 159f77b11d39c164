// A form [data-route-filter] chooses which day and pair the map and the board show; the map starts with the days on the board.
for (const form of document.querySelectorAll("form[data-route-filter]")) {
  if (!(form instanceof HTMLFormElement)) continue;
  const show = () => {
    const chosen = new FormData(form);
    const day = String(chosen.get("day") ?? "");
    const shown = [...document.querySelectorAll("tr[data-day]")].map((row) => row.getAttribute("data-day") ?? "");
    const pair = String(chosen.get("pair") ?? "");
    document.dispatchEvent(new CustomEvent("tour:filter", { detail: { days: day ? [day] : shown, pair } }));
    for (const row of document.querySelectorAll("[data-day]")) {
      row.toggleAttribute("hidden", day !== "" && row.getAttribute("data-day") !== day);
    }
  };
  form.addEventListener("change", show);
  document.addEventListener("tour:map-ready", show);
  form.addEventListener("submit", (event) => event.preventDefault());
}
