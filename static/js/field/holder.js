// The person who holds the tablet: it locks itself when nobody touches it, and no page stays open behind the lock.
import { ask, tell } from "./worker.js";

const SECOND = 1000;

export function followHolder() {
  // A page that the browser kept whole behind « back » may show what is locked now.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  document.addEventListener("tour:holder", leaveIfLocked);
  const minutes = Number(document.body.dataset.ownPin ?? 0);
  if (minutes) lockWhenLeft(minutes * 60 * SECOND);
}

/** @param {number} patience */
function lockWhenLeft(patience) {
  let last = Date.now();
  let told = Date.now();
  const active = () => {
    last = Date.now();
    if (last - told < 20 * SECOND) return;
    told = last;
    tell("active");
  };
  for (const sign of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(sign, active, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && leaveIfLocked());
  setInterval(() => {
    if (Date.now() - last < patience) return;
    last = Date.now();
    tell("lock");
  }, 5 * SECOND);
}

async function leaveIfLocked() {
  if (location.pathname.startsWith("/field/people") || !(await ask("locked"))) return;
  location.replace(`/field/people?back=${encodeURIComponent(location.pathname + location.search)}`);
}
