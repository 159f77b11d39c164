"""Who may open a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

Handler = Callable[[Request], Awaitable[Response]]
H = TypeVar("H", bound=Handler)


def for_roles(*roles: str) -> Callable[[Handler], Handler]:
    """Only agents with one of these roles get in: others are sent to sign in, or told no (403)."""

    def guard(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request) -> Response:
            agent = getattr(request.state, "agent", None)
            if agent is None:
                if request.method == "GET" and request.headers.get("HX-Request") != "true":
                    return RedirectResponse(f"/sign-in?next={request.url.path}", status_code=303)
                raise HTTPException(403)
            if not agent.has(*roles):
                raise HTTPException(403)
            return await handler(request)

        return guarded

    return guard
