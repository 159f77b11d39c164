// What planner and manager pages share: htmx and its live-progress extension.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
