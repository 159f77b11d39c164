"""What routers have said, kept in the database by pair of points: a plan asks only for what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tour.db import transaction
from tour.travel.matrix import Point
from tour.travel.models import TravelFrom

# One leg of a row: where to, driving minutes (infinite: no road leads there), kilometres.
LEG = np.dtype([("to", "<i8"), ("minutes", "<f4"), ("km", "<f4")])
PER_DEGREE = 100_000  # points closer than about a metre are one


@dataclass(frozen=True)
class Legs:
    """Drives between points, row to column; minutes are NaN where nobody asked yet, infinite where no road leads."""

    minutes: NDArray[np.float64]
    km: NDArray[np.float64]


def keys_of(points: Sequence[Point]) -> NDArray[np.int64]:
    """Each point as one number."""
    lat, lon = np.array(points, dtype=float).reshape(-1, 2).T
    north, east = (np.rint((x + 180) * PER_DEGREE).astype(np.int64) for x in (lat, lon))
    return north << 32 | east


async def known_legs(source: str, keys: NDArray[np.int64]) -> Legs:
    """What a router has said of the drives between points, by their keys, which are sorted and all different."""
    shape = (len(keys), len(keys))
    legs = Legs(np.full(shape, np.nan), np.full(shape, np.nan))
    rows = await TravelFrom.filter(source=source, point__in=keys.tolist()).values_list(
        "point", "legs"
    )
    for point, packed in rows:
        row = int(np.searchsorted(keys, point))
        said = np.frombuffer(packed, dtype=LEG)
        column = np.searchsorted(keys, said["to"]).clip(max=len(keys) - 1)
        asked = keys[column] == said["to"]
        legs.minutes[row, column[asked]] = said["minutes"][asked]
        legs.km[row, column[asked]] = said["km"][asked]
    np.fill_diagonal(legs.minutes, 0)
    np.fill_diagonal(legs.km, 0)
    return legs


async def remember(source: str, keys: NDArray[np.int64], legs: Legs, rows: Sequence[int]) -> None:
    """Adds what is known of some rows to what is kept of them; what other roads said is forgotten."""
    async with transaction():
        await TravelFrom.exclude(source=source).delete()
        kept = dict(
            await TravelFrom.filter(
                source=source, point__in=[int(keys[row]) for row in rows]
            ).values_list("point", "legs")
        )
        packed = [
            TravelFrom(
                source=source,
                point=int(keys[row]),
                legs=pack(kept.get(int(keys[row]), b""), keys, legs, row),
            )
            for row in rows
        ]
        await TravelFrom.bulk_create(
            packed, on_conflict=["source", "point"], update_fields=["legs"]
        )


def pack(kept: bytes, keys: NDArray[np.int64], legs: Legs, row: int) -> bytes:
    """A row as it is kept: earlier legs, then those known now, which hold where both say something."""
    known = np.flatnonzero(~np.isnan(legs.minutes[row]))
    now = np.empty(len(known), dtype=LEG)
    now["to"], now["minutes"], now["km"] = (
        keys[known],
        legs.minutes[row, known],
        legs.km[row, known],
    )
    both = np.concatenate([now, np.frombuffer(kept, dtype=LEG)])
    _to, first = np.unique(both["to"], return_index=True)
    return both[first].tobytes()
