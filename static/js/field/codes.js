// Codes in a picture: QR, bar codes, Data Matrix. The browser's own reader where it has one, else ZXing, fetched when first needed.

/** @typedef {HTMLVideoElement | HTMLImageElement | HTMLCanvasElement | ImageBitmap} Picture */
/** @typedef {{detect(picture: Picture): Promise<{rawValue: string}[]>}} Detector */

const FORMATS = ["qr_code", "data_matrix", "code_128", "code_39", "ean_13", "itf"];
const LONGEST_SIDE = 1600;

/** @type {Promise<Detector | null> | undefined} */
let native;
/** @type {Promise<Worker> | undefined} */
let reader;
let questions = 0;

/**
 * What the codes in a picture say; nothing when there is none. For a film, ask again with each frame, once the answer before is there.
 * @param {Picture} picture @returns {Promise<string[]>} @throws {Error} when no reader can be had (never prepared, and no network)
 */
export async function readCodes(picture) {
  native ??= nativeDetector();
  const detector = await native;
  if (detector) {
    try {
      return (await detector.detect(picture)).map((code) => code.rawValue);
    } catch {
      native = Promise.resolve(null); // some announce a reader that the system then lacks
    }
  }
  return askReader(pixelsOf(picture));
}

/** @returns {Promise<Detector | null>} */
async function nativeDetector() {
  const Native = /** @type {any} */ (globalThis).BarcodeDetector;
  const known = (await Native?.getSupportedFormats().catch(() => [])) ?? [];
  const formats = FORMATS.filter((format) => known.includes(format));
  return formats.length === FORMATS.length ? new Native({ formats }) : null;
}

/** @param {Picture} picture @returns {ImageData} */
function pixelsOf(picture) {
  const [width, height] =
    picture instanceof HTMLVideoElement ? [picture.videoWidth, picture.videoHeight]
    : picture instanceof HTMLImageElement ? [picture.naturalWidth, picture.naturalHeight]
    : [picture.width, picture.height];
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height, 1));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.fillStyle = "white"; // what is transparent would read as black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** @param {ImageData} image @returns {Promise<string[]>} */
async function askReader(image) {
  reader ??= startReader();
  const worker = await reader.catch((error) => {
    reader = undefined; // the next try may have a network
    throw error;
  });
  const id = ++questions;
  return new Promise((answer, fail) => {
    const hear = (/** @type {MessageEvent} */ { data }) => {
      if (data.id !== id) return;
      worker.removeEventListener("message", hear);
      data.codes ? answer(data.codes) : fail(new Error(data.error));
    };
    worker.addEventListener("message", hear);
    worker.postMessage({ id, image }, [image.data.buffer]);
  });
}

/** The worker, with its WebAssembly given to it. @returns {Promise<Worker>} */
async function startReader() {
  const response = await fetch(CODES_WASM);
  if (!response.ok) throw new Error(`codes reader: ${response.status}`);
  const wasm = await response.arrayBuffer();
  const worker = new Worker(CODES_READER);
  await new Promise((ready, fail) => {
    worker.addEventListener("error", () => fail(new Error("codes reader: cannot start")), { once: true });
    worker.addEventListener("message", ready, { once: true });
    const blank = new ImageData(8, 8);
    worker.postMessage({ id: 0, image: blank, wasm }, [wasm]);
  });
  return worker;
}
