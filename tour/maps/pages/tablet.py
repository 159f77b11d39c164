"""The maps that a tablet carries: the day map's script, and the detailed map if the Département has one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import folium
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tour.field.pages.field import for_tablets
from tour.maps.base import centre
from tour.maps.folium_map import BaseLayer, DayLayer, PlanLayer, TourMap, script_of
from tour.maps.pages.maps import JAVASCRIPT, fresh
from tour.settings import settings
from tour.templating import asset

PLAN = "/field/plan.pmtiles"


@for_tablets
async def show_day_script(request: Request) -> Response:
    """Folium's script of the map of a day: the same for all days, its stops stand in the page."""
    tour_map = TourMap(centre())
    BaseLayer(request.app.url_path_for("base_geojson")).add_to(tour_map)
    if settings().map_file:
        PlanLayer(PLAN, settings().map_credit, asset("plan.js")).add_to(tour_map)
    DayLayer().add_to(tour_map)
    folium.LayerControl().add_to(tour_map)
    return fresh(request, script_of(tour_map), JAVASCRIPT)


@for_tablets
async def show_files(request: Request) -> Response:
    """What a tablet fetches to show maps with no network: files by address, and the detailed map it may ask for."""
    files = [asset("map.js"), asset("map.css"), "/field/map.js", "/base.geojson"]
    path = settings().map_file
    if path:
        files.append(asset("plan.js"))
    return JSONResponse(
        {"files": files, "plan": plan_of(path) if path else None},
        headers={"Cache-Control": "no-store"},
    )


def plan_of(path: Path) -> dict[str, Any]:
    """The detailed map as it is now: a file of another size or age is another map."""
    stat = path.stat()
    return {
        "url": PLAN,
        "bytes": stat.st_size,
        "version": f"{stat.st_size:x}-{stat.st_mtime_ns:x}",
    }


@for_tablets
async def show_plan(request: Request) -> Response:
    """The detailed map, by ranges (RFC 9110 §14): tablets fetch it in pieces and go on where they were cut."""
    path = settings().map_file
    if path is None:
        raise HTTPException(404)
    return FileResponse(
        path,
        media_type="application/vnd.pmtiles",
        headers={"Cache-Control": "private, no-cache", "X-Version": plan_of(path)["version"]},
    )


routes = [
    Route("/field/map.js", show_day_script, name="field_map"),
    Route("/field/map.json", show_files, name="field_map_files"),
    Route(PLAN, show_plan, name="field_plan"),
]
