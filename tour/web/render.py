"""Pages and fragments from templates."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tour import i18n
from tour.templating import html
from tour.web.addresses import address_here


def page(
    request: Request, template: str, *, block: str | None = None, status: int = 200, **context: Any
) -> Response:
    """A page; for a request by htmx, the named block of the same template."""
    context |= {
        "request": request,
        "agent": getattr(request.state, "agent", None),
        "lang": i18n.language.get(),
        "address_here": address_here(request),
        "url_for": lambda name, /, **params: request.app.url_path_for(name, **params),
    }
    fragment = block if request.headers.get("HX-Request") == "true" else None
    return HTMLResponse(
        html(template, block=fragment, **context),
        status_code=status,
        headers={"Vary": "HX-Request"},
    )
