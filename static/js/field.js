// What every field page does beside being a page: htmx, the worker, drafts, and the few things only a page can do.
import "htmx.org";
import { keepDrafts } from "./field/drafts.js";
import { followHolder } from "./field/holder.js";
import { followItem } from "./field/need_form.js";
import { offerCopy } from "./field/copy.js";
import { watchOver } from "./field/guardian.js";
import { prepareOnRequest } from "./field/prepare.js";
import { showStorage } from "./field/storage.js";
import { startWorker } from "./field/worker.js";

/** Where a page takes photos, scans a label, or hands work over: see more.js. */
const MORE = "[data-noted], fieldset[data-photos], [data-scan], #show-codes, #take-codes";

startWorker();
keepDrafts();
followHolder();
followItem();
offerCopy();
prepareOnRequest();
showStorage();
watchOver();
if (document.querySelector(MORE)) import("./field/more.js").then(({ start }) => start());
