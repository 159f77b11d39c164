"""The application: middleware, every capability's routes, lifespan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import URLPath
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

import tour.corner.catalogue.pages
import tour.desk.pages
import tour.field.pages
import tour.maps.pages
import tour.needs.pages
import tour.people.pages
import tour.planning.pages
import tour.post.pages
import tour.sites.pages
import tour.visits.pages
import tour.web.about
from tour.db import database
from tour.people import sessions
from tour.private import keep_private
from tour.settings import ROOT, settings
from tour.web import errors
from tour.web.audited import Audited
from tour.web.bodies import BoundedBodies
from tour.web.cookies import cookie_name, over_https, read_cookie
from tour.web.security import Language, OwnHosts, SameOrigin, SecurityHeaders
from tour.wiring import connect

HALF_A_DAY = 12 * 3600


class SignedIn:
    """Puts the session of who is signed in, or none, in ``request.state.signed_in``, the agent in ``request.state.agent``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/static/"):
            request = Request(scope)
            token = read_cookie(request, sessions.COOKIE)
            request.state.signed_in = await sessions.of_token(token) if token else None
            request.state.agent = request.state.signed_in and request.state.signed_in.agent
        await self.app(scope, receive, send)


class Built(StaticFiles):
    """Files of the build carry a hash in their name: they never change, so browsers keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class Tour(Starlette):
    """Starlette, but the route of a name is looked up: its own walks every route for each link, a thousand times a page."""

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        for route in self.named.get(name, ()):
            if route.param_convertors.keys() == path_params.keys():
                return route.url_path_for(name, **path_params)
        return super().url_path_for(name, **path_params)  # a mount, or nothing: its error says so

    @cached_property
    def named(self) -> dict[str, list[Route]]:
        found: dict[str, list[Route]] = {}
        for route in self.routes:
            if isinstance(route, Route):
                found.setdefault(route.name, []).append(route)
        return found


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    keep_private()  # whoever serves the application without the command
    async with database():
        yield


def make_app() -> Tour:
    """The whole application."""
    connect()
    return Tour(
        routes=[
            Mount(
                "/static/dist",
                Built(directory=ROOT / "static" / "dist", check_dir=False),
                name="dist",
            ),
            *tour.planning.pages.routes,
            *tour.people.pages.routes,
            *tour.sites.pages.routes,
            *tour.visits.pages.routes,
            *tour.post.pages.routes,
            *tour.corner.catalogue.pages.routes,
            *tour.needs.pages.routes,
            *tour.desk.pages.routes,
            *tour.field.pages.routes,
            *tour.maps.pages.routes,
            *tour.web.about.routes,
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Audited),
            Middleware(GZipMiddleware, minimum_size=800, compresslevel=5),
            Middleware(OwnHosts),
            Middleware(BoundedBodies),
            Middleware(SameOrigin),
            Middleware(Language),
            # Doors that links opened for people without an account: nobody's identity.
            Middleware(
                SessionMiddleware,
                secret_key=settings().signing_secret(),
                session_cookie=cookie_name("tour-doors"),
                max_age=HALF_A_DAY,
                same_site="lax",
                https_only=over_https(),
            ),
            Middleware(SignedIn),
        ],
        exception_handlers=errors.HANDLERS,
        lifespan=lifespan,
    )
