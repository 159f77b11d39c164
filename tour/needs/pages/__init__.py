"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.needs.pages import needs

routes = [*needs.routes]
