"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.visits.pages import agenda, hints, mailings, managers, visits

routes = [
    *mailings.routes,
    *hints.routes,
    *agenda.routes,
    *managers.routes,
    *visits.routes,
]
