// Sealing: what a person's vault is made of. The same in Python: tour/field/sealing.py.

/** @typedef {{id: string, key: string}} Closed a data key closed to someone: to which of their keys, and the bytes in base64 */
/** @typedef {{salt: string, iterations: number, key: string}} ByPin */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** OWASP's floor for PBKDF2 with SHA-256. */
export const ITERATIONS = 600_000;
const IV = 12;
const text = new TextEncoder();

/** @param {number} length @returns {Bytes} */
export const randomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** @param {ArrayBuffer | Bytes} bytes */
export const toBase64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));

/** @param {string} base64 @returns {Bytes} */
export const fromBase64 = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));

/** A data key as it is used and kept while the vault is open: scripts cannot read its bytes. @param {Bytes} raw */
export const dataKey = (raw) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

/** @param {CryptoKey} key @param {Bytes} bytes @param {string} context @returns {Promise<Bytes>} iv ‖ ciphertext */
async function encrypt(key, bytes, context) {
  const iv = randomBytes(IV);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: text.encode(context) }, key, bytes);
  return joined(iv, new Uint8Array(sealed));
}

/** @param {CryptoKey} key @param {Bytes} sealed @param {string} context @returns {Promise<Bytes>} @throws {DOMException} another key, or altered */
async function decrypt(key, sealed, context) {
  const how = { name: "AES-GCM", iv: sealed.slice(0, IV), additionalData: text.encode(context) };
  return new Uint8Array(await crypto.subtle.decrypt(how, key, sealed.slice(IV)));
}

/** @param {Bytes[]} parts @returns {Bytes} */
function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Seals a value, bound to `context`: it opens nowhere else. @param {CryptoKey} key @param {any} value @param {string} context */
export const seal = async (key, value, context) => toBase64(await encrypt(key, text.encode(JSON.stringify(value)), context));

/** @param {CryptoKey} key @param {string} sealed @param {string} context @returns {Promise<any>} @throws {DOMException} another key, or altered */
export const unseal = async (key, sealed, context) =>
  JSON.parse(new TextDecoder().decode(await decrypt(key, fromBase64(sealed), context)));

/** @param {string} pin @param {Bytes} salt @param {number} iterations */
async function pinKey(pin, salt, iterations) {
  const secret = await crypto.subtle.importKey("raw", text.encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** @param {Bytes} raw @param {string} pin @param {string} vault @returns {Promise<ByPin>} */
export async function closeToPin(raw, pin, vault) {
  const salt = randomBytes(16);
  const key = await encrypt(await pinKey(pin, salt, ITERATIONS), raw, vault);
  return { salt: toBase64(salt), iterations: ITERATIONS, key: toBase64(key) };
}

/** The data key's bytes; null when the PIN is wrong. @param {ByPin} closed @param {string} pin @param {string} vault */
export async function openByPin(closed, pin, vault) {
  const key = await pinKey(pin, fromBase64(closed.salt), closed.iterations);
  return decrypt(key, fromBase64(closed.key), vault).catch(() => null);
}

/** Closed to the server's key (P-256): it sends what waits while the vault is locked. @param {Bytes} raw @param {Closed} server @param {string} vault @returns {Promise<Closed>} */
export async function closeToServer(raw, server, vault) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", fromBase64(server.key), curve, false, []);
  const ours = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(curve, false, ["deriveBits"]));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: text.encode("tour vault") };
  const key = await crypto.subtle.deriveKey(how, material, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
  return { id: server.id, key: toBase64(joined(point, await encrypt(key, raw, vault))) };
}

/** Closed to the Département's recovery key (RSA-OAEP). @param {Bytes} raw @param {string} spki @returns {Promise<Closed>} */
export async function closeToRecovery(raw, spki) {
  const theirs = await crypto.subtle.importKey("spki", fromBase64(spki), { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"]);
  return { id: await nameOf(spki), key: toBase64(await crypto.subtle.encrypt("RSA-OAEP", theirs, raw)) };
}

/** A short name for a key. @param {string} base64 */
export async function nameOf(base64) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", fromBase64(base64)));
  return Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
