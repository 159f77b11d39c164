"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.desk.pages import deliveries, follow, hooks, settings, tickets, triage

routes = [
    *settings.routes,
    *deliveries.routes,
    *triage.routes,
    *hooks.routes,
    *follow.routes,
    *tickets.routes,
]
