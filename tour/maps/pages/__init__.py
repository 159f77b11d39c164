"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.maps.pages import maps, roadmaps, tablet

routes = [*maps.routes, *roadmaps.routes, *tablet.routes]
