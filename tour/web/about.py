"""Pages every public service owes: health, accessibility, privacy, legal notice, security contact."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tour.db import FeedCounter
from tour.jobs import queue
from tour.settings import settings
from tour.web.render import page


async def alive(request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def ready(request: Request) -> Response:
    """Whether the database and the job queue answer."""
    checks = {}
    try:
        await FeedCounter.get(id=1)
        checks["database"] = "ok"
    except Exception as error:
        checks["database"] = type(error).__name__
    try:
        queue.pending_count()
        checks["queue"] = "ok"
    except Exception as error:
        checks["queue"] = type(error).__name__
    healthy = all(state == "ok" for state in checks.values())
    return JSONResponse(checks, status_code=200 if healthy else 503)


def about(template: str) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return page(request, f"web/{template}.html")

    return show


async def security_contact(request: Request) -> Response:
    address = settings().mail_from.rpartition("<")[2].rstrip(">")
    return PlainTextResponse(f"Contact: mailto:{address}\nPreferred-Languages: fr, en\n")


routes = [
    Route("/healthz", alive),
    Route("/readyz", ready),
    Route("/accessibility", about("accessibility"), name="accessibility"),
    Route("/privacy", about("privacy"), name="privacy"),
    Route("/legal", about("legal"), name="legal"),
    Route("/.well-known/security.txt", security_contact),
]
