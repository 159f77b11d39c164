// The field app's server on the tablet: answers its pages, takes its forms, and synchronises behind the scenes.
import { release, shell } from "tour:built";
import { barred, busyAnswer, pageAnswer, unknownAnswer } from "./answer.js";
import { copyOfOutbox, takeIn } from "./copy.js";
import { forgetPhotos, keepPhoto } from "./draft_photos.js";
import { KINDS, formOf, shownBefore } from "./kinds.js";
import { fetchMapFiles, fetchPlan, isMapFile, isPlan, mapFile, planRange } from "./map.js";
import { heldHere, isKnown, record, withoutPhoto } from "./outbox.js";
import { lockNow, takeByName, takePerson } from "./people.js";
import { dropOldPack, fetchPack, isPacked, packed } from "./pack.js";
import { fetchPictures, forgetPictures, giveUp, isPhoto, photoAnswer, sendAgain, sendPhotos, takeInPhotos } from "./photos.js";
import { fetchCataloguePictures, isPicture, picture } from "./pictures.js";
import { checkReady } from "./ready.js";
import { dropDraft, keepDraft, readDraft } from "./sealed_drafts.js";
import { fact, setState } from "./store.js";
import { sync } from "./sync.js";
import { pageAt } from "./table.js";
import { Locked, holding, lock, touch } from "./vault.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = `shell-${release}`;
const PATIENCE = 10_000; // WebKit gives a worker up after 70 s, and shows an error of its own

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});
worker.addEventListener("message", (event) => event.waitUntil(hear(event)));
worker.addEventListener("sync", (event) => /** @type {ExtendableEvent} */ (event).waitUntil(exchange({ urgent: true })));

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(shell.map((path) => new Request(path, { cache: "reload" })));
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  // Never under an open page: it may hold a form being filled in. It offers to take over (see "take-over").
  if (!pages.some((page) => new URL(page.url).pathname.startsWith("/field/"))) await worker.skipWaiting();
}

async function activate() {
  // Only now: the old shell stays whole until this one is.
  const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await dropOldPack();
  await worker.clients.claim();
}

/** The answer to a request; nothing for those that are the network's business. @param {FetchEvent} event @returns {Promise<Response> | undefined} */
function answerTo(event) {
  const { method, url: address, headers, mode } = event.request;
  const url = new URL(address);
  if (url.origin !== worker.location.origin) return undefined;
  if (method === "GET" && shell.includes(url.pathname)) return shellFile(event.request, url);
  if (method === "GET" && isPacked(url.pathname)) return packed(event.request);
  if (method === "GET" && isPicture(url.pathname)) return picture(event.request);
  if (method === "GET" && isMapFile(url.pathname)) return mapFile(event.request, url);
  if (method === "GET" && isPlan(url.pathname)) return planRange(event.request);
  if (method === "GET" && isPhoto(url.pathname)) return photoAnswer(event.request);
  if (method === "GET" && pageAt(url.pathname)) return page(event.request, url);
  // A form that was answered with its faults has this address: opened again, it is the page that the form stands on.
  if (method === "GET" && url.pathname.startsWith("/field/people/")) return Promise.resolve(Response.redirect("/field/people"));
  if (method === "GET" && mode === "navigate") return fetch(event.request).catch(unknownAnswer);
  const form = (headers.get("Content-Type") ?? "").startsWith("application/x-www-form-urlencoded");
  if (method === "POST" && form && /^\/field\/(changes|outbox|author|people|lock)(\/|$)/.test(url.pathname)) return take(event, url);
  return undefined;
}

/** @param {Request} request @param {URL} url */
async function shellFile(request, url) {
  return (await caches.match(url.pathname, { cacheName: CACHE })) ?? fetch(request);
}

/** A page comes whatever happens to the store or the network. @param {Request} request @param {URL} url */
async function page(request, url) {
  try {
    return (await inTime(pageHere(request, url))) ?? (await fetch(request));
  } catch (error) {
    console.error(error);
    // Not the server's page: it knows neither who locked the tablet nor what waits here.
    if (isLate(error)) return busy(request.headers, "");
    return inTime(fetch(request)).catch(() => inTime(unknownAnswer()).catch(() => busyAnswer()));
  }
}

