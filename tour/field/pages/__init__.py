"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.field.pages import field, photos, tablets, team, unreadable

routes = [*field.routes, *photos.routes, *tablets.routes, *team.routes, *unreadable.routes]
