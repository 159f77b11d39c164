"""The map's routes with a planner signed in, or nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

import tour.maps.pages.maps
import tour.people.pages
import tour.web.about
from tour.people.models import Role
from tour.web import errors


class SignedInAs:
    """Puts an agent with this role in ``request.state.agent``; the header ``X-Role`` says which, none: nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        role = Request(scope).headers.get("x-role")
        agent = SimpleNamespace(has=lambda *roles: role in roles, name="Essai") if role else None
        scope.setdefault("state", {}).update(agent=agent, request_id="essai")
        await self.app(scope, receive, send)


@pytest.fixture
async def visitor(db: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    linked = [*tour.people.pages.routes, *tour.web.about.routes]  # from error pages
    routes = [*tour.maps.pages.maps.routes, *linked]
    app = SignedInAs(Starlette(routes=routes, exception_handlers=errors.HANDLERS))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://tour.example"
    ) as client:
        yield client


@pytest.fixture
def planner(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    visitor.headers["X-Role"] = Role.PLANNER
    return visitor
