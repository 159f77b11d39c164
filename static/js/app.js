// What planner pages share: htmx, its live-progress extension, and small behaviours bound by attributes.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import "./app/board.js";
import "./app/check-all.js";
import "./app/live-plan.js";
import "./app/print.js";
import "./app/route-filter.js";
