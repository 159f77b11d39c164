"""Pages for what goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.web.audited import thing
from tour.web.bodies import TooLarge
from tour.web.guard import HOME, home_of
from tour.web.render import page
from tour.wording import weight

log = logging.getLogger("tour")


async def http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    if isinstance(error, TooLarge):
        return too_large(request, error)
    return error_page(request, error.status_code, error.detail if error.status_code == 422 else "")


def too_large(request: Request, error: TooLarge) -> Response:
    """Says how much may be sent: on a page, or in JSON to a program."""
    message = _(
        "Cette page accepte %(most)s au plus, et ce qui a été envoyé est plus lourd.",
        most=weight(error.most),
    )
    if "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers:
        return error_page(request, 413, message)
    return JSONResponse({"error": message}, 413)


async def user_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)
    return error_page(request, 404 if isinstance(error, NotFound) else 422, error.message)


async def bug(request: Request, error: Exception) -> Response:
    log.error(
        "request %s failed: %s %s",
        request.state.request_id,
        request.method,
        thing(request.scope),
        exc_info=error,
    )
    return error_page(request, 500)


def error_page(request: Request, status: int, message: str = "") -> Response:
    if status == 400:  # a form that does not read
        status = 422
    known = status if status in {403, 404, 413, 422, 500} else (404 if status < 500 else 500)
    agent = getattr(request.state, "agent", None)
    return page(
        request,
        f"web/{known}.html",
        home=home_of(agent) if agent else HOME,
        status=status,
        message=message,
        request_id=getattr(request.state, "request_id", ""),
    )


HANDLERS: Mapping[Any, Any] = {HTTPException: http_error, UserError: user_error, Exception: bug}
