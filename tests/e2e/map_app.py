"""A small application around the map's routes, for a real browser: a planner is always signed in."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

import tour.maps.pages.maps
from tour.people.models import Role
from tour.planning.models import Plan
from tour.settings import ROOT
from tour.sites.models import Site
from tour.templating import environment
from tour.web.security import SecurityHeaders

PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Carte</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="{{ asset('img/logo.svg') }}">
<link rel="stylesheet" href="{{ asset('app.css') }}"><link rel="stylesheet" href="{{ asset('map.css') }}"></head>
<body class="planner"><main id="main">{% from "maps/map.html" import map with context %}
<div class="head"><h1>Tournée</h1></div>
<div class="split"><section>{{ map(view, "Carte des sites", "map-tall") }}</section>
<section class="card"><div class="scroll"><ul class="rows">{% for site in sites %}
<li data-site="{{ site.id }}"><span class="grow"><a href="/sites/{{ site.id }}">{{ site.name }}</a></span>
<button type="button" class="quiet" data-focus-site="{{ site.id }}">voir</button></li>
{% endfor %}</ul></div></section></div></main></body></html>"""


class PlannerSignedIn:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        agent = SimpleNamespace(has=lambda *roles: Role.PLANNER in roles)
        scope.setdefault("state", {})["agent"] = agent
        await self.app(scope, receive, send)


async def show_sites_page(request: Request) -> Response:
    sites = await Site.all().order_by("name")
    return HTMLResponse(environment().from_string(PAGE).render(view="/map/sites.js", sites=sites))


async def show_plan_page(request: Request) -> Response:
    plan = await Plan.all().first()
    assert plan is not None
    return HTMLResponse(
        environment().from_string(PAGE).render(view=f"/map/plans/{plan.id}.js", sites=[])
    )


def map_app() -> Starlette:
    """``/`` shows the sites, ``/plan`` the newest plan; the database is the caller's."""
    return Starlette(
        routes=[
            Route("/", show_sites_page),
            Route("/plan", show_plan_page),
            Mount("/static/dist", StaticFiles(directory=ROOT / "static" / "dist")),
            *tour.maps.pages.maps.routes,
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(PlannerSignedIn)],
    )


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The address of the application, served by this loop for as long as the block lasts."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
