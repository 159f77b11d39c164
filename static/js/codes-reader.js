// Reads codes in a picture with ZXing compiled to WebAssembly: a worker of its own, so that neither the page waits for it
// nor the page's policy must let WebAssembly run (this file is served with a policy of its own, see tour/field/pages/field.py).
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

/** @typedef {{id: number, image: ImageData, wasm?: ArrayBuffer}} Question */

self.addEventListener("message", async (/** @type {MessageEvent<Question>} */ { data: { id, image, wasm } }) => {
  // The page fetches the WebAssembly itself: it has it from the tablet's own store when there is no network.
  if (wasm) prepareZXingModule({ overrides: { wasmBinary: wasm } });
  try {
    const found = await readBarcodes(image, { tryHarder: true, tryDownscale: true });
    self.postMessage({ id, codes: found.filter((code) => code.isValid).map((code) => code.text) });
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
});
