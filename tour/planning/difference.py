"""How a plan differs from the visits as they stand, before it replaces them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tour.planning.board import Board
from tour.sites.models import Site
from tour.visits.models import Visit, VisitState


@dataclass(frozen=True)
class Difference:
    """Visits by site name: in the plan and not yet planned, at another day, hour or pair, no longer planned."""

    added: list[str]
    moved: list[tuple[str, str]]  # the site, and « 11/01 9 h 30 → 12/01 14 h 00 »
    dropped: list[str]
    drive_min: int  # minutes of drive more (or less) than the visits that stand

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.dropped)


async def difference_with_present(board: Board) -> Difference | None:
    """The plan beside the campaign's standing visits; none while there are none."""
    rows = (
        await Visit.standing()
        .filter(campaign_id=board.plan.campaign_id)
        .exclude(state__in=[state for state in VisitState if state.over])
        .only("site_id", "part", "pair_id", "day", "start", "drive_before_min", "drive_after_min")
    )
    visits = {str(visit.key): visit for visit in rows}
    if not visits:
        return None
    planned = {
        board.problem.sites[stop.site].id: (
            pair,
            day,
            board.hours[board.problem.sites[stop.site].id],
        )
        for (pair, day), laid in board.days.items()
        for stop in laid.stops
    }
    added, moved = [], []
    for key, (pair, day, start) in planned.items():
        name = board.problem.sites[board.number[key]].name
        visit = visits.get(key)
        if visit is None:
            added.append(name)
        elif (str(visit.pair_id), visit.day, visit.start.hour * 60 + visit.start.minute) != (
            pair,
            day,
            start,
        ):
            before = f"{visit.day:%d/%m} {visit.start:%H:%M}"
            moved.append((name, f"{before} → {day:%d/%m} {start // 60:02d}:{start % 60:02d}"))
    gone = [visit.site_id for key, visit in visits.items() if key not in planned]
    dropped: list[Any] = (
        await Site.filter(id__in=gone).order_by("name").values_list("name", flat=True)
    )
    now = sum(visit.drive_before_min + visit.drive_after_min for visit in visits.values())
    planned_min = sum(day.drive_min for day in board.days.values())
    return Difference(sorted(added), sorted(moved), dropped, planned_min - now)
