// Hybrid logical clock: stamps that sort by time, and never go back even when the device's clock does.

/** @typedef {{wall: number, counter: number}} Clock */

const FURTHEST_AHEAD = 10 * 60_000;
const STAMP = /^[0-9]{13}\.[0-9a-f]{4}\./;

/** The next reading of the clock, at `now` (ms, corrected by the server's). @param {Clock | undefined} last @param {number} now @returns {Clock} */
export function tick(last, now) {
  if (!last || !(now <= last.wall)) return { wall: now, counter: 0 };
  return last.counter < 0xffff ? { wall: last.wall, counter: last.counter + 1 } : { wall: last.wall + 1, counter: 0 };
}

/** The clock after seeing another's stamp: what is written next is later than what was read. @param {Clock | undefined} last @param {string} stamp @param {number} now @returns {Clock | undefined} */
export function seen(last, stamp, now) {
  const [wall, counter] = [Number(stamp.slice(0, 13)), parseInt(stamp.slice(14, 18), 16)];
  if (!STAMP.test(stamp) || wall > now + FURTHEST_AHEAD) return last;
  if (last && (last.wall > wall || (last.wall === wall && last.counter >= counter))) return last;
  return { wall, counter };
}

/** @param {Clock} clock @param {string} device */
export function stampOf(clock, device) {
  return `${String(clock.wall).padStart(13, "0")}.${clock.counter.toString(16).padStart(4, "0")}.${device}`;
}
