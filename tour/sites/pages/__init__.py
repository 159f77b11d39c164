"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.sites.pages import sites

routes = [*sites.routes]
