// A marker that a keyboard reaches, with a popup written as text: nothing of the data is ever read as HTML.
import * as L from "leaflet";
import { wordsOf } from "./frame.js";

const SIZE = 26; // px: what a finger or a pointer can hit

/** @param {[number, number]} place @param {string} looks classes @param {string} name what a screen reader says @param {string} [sign] */
export function signMarker(place, looks, name, sign = "") {
  const text = document.createElement("span");
  text.textContent = sign;
  const icon = L.divIcon({ className: `sign ${looks}`, html: text, iconSize: [SIZE, SIZE], popupAnchor: [0, -SIZE / 3] });
  const marker = L.marker(place, { icon, title: name, riseOnHover: true });
  marker.on("add", () => {
    const element = marker.getElement();
    element?.setAttribute("aria-label", name);
    element?.addEventListener("keydown", (event) => {
      if (event.key !== " ") return; // Enter is Leaflet's own
      event.preventDefault();
      marker.openPopup();
    });
  });
  return marker;
}

/** Gives a marker its popup: a title, lines of text, a link to the site. @param {L.Marker} marker @param {{ title: string, lines: string[], link?: string }} content */
export function withPopup(marker, content) {
  marker.bindPopup(() => popupContent(content, wordsOf(marker)), { minWidth: 180, maxWidth: 280 });
  marker.on("popupopen", ({ popup }) => intoPopup(marker, popup));
  marker.on("popupclose", ({ popup }) => backFromPopup(marker, popup));
  return marker;
}

/** @param {{ title: string, lines: string[], link?: string }} content @param {import("./frame.js").Words} words */
function popupContent({ title, lines, link: address }, words) {
  const box = document.createElement("div");
  box.append(paragraph(title, "popup-title"), ...lines.filter(Boolean).map((line) => paragraph(line)));
  if (address) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = words.open_site;
    box.append(link);
  }
  return box;
}

/** @param {string} text @param {string} [looks] */
function paragraph(text, looks = "") {
  const made = document.createElement("p");
  made.className = looks;
  made.textContent = text;
  return made;
}

/** From the marker, the focus goes on into the popup: it stands far from the marker in the page's order. @param {L.Marker} marker @param {L.Popup} popup */
function intoPopup(marker, popup) {
  const element = popup.getElement();
  element?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", wordsOf(marker).close);
  if (document.activeElement === marker.getElement()) element?.querySelector("a")?.focus({ preventScroll: true });
  // Leaflet hears Escape only while the map itself has the focus
  if (element) element.onkeydown = (event) => event.key === "Escape" && marker.closePopup();
}

/** @param {L.Marker} marker @param {L.Popup} popup */
function backFromPopup(marker, popup) {
  const focused = document.activeElement;
  if (focused === document.body || popup.getElement()?.contains(focused)) marker.getElement()?.focus({ preventScroll: true });
}

/** The planner's page of a site. @param {string} id */
export const sitePage = (id) => `/sites/${encodeURIComponent(id)}`;

/** An ISO day in the reader's words. @param {string} iso */
export function dayText(iso) {
  const day = new Date(`${iso}T12:00:00`);
  return new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" }).format(day);
}
