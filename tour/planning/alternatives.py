"""Other dates for one visit: those the plan could take as it stands, the least extra drive first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from uuid import UUID

from tour.db import local_now
from tour.people.models import Pair
from tour.planning.models import Campaign
from tour.planning.prepare import options_standing, prepare
from tour.solver.day import best_order, lay_out
from tour.solver.problem import Problem, open_windows
from tour.visits.invite import Slot
from tour.visits.models import ProposedDate, Visit, VisitState

NOTICE = timedelta(days=2)  # nobody is asked to receive a visit tomorrow
MOST = 6


@dataclass(frozen=True)
class Alternative:
    """A place for the visit, what it adds to that day's drive, and who proposed that date."""

    slot: Slot
    pair: Pair
    extra_min: int
    proposed_by: str = ""
    same_day: bool = False  # by another pair: its manager expects somebody then

    @property
    def value(self) -> str:
        """How a form names it."""
        return f"{self.pair.id}.{self.slot.day}.{self.slot.start:%H%M}"


@dataclass
class Ground:
    """A campaign as it stands, to look for places in; made once for several visits."""

    problem: Problem
    pairs: dict[str, Pair]
    number: dict[str, int]
    days: dict[tuple[int, date], list[tuple[time, int, UUID]]]

    @classmethod
    async def of(cls, campaign_id: UUID) -> Ground:
        campaign = await Campaign.get(id=campaign_id)
        earliest = local_now().date() + NOTICE
        options = await options_standing(campaign)
        problem = (await prepare(campaign, options, earliest=earliest)).problem
        number = {spec.id: n for n, spec in enumerate(problem.sites)}
        pair_number = {pair.id: n for n, pair in enumerate(problem.pairs)}
        days: dict[tuple[int, date], list[tuple[time, int, UUID]]] = {}
        standing = Visit.standing().filter(campaign_id=campaign_id, day__gte=earliest)
        for visit in await standing.exclude(state__in=[s for s in VisitState if s.vacant]).order_by(
            "day", "start"
        ):
            key, pair = str(visit.key), str(visit.pair_id)
            if key in number and pair in pair_number:
                day = days.setdefault((pair_number[pair], visit.day), [])
                day.append((visit.start, number[key], visit.id))
        pairs = {str(pair.id): pair for pair in await campaign.pairs.all()}
        return cls(problem, pairs, number, days)


async def alternatives(visit: Visit, ground: Ground | None = None) -> list[Alternative]:
    """Up to MOST other dates, one a day: those its manager proposed, the same day by another pair, the least extra drive.

    None when the visit belongs to no campaign, or nobody knows where its site is.
    """
    if visit.campaign_id is None:
        return []
    ground = ground or await Ground.of(visit.campaign_id)
    proposed = {one.day: one for one in await ProposedDate.filter(visit_id=visit.id)}
    best: dict[date, Alternative] = {}
    for found in places(visit, ground):
        one = proposed.get(found.slot.day)
        if one and one.start in (None, found.slot.start):
            found = replace(found, proposed_by=one.by)
        if found.slot.day not in best or price(found) < price(best[found.slot.day]):
            best[found.slot.day] = found
    return sorted(best.values(), key=price)[:MOST]


def price(found: Alternative) -> tuple[bool, bool, int, date]:
    return not found.proposed_by, not found.same_day, found.extra_min, found.slot.day


def places(visit: Visit, ground: Ground) -> Iterable[Alternative]:
    """Every pair and day where it breaks no rule that is not broken already.

    Of its own day only another pair, and only while the day itself suits its manager.
    """
    here = ground.number.get(str(visit.key))
    if here is None:
        return
    spec = replace(ground.problem.sites[here], pin=None)
    sites = (*ground.problem.sites[:here], spec, *ground.problem.sites[here + 1 :])
    problem = replace(ground.problem, sites=sites)
    own = next((pair for pair in problem.pairs if pair.id == str(visit.pair_id)), None)
    takes_over = (visit.state.unanswered or visit.state.awaited) and (
        own is None or not own.works(visit.day)
    )
    for day in problem.days:
        if day in spec.blocked or not open_windows(spec, day):
            continue
        for pair, who in enumerate(problem.pairs):
            if not who.works(day) or spec.skills - who.skills:
                continue
            if day == visit.day and not (takes_over and who.id != str(visit.pair_id)):
                continue
            order = [
                n for _start, n, known in ground.days.get((pair, day), []) if known != visit.id
            ]
            before = lay_out(problem, pair, day, order)
            laid = lay_out(problem, pair, day, best_order(problem, pair, day, order, here))
            if len(laid.broken) > len(before.broken):
                continue
            stop = next(stop for stop in laid.stops if stop.site == here)
            slot = Slot(day, hour(stop.start_min), hour(stop.end_min), UUID(who.id))
            yield Alternative(
                slot,
                ground.pairs[who.id],
                laid.drive_min - before.drive_min,
                same_day=day == visit.day,
            )


def hour(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


async def chosen(visit: Visit, value: str) -> Alternative | None:
    """The alternative a form names, if the plan can still take it."""
    return next((found for found in await alternatives(visit) if found.value == value), None)
