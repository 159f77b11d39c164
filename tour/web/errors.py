"""Pages for what goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tour.errors import NotFound, UserError
from tour.web.guard import HOME, home_of
from tour.web.render import page

log = logging.getLogger("tour")


async def http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    return error_page(request, error.status_code, error.detail if error.status_code == 422 else "")


async def user_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)
    return error_page(request, 404 if isinstance(error, NotFound) else 422, error.message)


async def bug(request: Request, error: Exception) -> Response:
    log.error(
        "request %s failed: %s %s",
        request.state.request_id,
        request.method,
        request.url.path,
        exc_info=error,
    )
    return error_page(request, 500)


def error_page(request: Request, status: int, message: str = "") -> Response:
    known = status if status in {403, 404, 422, 500} else (404 if status < 500 else 500)
    agent = getattr(request.state, "agent", None)
    return page(
        request,
        f"errors/{known}.html",
        home=home_of(agent) if agent else HOME,
        status=status,
        message=message,
        request_id=getattr(request.state, "request_id", ""),
    )


HANDLERS: Mapping[Any, Any] = {HTTPException: http_error, UserError: user_error, Exception: bug}
