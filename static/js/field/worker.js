// The page's side of the service worker: registers it, wakes its synchronisation, and hears its news.
// Only the worker opens the store: a page that WebKit puts aside for « back » in the middle of a reading keeps its transaction, and
// every later write, with all that waits behind it, would wait for that page.

const EVERY = 60_000;
const workers = navigator.serviceWorker;

/** Says something to the worker; nothing happens when there is none. @param {string} type @param {Record<string, any>} [more] */
export function tell(type, more = {}) {
  workers?.controller?.postMessage({ type, ...more });
}

/** Asks the worker something; null when there is no worker to ask. @param {string} type @param {Record<string, any>} [more] @returns {Promise<any>} */
export async function ask(type, more = {}) {
  const controller = workers?.controller;
  if (!controller) return null;
  const { port1, port2 } = new MessageChannel();
  return new Promise((answer) => {
    port1.onmessage = ({ data }) => answer(data);
    controller.postMessage({ type, ...more }, [port2]);
  });
}

export function startWorker() {
  if (!workers) return;
  workers.register("/field/sw.js", { scope: "/field/" }).then(watchRelease).catch(console.error);
  workers.addEventListener("message", ({ data }) => {
    if (data.type === "status") {
      refreshStatus();
      forgetWhoMadeIt();
    }
    if (data.type === "holder") document.dispatchEvent(new CustomEvent("tour:holder"));
    if (data.type === "progress") document.dispatchEvent(new CustomEvent("tour:progress", { detail: data }));
  });
  // Several independent wakes: any of them may fail to come.
  tell(document.getElementById("ready") ? "send" : "sync"); // a tablet just enrolled again lands on « Préparer »
  setInterval(() => tell("sync"), EVERY);
  addEventListener("online", () => tell("send"));
  addEventListener("offline", refreshStatus);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tell("sync"));
}

/** A page of the server says that it does not know what waits; where the worker has come since and nothing does, there is nothing to say. */
async function forgetWhoMadeIt() {
  const notice = document.getElementById("from-server");
  if (!notice) return;
  const held = await ask("held");
  if (held?.there && !held.changes && !held.photos) notice.remove();
}

/** What shows the state of things (the chip, the outbox) fetches itself again. */
function refreshStatus() {
  document.body.dispatchEvent(new CustomEvent("tour:status"));
}

/** Offers a new release; it takes over only when asked. @param {ServiceWorkerRegistration} registration */
function watchRelease(registration) {
  const offer = document.getElementById("release");
  const button = offer?.querySelector("button");
  if (!offer || !button) return;
  const show = () => (offer.hidden = !registration.waiting || !workers.controller);
  show();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", show));
  button.addEventListener("click", () => {
    workers.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting?.postMessage({ type: "take-over" });
  });
}
