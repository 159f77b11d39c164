// QR codes drawn on the tablet: fetched when somebody first asks for them, or while preparing.
import { encode } from "uqr";

Object.assign(globalThis, { tourQr: (/** @type {string} */ text) => encode(text, { ecc: "M", border: 4 }).data });