/** @param {Request} request @param {URL} url */
async function pageHere(request, url) {
  const part = request.headers.get("HX-Request") === "true";
  if (part && (await barred(url))) return toTheDoor(request.headers);
  if (request.mode === "navigate") await touch();
  const answer = await pageAnswer(url);
  // What a page shows has left the tablet under it: the part stays as it is until the page is opened again.
  return part && answer?.status === 404 ? new Response(null, { status: 204 }) : answer;
}

/** @template T @param {Promise<T>} work @returns {Promise<T>} */
function inTime(work) {
  const late = new Promise((_go, fail) => setTimeout(() => fail(new DOMException("no answer in time", "TimeoutError")), PATIENCE));
  return Promise.race([work, /** @type {Promise<never>} */ (late)]);
}

/** What is answered when the store is not in time. A part of a page stays as it is; a form sent for a part opens its page. @param {Headers} headers @param {string} address of the form's page */
function busy(headers, address) {
  if (headers.get("HX-Request") !== "true") return busyAnswer(address);
  return new Response(null, { status: 204, headers: address ? { "HX-Redirect": address } : {} });
}

/** @param {unknown} error */
const isLate = (error) => error instanceof DOMException && error.name === "TimeoutError";

/** Sends a page that asks for a part of another to where the tablet is unlocked. @param {Headers} headers */
function toTheDoor(headers) {
  const from = new URL(headers.get("HX-Current-URL") ?? "/field/", worker.location.origin);
  const back = encodeURIComponent(inside(from.pathname + from.search));
  return new Response(null, { status: 204, headers: { "HX-Redirect": `/field/people?back=${back}` } });
}

/** A small form. What it says stays a draft of its page until it is kept. @param {FetchEvent} event @param {URL} url */
async function take(event, url) {
  const form = formOf(await event.request.clone().text());
  try {
    return (await inTime(takeHere(event, url, form))) ?? (await fetch(event.request));
  } catch (error) {
    if (!isLate(error)) throw error;
    console.error(error);
    return busy(event.request.headers, inside(form.page ?? ""));
  }
}

/** It becomes a change, or says something of the outbox. @param {FetchEvent} event @param {URL} url @param {Record<string, string>} form @returns {Promise<Response | null>} null when nothing was ever put on the tablet */
async function takeHere(event, url, form) {
  if (!(await fact("cursor"))) return null;
  const [, , what, kind, doc] = url.pathname.split("/");
  let back = "/field/outbox";
  if (what === "author" || what === "people" || what === "lock") {
    const outcome = await (what === "author" ? takeByName(form.by) : what === "lock" ? lockNow() : takePerson(kind, doc, form));
    if (outcome.errors) return showAgain({ page: `/field/people?who=${kind}&back=${encodeURIComponent(form.back ?? "")}` }, {}, outcome.errors);
    back = inside(outcome.back);
    await tellPages({ type: "holder" });
  } else if (what === "outbox") {
    if (form.photo && form.do === "again") await sendAgain(kind);
    else if (form.photo) await withoutPhoto(kind).then(() => giveUp(kind));
    else await setState(kind, form.do === "again" ? "waiting" : "aside");
  } else if (Object.hasOwn(KINDS, kind)) {
    try {
      const { patch, wrong } = await record(kind, doc, form);
      if (Object.keys(wrong).length) return showAgain(form, patch, wrong, shownBefore(kind, form));
    } catch (error) {
      // The tablet locked itself meanwhile: the draft is kept, the page comes back after the PIN.
      if (error instanceof Locked) return event.request.headers.get("HX-Request") === "true" ? toTheDoor(event.request.headers) : Response.redirect(`/field/people?back=${encodeURIComponent(inside(form.page ?? ""))}`, 303);
      throw error;
    }
    back = inside(form.back ?? "");
  }
  event.waitUntil(afterChange());
  const target = new URL(back, worker.location.origin);
  const fragment = event.request.headers.get("HX-Request") === "true" && (await pageAnswer(target));
  return fragment || Response.redirect(target.href, 303);
}

