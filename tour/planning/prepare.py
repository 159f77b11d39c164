"""From a campaign in the database to a problem for the solver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from uuid import UUID

from tour.db import local_now
from tour.hours import days_of_week
from tour.i18n import gettext as _
from tour.i18n import ngettext
from tour.people.absences import diaries_of
from tour.people.models import Pair
from tour.planning.models import Campaign, Overnight, PlanState
from tour.planning.options import Lock, Options, read_options
from tour.sites.models import Site
from tour.solver.problem import (
    Night,
    Nowhere,
    PairSpec,
    Pin,
    Problem,
    SiteSpec,
    working_days,
)
from tour.solver.schools import SCHOOL_KINDS, school_holidays
from tour.travel.between import travel_between
from tour.visits.key import VisitKey
from tour.visits.models import Visit, VisitState

# Drives are rounded up to this: visits then start at hours people would write in a diary.
STEP_MIN = 5
AROUND = timedelta(days=366)
# What the solver asks of a site; reading no more keeps the board quick.
COLUMNS = [
    "id",
    "name",
    "kind",
    "lat",
    "lon",
    "staff",
    "visit_min",
    "setup_min",
    "opening_hours",
    "priority",
    "not_before",
    "deadline",
    "blocked",
    "skills",
]


@dataclass(frozen=True)
class Prepared:
    """The problem, and what to know of it."""

    problem: Problem
    notes: list[str]


async def prepare(
    campaign: Campaign,
    options: Options | None = None,
    *,
    earliest: date | None = None,
    not_before_min: int = 0,
    ask_router: bool = False,
) -> Prepared:
    """The problem of a campaign as things stand: what is done is over, what managers know of stays in place.

    New visits go on days from ``earliest`` on (default: tomorrow), and no day starts before ``not_before_min``.
    Drives are those known; with ``ask_router`` the router is asked for the others (see travel_between).
    """
    options = options or Options()
    pairs = await pairs_of(campaign, options)
    sites = await sites_of(campaign, options)
    visits = (
        await Visit.filter(campaign_id=campaign.id)
        .exclude(state=VisitState.CANCELLED)
        .only("site_id", "part", "pair_id", "state", "day", "start", "end")
    )
    over = {str(visit.key) for visit in visits if visit.state.begun}
    standing = {str(visit.key): visit for visit in visits}
    located = [site for site in sites if site.located]

    earliest = earliest or local_now().date() + timedelta(days=1)
    period = working_days(options.first_day or campaign.first_day, options.days or campaign.days)
    away, notes = (
        school_holidays(period) if any(s.kind in SCHOOL_KINDS for s in sites) else (frozenset(), [])
    )
    last_pairs = await last_pair_by_site([site.id for site in located], campaign)
    specs = [
        replace(spec, prefers=last_pairs.get(site.id))
        for site in located
        for spec in site_specs(
            site, options, standing, away if site.kind in SCHOOL_KINDS else frozenset()
        )
        if spec.id not in over
    ]
    pair_specs, night_notes = await pairs_with_nights(pairs, campaign, period, options)
    points = [(pair.lat, pair.lon) for pair in pair_specs] + [
        (spec.lat, spec.lon) for spec in specs
    ]
    points += [(night.lat, night.lon) for pair in pair_specs for night in pair.nights]
    between = await travel_between(points, ask=ask_router)
    return Prepared(
        Problem(
            days=tuple(day for day in period if day >= earliest),
            pairs=tuple(replace(p, start_min=max(p.start_min, not_before_min)) for p in pair_specs),
            sites=tuple(specs),
            minutes=-(-between.travel.minutes // STEP_MIN) * STEP_MIN,
            km=between.travel.km,
            source=between.travel.source,
            router=between.router,
            nowhere=tuple(
                Nowhere(str(VisitKey(site.id)), site.name)
                for site in sites
                if not site.located and str(VisitKey(site.id)) not in over
            ),
        ),
        notes=notes + asking(standing) + night_notes + between.notes,
    )


async def options_standing(campaign: Campaign) -> Options:
    """What the plan accepted last splits and adds: visits that stand by it are of the problem too."""
    accepted = campaign.plans.filter(state=PlanState.ACCEPTED).order_by("-accepted_at")
    plan = await accepted.first()
    made_with = read_options(plan.options) if plan else Options()
    return Options(parts=made_with.parts, added=made_with.added)


def asking(standing: dict[str, Visit]) -> list[str]:
    """What a planner should know of managers who ask for another date."""
    count = sum(visit.state == VisitState.OTHER_DATE for visit in standing.values())
    return (
        [
            ngettext(
                "Le responsable de %(num)s site demande une autre date : accepter ce plan ne lui répond pas, sa visite attend dans « À décider ».",
                "Les responsables de %(num)s sites demandent une autre date : accepter ce plan ne leur répond pas, leurs visites attendent dans « À décider ».",
                count,
            )
        ]
        if count
        else []
    )


async def visits_asked(campaign: Campaign, options: Options) -> int:
    """How many visits a plan is asked for, those of sites without a position included: what « placed » is out of."""
    over = await visits_over(campaign)
    told = await Visit.filter(
        campaign_id=campaign.id, state__in=[s for s in VisitState if s.pinned]
    ).only("site_id", "part", "state")
    standing = {str(visit.key): visit for visit in told}
    asked = 0
    for site in await sites_of(campaign, options):
        parts = len(options.parts.get(str(site.id), (site.duration_min,))) if site.located else 1
        while site.located and known_part(standing, VisitKey(site.id, parts + 1)):
            parts += 1
        asked += sum(VisitKey(site.id, part) not in over for part in range(1, parts + 1))
    return asked


async def sites_nowhere(campaign: Campaign, options: Options | None = None) -> list[Site]:
    """The sites still to visit that no plan made with these options can place: nobody knows where they are."""
    over = await visits_over(campaign)
    sites = await sites_of(campaign, options or Options())
    lost = [site for site in sites if not site.located and VisitKey(site.id) not in over]
    return sorted(lost, key=lambda site: site.name)


async def visits_over(campaign: Campaign) -> set[VisitKey]:
    begun = [state for state in VisitState if state.begun]
    done = Visit.filter(campaign_id=campaign.id, state__in=begun).only("site_id", "part")
    return {visit.key for visit in await done}


async def pairs_of(campaign: Campaign, options: Options) -> list[Pair]:
    """The campaign's pairs, or those that are tried out."""
    if options.pairs is None:
        return await campaign.pairs.all().order_by("ref")
    return await Pair.filter(id__in=list(options.pairs)).order_by("ref")


