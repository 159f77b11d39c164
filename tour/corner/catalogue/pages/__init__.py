"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.corner.catalogue.pages import files, items

routes = [*items.routes, *files.routes]
