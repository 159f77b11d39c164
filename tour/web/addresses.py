"""Addresses of our own: where a browser may be sent back to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Match

LONGEST = 500
FORBIDDEN = re.compile(r"[\\\s\x00-\x1f\x7f-\x9f]")


def own_address(text: str) -> str:
    """The path (with its query) if it is one of ours, else nothing: never another host's, however it is written.

    Browsers read « \\ » as « / » and drop tabs and line ends, so ``/\\host`` and ``/<tab>/host`` lead elsewhere.
    """
    if not text.startswith("/") or text.startswith("//") or len(text) > LONGEST:
        return ""
    if FORBIDDEN.search(text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else text


def address_here(request: Request) -> str:
    """Where this page stands, with its query."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def nearest_page(app: Starlette, address: str) -> str:
    """The address if it can be looked at, else the nearest above: what answered a form often cannot."""
    path, mark, query = address.partition("?")
    while path.strip("/"):
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        if any(route.matches(scope)[0] == Match.FULL for route in app.routes):
            return path + mark + query
        path, mark, query = path.rpartition("/")[0], "", ""
    return "/"
