// The maps: Leaflet, and the layers that folium's generated script (/map/….js) puts together by name.
import * as L from "leaflet";
import { base } from "./map/base.js";
import { day } from "./map/day.js";
import { map } from "./map/frame.js";
import { plan } from "./map/plan.js";
import { routes } from "./map/routes.js";
import { sites } from "./map/sites.js";
import { tiles } from "./map/tiles.js";

Object.assign(window, { L, TourMap: { map, base, tiles, plan, day, sites, routes } });
