"""Small problems for the solver, in plain values: places on a line, an hour's figures easy to follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from tour.solver.problem import PairSpec, Pin, Problem, SiteSpec
from tour.solver.solve import Answer, Placed, solve

MONDAY, TUESDAY, WEDNESDAY = (date(2027, 1, day) for day in (11, 12, 13))


def site(name: str, minutes_away: int = 10, **values: Any) -> SiteSpec:
    """A site so many minutes north of the base; its visit takes an hour."""
    return SiteSpec(id=name, name=name, lat=float(minutes_away), lon=0.0, visit_min=60, **values)


def pair(name: str = "P1", **values: Any) -> PairSpec:
    """A pair at minute zero of the road, 9:00-17:00, lunch 45 min inside 11:45-14:00."""
    return replace(PairSpec(id=name, name=name, lat=0.0, lon=0.0), **values)


def problem(
    *sites: SiteSpec, pairs: tuple[PairSpec, ...] = (), days: tuple[date, ...] = (MONDAY,)
) -> Problem:
    """One pair and one Monday unless told; a place's latitude is its minute on the road."""
    pairs = pairs or (pair(),)
    nights = [night for one in pairs for night in one.nights]
    along = np.array([place.lat for place in (*pairs, *sites, *nights)])
    minutes = np.abs(along[:, None] - along[None, :]).round().astype(np.int64)
    return Problem(days=days, pairs=pairs, sites=sites, minutes=minutes, km=minutes / 2.0)


def planned(*sites: SiteSpec, rounds: int = 5, **values: Any) -> Answer:
    return solve(problem(*sites, **values), rounds=rounds)


def place_of(answer: Answer, name: str) -> Placed:
    return next(visit for visit in answer.visits if visit.site == name)


def served(answer: Answer) -> set[str]:
    return {visit.site for visit in answer.visits}


def pinned(
    name: str, start_min: int, *, day: date = MONDAY, by: str = "P1", **values: Any
) -> SiteSpec:
    return site(name, **values, pin=Pin(by, day, start_min))
