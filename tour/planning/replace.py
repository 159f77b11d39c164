"""« La journée déraille »: a visit falls through, and other sites could take its place that day."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tour.db import transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.planning.board import clock
from tour.planning.models import Campaign
from tour.planning.prepare import options_standing, prepare
from tour.sites.models import Site
from tour.solver.day import best_order, lay_out
from tour.solver.problem import Problem
from tour.visits.key import VisitKey
from tour.visits.life import move, pass_to
from tour.visits.models import Visit, VisitEvent, VisitState

MOST = 5


@dataclass(frozen=True)
class Candidate:
    """A site that could be visited instead: when, what it adds to the day's drive, and where it stood until now."""

    site: Site
    start_min: int
    extra_min: int
    visit_min: int
    planned: Visit | None  # its visit until now, which nobody outside knows of yet


async def candidates(visit: Visit, *, now_min: int = 0) -> list[Candidate]:
    """Up to five sites that fit in the day of a visit that falls through, the least extra drive first.

    ``now_min`` is the present minute when the day is today: nothing is proposed before it.
    """
    problem, pair, order = await day_of(visit, now_min)
    if pair is None or not problem.pairs[pair].works(visit.day):
        return []
    before = lay_out(problem, pair, visit.day, order)
    found: list[tuple[int, int, int, int]] = []
    for number, spec in enumerate(problem.sites):
        if number in order or spec.pin or VisitKey.parse(spec.id).part > 1:
            continue
        if spec.id == str(visit.key):
            continue
        laid = lay_out(
            problem, pair, visit.day, best_order(problem, pair, visit.day, order, number)
        )
        if len(laid.broken) <= len(before.broken):
            start = next(stop.start_min for stop in laid.stops if stop.site == number)
            found.append((laid.drive_min - before.drive_min, -spec.priority, number, start))
    return await with_sites(problem, visit, sorted(found)[:MOST])


async def day_of(visit: Visit, now_min: int) -> tuple[Problem, int | None, list[int]]:
    """The campaign's problem with that day in it, the pair's number, and the visits that stay that day."""
    campaign = await Campaign.get(id=visit.campaign_id)
    options = await options_standing(campaign)
    problem = (await prepare(campaign, options, earliest=visit.day, not_before_min=now_min)).problem
    pair = next((n for n, p in enumerate(problem.pairs) if p.id == str(visit.pair_id)), None)
    number = {spec.id: n for n, spec in enumerate(problem.sites)}
    staying = (
        await Visit.standing()
        .filter(campaign_id=visit.campaign_id, pair_id=visit.pair_id, day=visit.day)
        .exclude(state__in=[state for state in VisitState if state.vacant])
        .exclude(id=visit.id)
        .order_by("start")
    )
    keys = [str(v.key) for v in staying]
    return problem, pair, [number[key] for key in keys if key in number]


async def with_sites(
    problem: Problem, visit: Visit, found: list[tuple[int, int, int, int]]
) -> list[Candidate]:
    keys = [VisitKey.parse(problem.sites[number].id) for _extra, _priority, number, _start in found]
    sites = {
        site.id: site
        for site in await Site.filter(id__in=[key.site for key in keys]).select_related("manager")
    }
    planned = {
        v.key: v
        for v in await Visit.filter(
            campaign_id=visit.campaign_id, site_id__in=list(sites), state=VisitState.PROPOSED
        ).select_related("pair")
    }
    return [
        Candidate(sites[key.site], start, extra, problem.sites[number].visit_min, planned.get(key))
        for key, (extra, _priority, number, start) in zip(keys, found, strict=True)
    ]


async def take_over(visit: Visit, site: UUID, *, by: str, now_min: int = 0) -> Visit:
    """Puts a candidate in the day of a visit that fell through. Raises UserError when it no longer fits."""
    async with transaction():
        chosen = next(
            (c for c in await candidates(visit, now_min=now_min) if c.site.id == site), None
        )
        if chosen is None:
            raise UserError(_("Ce site ne tient plus dans la journée : choisissez-en un autre."))
        start, end = clock(chosen.start_min), clock(chosen.start_min + chosen.visit_min)
        standing = await Visit.get_or_none(campaign_id=visit.campaign_id, site_id=site, part=1)
        if standing is None:
            standing = await Visit.create(
                campaign_id=visit.campaign_id,
                site_id=site,
                pair_id=visit.pair_id,
                day=visit.day,
                start=start,
                end=end,
            )
            await VisitEvent.create(visit_id=standing.id, by=by, after=VisitState.PROPOSED)
            return standing
        await pass_to(standing, VisitState.PROPOSED, by=by)
        await move(standing, pair_id=visit.pair_id, day=visit.day, start=start, end=end, by=by)
        return standing


async def cancel(visit: Visit, reason: str, *, by: str) -> None:
    """The planner cancels a visit, with why."""
    async with transaction():
        await pass_to(visit, VisitState.CANCELLED, by=by, note=reason)
