"""The pages: each reads the request, calls one verb, renders."""

from __future__ import annotations

from tour.planning.pages import (
    board,
    campaigns,
    dates,
    exports,
    pairs,
    replacements,
    travel,
    variants,
)

routes = [
    *board.routes,
    *variants.routes,
    *replacements.routes,
    *dates.routes,
    *pairs.routes,
    *travel.routes,
    *campaigns.routes,
    *exports.routes,
]
