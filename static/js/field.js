// What every field page does beside being a page: htmx, the worker, drafts, and the few things only a page can do.
import "htmx.org";
import { keepDrafts } from "./field/drafts.js";
import { followItem } from "./field/need_form.js";
import { offerCopy } from "./field/copy.js";
import { watchOver } from "./field/guardian.js";
import { takePhotos } from "./field/photos.js";
import { prepareOnRequest } from "./field/prepare.js";
import { scanAssets } from "./field/scan.js";
import { showStorage } from "./field/storage.js";
import { startWorker } from "./field/worker.js";

startWorker();
keepDrafts();
followItem();
offerCopy();
prepareOnRequest();
showStorage();
takePhotos();
scanAssets();
watchOver();
