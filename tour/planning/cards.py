"""What the board shows of each visit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from uuid import UUID

from tour.people.models import Pair
from tour.planning.board import Board, Where, clock, load_board
from tour.planning.models import Plan, PlannedVisit, PlanState
from tour.planning.options import Lock, read_options
from tour.sites.models import Site
from tour.solver.reasons import NO_POSITION, nowhere_sentence
from tour.visits.key import VisitKey
from tour.visits.models import Visit, VisitState


@dataclass(frozen=True)
class SiteLabel:
    """What a card says of its site; without a position a visit cannot be placed."""

    id: UUID
    name: str
    commune: str
    located: bool


@dataclass(frozen=True)
class Card:
    """A visit on the board."""

    key: str
    site: SiteLabel
    part: int
    split: bool
    start: time | None = None
    drive_min: int = 0
    drive_source: int = 0  # see tour.travel.matrix.Source
    pinned: bool = False
    lock: Lock = field(default_factory=Lock)
    state: str = "none"
    broken: tuple[str, ...] = ()
    why: str = ""  # in the tray: why the solver left it out


@dataclass(frozen=True)
class Shown:
    """A plan's cards by pair's day, its tray, its sites left aside, and what is wrong with whole days."""

    cells: dict[Where, list[Card]]
    tray: list[Card]
    excluded: list[SiteLabel]
    wrong: dict[Where, list[str]]
    driven: dict[str, int]  # minutes, by pair
    pairs: set[str]
    router: str = ""  # who gave the minutes by road

    @property
    def sources(self) -> list[tuple[int, int]]:
        """How many drives to a visit come from each Source."""
        cards = (card for cards in self.cells.values() for card in cards)
        return sorted(Counter(int(card.drive_source) for card in cards).items())


async def cards_of(plan: Plan) -> Shown:
    """A plan as it stands: its board while it is worked on, its places afterwards."""
    if plan.state == PlanState.READY:
        return await cards_of_board(await load_board(plan))
    return await cards_of_places(plan)


async def cards_of_board(board: Board) -> Shown:
    """A plan to work on."""
    nowhere = {site.id for site in board.problem.nowhere}
    keys = {*board.number, *nowhere, *board.options.excluded}
    labels = await labels_of(VisitKey.parse(key).site for key in keys)
    states = await states_of(board.plan)
    why = {
        row["site"]: row["text"]
        for row in board.plan.unserved
        if row.get("site") and row.get("reason") != NO_POSITION
    }

    def card(key: str, **values: Any) -> Card:
        visit = VisitKey.parse(key)
        return Card(
            key,
            labels[visit.site],
            visit.part,
            split=str(visit.site) in board.options.parts,
            lock=board.options.locks.get(key, Lock()),
            state=states.get(key, "none"),
            **values,
        )

    cells: dict[Where, list[Card]] = {}
    driven = dict.fromkeys((pair.id for pair in board.problem.pairs), 0)
    for where, day in board.days.items():
        driven[where[0]] += day.drive_min
        for stop in day.stops:
            spec = board.problem.sites[stop.site]
            cells.setdefault(where, []).append(
                card(
                    spec.id,
                    start=clock(board.hours[spec.id]),
                    drive_min=stop.drive_before_min,
                    drive_source=stop.drive_source,
                    pinned=spec.pin is not None,
                    broken=tuple(b.text for b in day.broken if b.site == stop.site),
                )
            )
    tray = [card(key, why=why.get(key, "")) for key in board.tray]
    tray += [card(site.id, why=nowhere_sentence(site.name)) for site in board.problem.nowhere]
    return Shown(
        cells,
        tray,
        [labels[UUID(site)] for site in sorted(board.options.excluded) if UUID(site) in labels],
        {where: [b.text for b in d if b.site is None] for where, d in board.broken().items()},
        driven,
        set(driven),
        board.problem.router,
    )


async def cards_of_places(plan: Plan) -> Shown:
    """A plan that no longer changes."""
    places = await PlannedVisit.filter(plan_id=plan.id).order_by("day", "start")
    placed = {str(place.key) for place in places}
    unserved = [row for row in plan.unserved if row.get("site") and row["site"] not in placed]
    left = [VisitKey.parse(row["site"]) for row in unserved]
    labels = await labels_of([*(place.site_id for place in places), *(key.site for key in left)])
    states, split = await states_of(plan), read_options(plan.options).parts
    cells: dict[Where, list[Card]] = {}
    pairs = await Pair.filter(campaigns__id=plan.campaign_id)
    driven = {str(pair.id): 0 for pair in pairs}
    for place in places:
        key, pair = str(place.key), str(place.pair_id)
        driven[pair] = driven.get(pair, 0) + place.drive_before_min + place.drive_after_min
        cells.setdefault((pair, place.day), []).append(
            Card(
                key,
                labels[place.site_id],
                place.part,
                split=str(place.site_id) in split,
                start=place.start,
                drive_min=place.drive_before_min,
                drive_source=place.drive_source,
                pinned=place.pinned,
                state=states.get(key, "none"),
            )
        )
    tray = [
        Card(
            row["site"],
            labels[key.site],
            key.part,
            split=str(key.site) in split,
            why=row["text"],
        )
        for row, key in zip(unserved, left, strict=True)
        if key.site in labels
    ]
    return Shown(cells, tray, [], {}, driven, set(driven), plan.totals.get("router", ""))


async def labels_of(sites: Iterable[UUID]) -> dict[UUID, SiteLabel]:
    rows = await Site.filter(id__in=list(set(sites))).values_list("id", "name", "commune", "lat")
    return {row[0]: SiteLabel(row[0], row[1], row[2], row[3] is not None) for row in rows}


async def states_of(plan: Plan) -> dict[str, str]:
    """The state of the campaign's visits, by visit."""
    rows = (
        await Visit.filter(campaign_id=plan.campaign_id)
        .exclude(state=VisitState.CANCELLED)
        .values_list("site_id", "part", "state")
    )
    return {
        str(VisitKey(site, part)): str(getattr(state, "value", state)) for site, part, state in rows
    }