/** The page the form stands on, with what was typed and what is wrong. @param {Record<string, string>} form @param {Record<string, any>} typed @param {Record<string, string>} errors @param {Record<string, any>} [before] what the form showed at first */
async function showAgain(form, typed, errors, before) {
  const url = new URL(form.page ?? "/field/", worker.location.origin);
  if (form.again) url.searchParams.set("again", form.again);
  return (await pageAnswer(url, { typed, errors, before })) ?? unknownAnswer();
}

/** An address of the field app, whatever the form says. @param {string} address */
const inside = (address) => (address.startsWith("/field/") && !address.includes("\\") ? address : "/field/");

async function afterChange() {
  const background = /** @type {any} */ (worker.registration).sync;
  await background?.register("changes").catch(() => {});
  await tellPages({ type: "status" });
  if (navigator.onLine) await exchange({ urgent: true });
}

/** Synchronises, and keeps the open pages informed. @param {{urgent?: boolean}} options */
async function exchange(options) {
  let news = 0;
  const outcome = await sync({ ...options, onProgress: (left, received) => tellPages({ type: "progress", left, received: (news = received) }) });
  await tellPages({ type: "status" });
  if (outcome !== "done") return outcome;
  if (news) await forgetPictures();
  const sent = await sendPhotos({ urgent: options.urgent, onNews: () => tellPages({ type: "status" }) });
  if (!sent) return outcome;
  await sync({ urgent: true }); // their needs now say so
  await tellPages({ type: "status" });
  return outcome;
}

/** All that a day without a network needs, and a look at whether it is all here. */
async function prepare() {
  const outcome = await exchange({ urgent: true });
  if (outcome === "done") await fetchMapFiles().catch(console.warn);
  const lacking = (await fetchPack()) + (await fetchPictures());
  await fetchCataloguePictures().catch(console.warn);
  await checkReady((url) => pageAnswer(url, { barred: false }), worker.location.origin, CACHE, lacking);
  await tellPages({ type: "status" });
  return outcome;
}

/** @param {Record<string, unknown>} message */
async function tellPages(message) {
  for (const client of await worker.clients.matchAll({ type: "window" })) client.postMessage(message);
}

/** What a page asks. @param {ExtendableMessageEvent} event */
async function hear(event) {
  const [port] = event.ports;
  // Whether someone waits for an answer or not, the work is done.
  const answer = await work(event.data ?? {});
  port?.postMessage(answer);
}

/** @param {Record<string, any>} data what is asked, by its type @returns {Promise<any>} */
async function work(data) {
  switch (data.type) {
    case "sync":
      return exchange({});
    case "send":
      return exchange({ urgent: true });
    case "prepare":
      return prepare();
    case "plan": {
      const outcome = await fetchPlan((left, received) => tellPages({ type: "progress", left, received }));
      await tellPages({ type: "status" });
      return outcome;
    }
    case "copy":
      return copyOfOutbox();
    case "take-in": {
      const outcome = await takeIn(data.copy);
      if (!outcome.trouble) await takeInPhotos(data.copy.photos, data.copy.changes);
      await afterChange();
      return outcome;
    }
    case "active":
      return touch();
    case "lock":
      await lock();
      return tellPages({ type: "holder" });
    case "locked":
      return (await holding()).locked;
    case "known":
      return isKnown(data.kind, data.doc);
    case "held":
      return heldHere();
    case "photo-keep":
      return keepPhoto(data.photo, data.draft);
    case "photo-forget":
      return forgetPhotos(data.draft);
    case "draft-keep":
      return keepDraft(data.name, data.draft);
    case "draft-read":
      return readDraft(data.name);
    case "draft-drop":
      return dropDraft(data.name);
    case "take-over":
      return worker.skipWaiting();
  }
}
