// What only some pages of the tablet ask for, in a piece of its own: it is on the tablet, but no page waits for it.
import { offerFrames } from "./give.js";
import { takePhotos } from "./photos.js";
import { scanAssets } from "./scan.js";
import { takeWork } from "./take.js";

export function start() {
  takePhotos();
  scanAssets();
  offerFrames();
  takeWork();
}
