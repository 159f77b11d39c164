// A picture made small enough to travel: 1600 px at most, JPEG, upright, with nothing but the picture in it.

/** @typedef {{blob: Blob, small: Blob, width: number, height: number}} Shrunk */

const LONGEST_SIDE = 1600;
const SMALL_SIDE = 360;
const HEAVY = 900_000;
const QUALITIES = [0.85, 0.7, 0.55];

/** @param {Blob} file @returns {Promise<Shrunk>} @throws when the browser cannot read the picture */
export async function shrink(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    // Drawing puts it upright, as its EXIF says, and leaves the EXIF behind.
    const canvas = drawn(image, LONGEST_SIDE);
    let blob = await jpeg(canvas, QUALITIES[0]);
    for (const quality of QUALITIES.slice(1)) if (blob.size > HEAVY) blob = await jpeg(canvas, quality);
    const small = await jpeg(drawn(image, SMALL_SIDE), 0.75);
    return { blob, small, width: canvas.width, height: canvas.height };
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {HTMLImageElement} image @param {number} longest */
function drawn(image, longest) {
  const scale = Math.min(1, longest / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {number} quality @returns {Promise<Blob>} */
const jpeg = (canvas, quality) =>
  new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/jpeg", quality));
