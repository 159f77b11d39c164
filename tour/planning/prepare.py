"""From a campaign in the database to a problem for the solver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from tour.db import local_now
from tour.people.models import Absence, Pair
from tour.planning.models import Campaign
from tour.planning.problem import PairSpec, Pin, Problem, SiteSpec, days_of_week, working_days
from tour.sites.models import Site
from tour.travel.matrix import Correction, matrix
from tour.travel.models import TravelCorrection
from tour.visits.models import PINNED, Visit, VisitState

# Drives are rounded up to this: visits then start at hours people would write in a diary.
STEP_MIN = 5


@dataclass(frozen=True)
class Prepared:
    """The problem, and the sites that are no part of it because nobody knows where they are."""

    problem: Problem
    nowhere: list[Site]


async def prepare(campaign: Campaign, *, earliest: date | None = None) -> Prepared:
    """The problem of a campaign as things stand: what is done is over, what managers know of stays in place.

    New visits go on days from ``earliest`` on (default: tomorrow).
    """
    pairs = await campaign.pairs.all().order_by("ref")
    sites = await campaign.sites.filter(active=True).order_by("source", "source_id")
    visits = await Visit.filter(campaign_id=campaign.id).exclude(state=VisitState.CANCELLED)
    settled = {v.site_id for v in visits if v.state in {VisitState.DONE, VisitState.UNDER_WAY}}
    standing = {visit.site_id: visit for visit in visits}
    to_place = [site for site in sites if site.id not in settled]
    located = [site for site in to_place if site.lat is not None and site.lon is not None]

    earliest = earliest or local_now().date() + timedelta(days=1)
    days = tuple(day for day in working_days(campaign.first_day, campaign.days) if day >= earliest)
    absences = await absent_days(pairs, campaign)
    points = [(pair.lat, pair.lon) for pair in pairs] + [
        (site.lat or 0.0, site.lon or 0.0) for site in located
    ]
    travel = matrix(points, [as_correction(row) for row in await TravelCorrection.all()])
    return Prepared(
        Problem(
            days=days,
            pairs=tuple(pair_spec(pair, absences[pair.id]) for pair in pairs),
            sites=tuple(site_spec(site, standing.get(site.id)) for site in located),
            minutes=-(-travel.minutes // STEP_MIN) * STEP_MIN,
            km=travel.km,
        ),
        nowhere=[site for site in to_place if site.lat is None or site.lon is None],
    )


async def absent_days(pairs: list[Pair], campaign: Campaign) -> dict[UUID, frozenset[date]]:
    """Each pair's days away during the campaign."""
    last = working_days(campaign.first_day, campaign.days)[-1]
    away: dict[UUID, set[date]] = {pair.id: set() for pair in pairs}
    for absence in await Absence.touching(campaign.first_day, last).filter(pair_id__in=list(away)):
        span = (absence.last_day - absence.first_day).days
        away[absence.pair_id].update(absence.first_day + timedelta(days=n) for n in range(span + 1))
    return {pair_id: frozenset(days) for pair_id, days in away.items()}


def pair_spec(pair: Pair, absences: frozenset[date]) -> PairSpec:
    return PairSpec(
        id=str(pair.id),
        name=pair.name,
        lat=pair.lat,
        lon=pair.lon,
        start_min=minute_of(pair.day_start),
        end_min=minute_of(pair.day_end),
        weekdays=days_of_week(pair.days),
        lunch_min=pair.lunch_min,
        lunch_from_min=minute_of(pair.lunch_from),
        lunch_to_min=minute_of(pair.lunch_to),
        absences=absences,
        skills=frozenset(pair.skills),
        max_drive_min=pair.max_drive_min,
        max_visits=pair.max_visits,
    )


def site_spec(site: Site, visit: Visit | None) -> SiteSpec:
    """A site to place. A visit its manager knows of is pinned; a date its manager refused is blocked."""
    blocked = {date.fromisoformat(day) for day in site.blocked}
    pin = None
    if visit and visit.state in PINNED:
        pin = Pin(pair=str(visit.pair_id), day=visit.day, start_min=minute_of(visit.start))
    elif visit and visit.state in {VisitState.DECLINED, VisitState.OTHER_DATE}:
        blocked.add(visit.day)
    return SiteSpec(
        id=str(site.id),
        name=site.name,
        lat=site.lat or 0.0,
        lon=site.lon or 0.0,
        visit_min=site.duration_min,
        setup_min=site.setup_min or 0,
        opening_hours=site.opening_hours,
        priority=site.priority,
        not_before=site.not_before,
        deadline=site.deadline,
        blocked=frozenset(blocked),
        skills=frozenset(site.skills),
        pair=None,
        pin=pin,
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


def minute_of(hour: time) -> int:
    """Minutes since midnight."""
    return hour.hour * 60 + hour.minute
