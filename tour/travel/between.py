"""Travel between points: what the router says, else an estimate, and over both what planners know better."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tour.i18n import gettext as _
from tour.travel.known import Legs, keys_of, known_legs, remember
from tour.travel.matrix import (
    LEAVING_MIN,
    Correction,
    Point,
    Source,
    Travel,
    corrected,
    straight,
)
from tour.travel.models import TravelCorrection
from tour.travel.routers import Router, RouterError, Table, TooManyPoints, present_router

log = logging.getLogger("tour")
BLOCK = 100  # rows and columns asked for at once: OSRM's own limit
MOST_SHAPES = 20  # more shapes of what is missing than this are asked for as one


@dataclass(frozen=True)
class Between:
    """Travel, who was asked for it ("" when nobody), and what a planner should know of it."""

    travel: Travel
    router: str
    notes: list[str]


async def travel_between(
    points: Sequence[Point], *, ask: bool, corrections: Sequence[Correction] | None = None
) -> Between:
    """Travel between all points.

    Only with ``ask`` is the router asked for what it has not said before, which may take a minute and is not for a
    transaction. Where it says nothing, the straight line's estimate stands. ``corrections``: by default those of the planners.
    """
    estimate, router = straight(points), present_router()
    if corrections is None:
        corrections = [as_correction(row) for row in await TravelCorrection.all()]
    if router is None or len(points) < 2:
        return Between(corrected(estimate, points, corrections), "", [])
    keys, place = np.unique(keys_of(points), return_inverse=True)
    legs = await known_legs(router.source, keys)
    notes = []
    if ask:
        first = {int(n): points[i] for i, n in reversed(list(enumerate(place)))}
        try:
            await ask_for(router, [first[n] for n in range(len(keys))], keys, legs)
        except RouterError as failed:
            log.warning("router %s: %s", router.name, failed)
            missing = int(np.isnan(legs.minutes[np.ix_(place, place)]).sum())
            notes.append(
                _(
                    "Trajets : %(router)s ne répond pas (%(why)s). Estimés à vol d’oiseau : %(count)s. Recalculez quand il répondra.",
                    router=router.name,
                    why=str(failed),
                    count=missing,
                )
            )
    travel = by_road(estimate, legs, place)
    nowhere = int(np.isinf(legs.minutes[np.ix_(place, place)]).sum())
    if nowhere:
        notes.append(
            _(
                "Trajets : aucune route connue de %(router)s pour %(count)s d’entre eux, estimés à vol d’oiseau.",
                router=router.name,
                count=nowhere,
            )
        )
    return Between(corrected(travel, points, corrections), router.name, notes)


def by_road(estimate: Travel, legs: Legs, place: NDArray[np.intp]) -> Travel:
    """The estimate with the router's figures where it has some; reaching the car and parking takes time there too."""
    driven, way = legs.minutes[np.ix_(place, place)], legs.km[np.ix_(place, place)]
    said = np.isfinite(driven)
    minutes = np.where(said, np.rint(np.where(said, driven, 0) + LEAVING_MIN), estimate.minutes)
    np.fill_diagonal(minutes, 0)
    return Travel(
        minutes.astype(np.int64),
        np.where(said & np.isfinite(way), way, estimate.km),
        np.where(said, Source.ROAD, Source.STRAIGHT).astype(np.uint8),
    )


async def ask_for(
    router: Router, points: Sequence[Point], keys: NDArray[np.int64], legs: Legs
) -> None:
    """Asks for all drives not known yet, block by block, and keeps each answer: a failure loses only what follows."""
    for rows, columns in blocks(np.isnan(legs.minutes)):
        table = await answer(router, [points[r] for r in rows], [points[c] for c in columns])
        legs.minutes[np.ix_(rows, columns)] = table.minutes
        legs.km[np.ix_(rows, columns)] = table.km
        np.fill_diagonal(legs.minutes, 0)
        np.fill_diagonal(legs.km, 0)
        await remember(router.source, keys, legs, rows.tolist())


def blocks(missing: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows and columns that cover all that is missing, at most BLOCK of each.

    Rows that miss the same go together: one new site is a row and a column, not the whole matrix again.
    """
    wanted = missing.copy()
    # A point is never asked about itself: without this no two rows would miss the same.
    np.fill_diagonal(wanted, missing.sum(axis=1) * 2 >= len(missing))
    shapes: dict[bytes, list[int]] = {}
    for row in np.flatnonzero(missing.any(axis=1)):
        shapes.setdefault(wanted[row].tobytes(), []).append(int(row))
    groups = list(shapes.values())
    if len(groups) > MOST_SHAPES:
        groups = [sorted(row for group in groups for row in group)]
    for group in groups:
        columns = np.flatnonzero(missing[group].any(axis=0))
        for r in range(0, len(group), BLOCK):
            for c in range(0, len(columns), BLOCK):
                yield np.array(group[r : r + BLOCK]), columns[c : c + BLOCK]


async def answer(router: Router, sources: Sequence[Point], targets: Sequence[Point]) -> Table:
    """The router's table, asked for in halves when it is too much at once. Raises RouterError."""
    try:
        return await router.table(sources, targets)
    except TooManyPoints:
        if len(sources) == len(targets) == 1:
            raise
    if len(sources) >= len(targets):
        half = len(sources) // 2
        parts = [await answer(router, part, targets) for part in (sources[:half], sources[half:])]
        axis = 0
    else:
        half = len(targets) // 2
        parts = [await answer(router, sources, part) for part in (targets[:half], targets[half:])]
        axis = 1
    return Table(
        np.concatenate([part.minutes for part in parts], axis=axis),
        np.concatenate([part.km for part in parts], axis=axis),
    )


def as_correction(row: TravelCorrection) -> Correction:
    return Correction(
        row.from_lat,
        row.from_lon,
        row.to_lat,
        row.to_lon,
        row.minutes,
        both_ways=row.both_ways,
        radius_km=row.radius_km,
    )
