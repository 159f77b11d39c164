// What the colours and shapes on the map mean, for those that are on it.

/** @param {import("leaflet").Map} map @param {{ looks: string, text: string }[]} entries */
export function legend(map, entries) {
  const list = map.getContainer().parentElement?.querySelector("[data-map-legend]");
  const different = new Map(entries.map((entry) => [entry.looks, entry]));
  list?.replaceChildren(...[...different.values()].map(row));
}

/** @param {{ looks: string, text: string }} entry */
function row({ looks, text }) {
  const item = document.createElement("li");
  const sign = document.createElement("span");
  sign.className = looks;
  sign.setAttribute("aria-hidden", "true");
  item.append(sign, text);
  return item;
}