async def sites_of(campaign: Campaign, options: Options) -> list[Site]:
    """The campaign's sites, with those added and without those left aside by hand."""
    sites = await campaign.sites.filter(active=True).order_by("source", "source_id").only(*COLUMNS)
    known = {str(site.id) for site in sites}
    added = [site for site in options.added if site not in known]
    sites += await Site.filter(id__in=added).only(*COLUMNS) if added else []
    return [site for site in sites if str(site.id) not in options.excluded]


async def last_pair_by_site(sites: list[UUID], campaign: Campaign) -> dict[UUID, str]:
    """Who came last time: the pair of each site's last visit done, in another campaign."""
    done = (
        await Visit.filter(site_id__in=sites, state=VisitState.DONE)
        .exclude(campaign_id=campaign.id)
        .order_by("day", "start")
        .values_list("site_id", "pair_id")
    )
    return {site: str(pair) for site, pair in done}


async def pairs_with_nights(
    pairs: list[Pair], campaign: Campaign, period: list[date], options: Options
) -> tuple[list[PairSpec], list[str]]:
    """The pairs with their absences and nights away; and a sentence for each night that cannot be."""
    absences = await absent_days(pairs, period)
    nights = await Overnight.filter(campaign_id=campaign.id)
    specs, notes = [], []
    for pair in pairs:
        spec = pair_spec(pair, absences[pair.id], options)
        possible = []
        for night in (n for n in nights if n.pair_id == pair.id):
            morning = night.day + timedelta(days=1)
            if all(day in period and spec.works(day) for day in (night.day, morning)):
                possible.append(Night(night.day, night.lat, night.lon))
            else:
                notes.append(
                    _(
                        "%(pair)s ne travaille pas le %(day)s et le lendemain : la nuit à %(place)s n’est pas comptée.",
                        pair=pair.name,
                        day=f"{night.day:%d/%m/%Y}",
                        place=night.name,
                    )
                )
        specs.append(replace(spec, nights=tuple(possible)))
    return specs, notes


async def absent_days(pairs: list[Pair], period: list[date]) -> dict[UUID, frozenset[date]]:
    """Each pair's days away during the period, and around it: visits agreed on may stand outside."""
    first, last = period[0] - AROUND, period[-1] + AROUND
    return {
        pair_id: frozenset(day for span in diary.away for day in span.between(first, last))
        for pair_id, diary in (await diaries_of(pair.id for pair in pairs)).items()
    }


def pair_spec(pair: Pair, absences: frozenset[date], options: Options) -> PairSpec:
    """A pair as it is, or as it is tried out."""
    tried = options.tried.get(str(pair.id))
    spec = PairSpec(
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
    if tried is None:
        return spec
    return replace(
        spec,
        lat=spec.lat if tried.lat is None else tried.lat,
        lon=spec.lon if tried.lon is None else tried.lon,
        start_min=spec.start_min if tried.start_min is None else tried.start_min,
        end_min=spec.end_min if tried.end_min is None else tried.end_min,
    )


def site_specs(
    site: Site, options: Options, standing: dict[str, Visit], closed: frozenset[date]
) -> list[SiteSpec]:
    """A site's visit, or the parts it is split into; parts beyond that its manager knows of stand too."""
    minutes = list(options.parts.get(str(site.id), (site.duration_min,)))
    while told := known_part(standing, VisitKey(site.id, len(minutes) + 1)):
        minutes.append(minute_of(told.end) - minute_of(told.start))
    keys = [str(VisitKey(site.id, part)) for part in range(1, len(minutes) + 1)]
    return [
        replace(
            site_spec(site, standing.get(key), options.locks.get(key, Lock()), closed),
            id=key,
            visit_min=length,
        )
        for key, length in zip(keys, minutes, strict=True)
    ]


def known_part(standing: dict[str, Visit], key: VisitKey) -> Visit | None:
    """The visit of this part, if its manager knows of it."""
    visit = standing.get(str(key))
    return visit if visit and visit.state.pinned else None


def site_spec(site: Site, visit: Visit | None, lock: Lock, closed: frozenset[date]) -> SiteSpec:
    """A site to place. A visit its manager knows of is pinned; a date its manager refused is blocked."""
    blocked = {date.fromisoformat(day) for day in site.blocked} | closed
    pin = None
    if visit and visit.state.pinned:
        pin = Pin(pair=str(visit.pair_id), day=visit.day, start_min=minute_of(visit.start))
    elif visit and visit.state.refused:
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
        pair=lock.pair,
        days=None if lock.day is None else frozenset({lock.day}),
        pin=pin,
    )


def minute_of(hour: time) -> int:
    """Minutes since midnight."""
    return hour.hour * 60 + hour.minute
