"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.visits.pages import agenda, announcements, mailings, managers, visits

routes = [
    *mailings.routes,
    *announcements.routes,
    *agenda.routes,
    *managers.routes,
    *visits.routes,
]
