// Work carried from one tablet to another as a film of QR codes: written as frames, put together again in any order.

/** Characters of content in a frame: a code of some 93 squares a side, which a tablet's camera reads from another's screen. */
const CONTENT = 560;
const MARK = "TOUR1";
export const MOST_FRAMES = 300;

/** The frames of a value: `TOUR1.set.index.total.checksum.content`, the content being a part of its compressed JSON. @param {any} value @returns {Promise<string[]>} */
export async function toFrames(value) {
  const bytes = await through(new Blob([JSON.stringify(value)]), new CompressionStream("gzip"));
  const set = await nameOf(bytes);
  const text = base64url(bytes);
  const total = Math.ceil(text.length / CONTENT);
  return Array.from({ length: total }, (_none, index) => {
    const part = text.slice(index * CONTENT, (index + 1) * CONTENT);
    return [MARK, set, index + 1, total, checksum(part), part].join(".");
  });
}

/** Frames read so far. Those seen twice, damaged or of something else change nothing; another set begins again. */
export class Assembly {
  set = "";
  total = 0;
  /** @type {Map<number, string>} */
  parts = new Map();

  /** @param {string} frame @returns {boolean} whether it brought something new */
  add(frame) {
    const [mark, set, index, total, check, part, ...rest] = frame.split(".");
    const [place, many] = [Number(index), Number(total)];
    const fits = mark === MARK && !rest.length && Number.isInteger(place) && Number.isInteger(many) && place >= 1 && place <= many && many <= MOST_FRAMES;
    if (!fits || !part || checksum(part) !== check) return false;
    if (set !== this.set || many !== this.total) Object.assign(this, { set, total: many, parts: new Map() });
    if (this.parts.has(place)) return false;
    this.parts.set(place, part);
    return true;
  }

  get done() {
    return this.total > 0 && this.parts.size === this.total;
  }

  /** What was carried. @returns {Promise<any>} @throws {Error} when the parts do not make the set they name */
  async value() {
    const text = Array.from({ length: this.total }, (_none, index) => this.parts.get(index + 1)).join("");
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
    if ((await nameOf(bytes)) !== this.set) throw new Error("frames do not fit together");
    return JSON.parse(new TextDecoder().decode(await through(new Blob([bytes]), new DecompressionStream("gzip"))));
  }
}

/** @param {Blob} blob @param {CompressionStream | DecompressionStream} stream */
async function through(blob, stream) {
  return new Uint8Array(await new Response(blob.stream().pipeThrough(stream)).arrayBuffer());
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function nameOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Uint8Array} bytes */
const base64url = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** CRC-32 (IEEE 802.3) in hexadecimal. @param {string} text of one byte a character */
export function checksum(text) {
  let crc = -1;
  for (let at = 0; at < text.length; at += 1) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ((crc ^ -1) >>> 0).toString(16).padStart(8, "0");
}
