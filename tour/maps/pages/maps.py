"""What a map on a page asks for: its script, and its data as GeoJSON."""

from __future__ import annotations

import json
from hashlib import sha256
from uuid import UUID

import folium
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tour.errors import NotFound
from tour.i18n import gettext as _
from tour.maps.base import base_geojson, centre
from tour.maps.folium_map import (
    BaseLayer,
    RoutesLayer,
    SitesLayer,
    TilesLayer,
    TourMap,
    UrlLayer,
    script_of,
)
from tour.maps.routes import routes_geojson
from tour.maps.sites import sites_geojson
from tour.people.models import Role
from tour.planning.models import Campaign, Plan
from tour.settings import settings
from tour.web.guard import for_roles

JAVASCRIPT = "text/javascript"
GEOJSON = "application/geo+json"
PRIVATE = "no-store"  # back, after signing out, shows no map
PUBLIC = "public, max-age=86400"


@for_roles(Role.PLANNER)
async def show_sites_script(request: Request) -> Response:
    """The script of the map of a campaign's sites (``?campaign=``, default: the newest)."""
    campaign = await campaign_of(request)
    url = request.app.url_path_for("sites_geojson") + (
        f"?campaign={campaign.id}" if campaign else ""
    )
    return map_script(request, SitesLayer(url))


@for_roles(Role.PLANNER)
async def show_plan_script(request: Request) -> Response:
    plan = await plan_of(request)
    return map_script(request, RoutesLayer(request.app.url_path_for("plan_routes", plan=plan.id)))


def map_script(request: Request, layer: UrlLayer) -> Response:
    tour_map = TourMap(centre())
    BaseLayer(request.app.url_path_for("base_geojson")).add_to(tour_map)
    if settings().tile_url:
        TilesLayer(settings().tile_url, settings().tile_credit).add_to(tour_map)
    layer.add_to(tour_map)
    folium.LayerControl().add_to(tour_map)
    return fresh(request, script_of(tour_map), JAVASCRIPT)


@for_roles(Role.PLANNER)
async def show_sites(request: Request) -> Response:
    return fresh(request, as_json(await sites_geojson(await campaign_of(request))), GEOJSON)


@for_roles(Role.PLANNER)
async def show_routes(request: Request) -> Response:
    return fresh(request, as_json(await routes_geojson(await plan_of(request))), GEOJSON)


async def show_base(request: Request) -> Response:
    """Open data, the same for everybody: no sign-in, so that browsers and proxies may keep it."""
    return fresh(request, base_geojson(), GEOJSON, cache=PUBLIC)


async def campaign_of(request: Request) -> Campaign | None:
    wanted = request.query_params.get("campaign")
    if wanted is None:
        return await Campaign.all().first()
    try:
        campaign = await Campaign.get_or_none(id=UUID(wanted))
    except ValueError:
        campaign = None
    if campaign is None:
        raise NotFound(_("Cette campagne n’existe pas."))
    return campaign


async def plan_of(request: Request) -> Plan:
    plan = await Plan.get_or_none(id=request.path_params["plan"])
    if plan is None:
        raise NotFound(_("Ce plan n’existe pas."))
    return plan


def as_json(data: dict[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def fresh(request: Request, body: str, media_type: str, cache: str = PRIVATE) -> Response:
    """The body with its ETag, or 304 when the browser already has it (RFC 9110 §13.1.2)."""
    etag = f'W/"{sha256(body.encode()).hexdigest()[:20]}"'  # weak: the answer may be compressed on its way
    headers = {"ETag": etag, "Cache-Control": cache}
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


routes = [
    Route("/map/sites.js", show_sites_script, name="map_sites"),
    Route("/map/plans/{plan:uuid}.js", show_plan_script, name="map_plan"),
    Route("/sites.geojson", show_sites, name="sites_geojson"),
    Route("/plans/{plan:uuid}/routes.geojson", show_routes, name="plan_routes"),
    Route("/base.geojson", show_base, name="base_geojson"),
]
