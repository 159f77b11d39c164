"""Plans side by side: what each serves, drives and costs, and how they differ on a map."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tour.planning.models import Plan, PlannedVisit
from tour.settings import settings

MOST = 4
URGENT, ORDINARY = 50, 10  # priorities from which a site is urgent, ordinary
SVG_WIDTH = 800.0


@dataclass(frozen=True)
class Column:
    """One plan's figures."""

    plan: Plan
    served: int
    unserved: int
    by_priority: dict[str, int]  # « high », « normal », « low »: sites served
    drive_min: int
    km: float
    litres: float
    kg_co2: float
    pair_days: int
    visit_min: int
    spread_percent: int | None


@dataclass(frozen=True)
class Sketch:
    """All plans on one map: a polyline per pair's day, in an SVG's units."""

    height: float
    lines: list[tuple[int, str]]  # the plan's place among those compared, and the points
    sites: list[tuple[float, float]]


async def columns_of(plans: list[Plan]) -> list[Column]:
    """The figures of at most MOST plans."""
    return [column(plan, await served_by_priority(plan)) for plan in plans[:MOST]]


async def served_by_priority(plan: Plan) -> dict[str, int]:
    priorities = await PlannedVisit.filter(plan_id=plan.id).values_list("site_id", "site__priority")
    one_each: dict[Any, int] = dict(priorities)
    counted = Counter(priority_class(priority) for priority in one_each.values())
    return {name: counted[name] for name in ("high", "normal", "low")}


def priority_class(priority: int) -> str:
    return "high" if priority >= URGENT else "normal" if priority >= ORDINARY else "low"


def column(plan: Plan, by_priority: dict[str, int]) -> Column:
    totals = plan.totals
    litres = totals.get("km", 0) * settings().litres_per_100_km / 100
    return Column(
        plan=plan,
        served=totals.get("served", 0),
        unserved=totals.get("unserved", 0),
        by_priority=by_priority,
        drive_min=totals.get("drive_min", 0),
        km=totals.get("km", 0),
        litres=litres,
        kg_co2=litres * settings().kg_co2_per_litre,
        pair_days=totals.get("pair_days", 0),
        visit_min=totals.get("visit_min", 0),
        spread_percent=totals.get("spread_percent"),
    )


async def sketch_of(plans: list[Plan]) -> Sketch | None:
    """The plans' days as lines from the base by the sites and back; none without a visit."""
    days: dict[tuple[int, UUID, Any], list[tuple[float, float]]] = {}
    for number, plan in enumerate(plans[:MOST]):
        places = PlannedVisit.filter(plan_id=plan.id).select_related("site", "pair")
        for place in await places.order_by("day", "start"):
            day = days.setdefault(
                (number, place.pair_id, place.day), [(place.pair.lat, place.pair.lon)]
            )
            day.append((place.site.lat or 0.0, place.site.lon or 0.0))
    points = [point for day in days.values() for point in day]
    if not points:
        return None
    south, north = min(p[0] for p in points), max(p[0] for p in points)
    west, east = min(p[1] for p in points), max(p[1] for p in points)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = SVG_WIDTH / max((east - west) * narrow, 0.01)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return round((point[1] - west) * narrow * scale, 1), round((north - point[0]) * scale, 1)

    return Sketch(
        height=round((north - south) * scale, 1),
        lines=[
            (number, " ".join(f"{x},{y}" for x, y in map(at, [*day, day[0]])))
            for (number, _pair, _day), day in days.items()
        ],
        sites=sorted({at(point) for day in days.values() for point in day[1:]}),
    )
