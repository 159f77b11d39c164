"""Who may open a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tour.web.addresses import address_here

Handler = Callable[[Request], Awaitable[Response]]
H = TypeVar("H", bound=Handler)

HOME = "/"
# The first page that an agent may open; a tourer's own home is still to come.
HOMES = (("planner", HOME), ("desk", "/desk"), ("tourer", "/agenda"))
ACCOUNT = "/account"


def home_of(agent: Any) -> str:
    """Where an agent lands; one with no role has their account only."""
    return next((home for role, home in HOMES if agent.has(role)), ACCOUNT)


def for_roles(*roles: str) -> Callable[[Handler], Handler]:
    """Only agents with one of these roles get in: others are sent to sign in, or told no (403)."""
    return guard(lambda agent: agent.has(*roles))


def for_agents(handler: Handler) -> Handler:
    """Whoever has an account gets in, whatever the roles."""
    return guard(lambda agent: True)(handler)


def guard(may: Callable[[Any], bool]) -> Callable[[Handler], Handler]:
    def guarding(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request) -> Response:
            agent = getattr(request.state, "agent", None)
            if agent is None:
                if request.method == "GET" and request.headers.get("HX-Request") != "true":
                    wanted = quote(address_here(request), safe="/")
                    return RedirectResponse(f"/sign-in?next={wanted}", status_code=303)
                raise HTTPException(403)
            if may(agent):
                return await handler(request)
            if request.url.path == HOME and home_of(agent) != HOME:
                return RedirectResponse(home_of(agent), status_code=303)
            raise HTTPException(403)

        return guarded

    return guarding
