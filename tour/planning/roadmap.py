"""Roadmaps: each pair's day as it is driven, the same for a plan and for a campaign's visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

from tour.needs.models import Need, NeedState
from tour.people.absences import diaries_of
from tour.people.models import Agent, Pair
from tour.people.travels import Diary
from tour.planning.models import Campaign, Overnight, Plan, PlannedVisit
from tour.planning.options import Options, read_options
from tour.planning.prepare import minute_of, pairs_with_nights
from tour.sites.models import Ambassador, Site, SiteManager
from tour.solver.problem import DAY_MIN, PairSpec, working_days
from tour.travel.between import travel_between
from tour.visits.models import Visit, VisitState


@dataclass(frozen=True)
class Person:
    """Somebody to ask for, or who travels."""

    name: str
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Place:
    """Where a day starts or ends; degrees (WGS 84)."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Crew:
    """A pair, as its roadmap names it."""

    id: UUID
    ref: str
    name: str
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Stop:
    """One visit of a day. ``visit`` and ``state`` are None in a plan: its visits do not exist yet."""

    order: int  # from 1, in its day
    site_id: UUID
    part: int
    site: str
    kind: str
    address: str
    postcode: str
    commune: str
    position: tuple[float, float] | None  # latitude, longitude in degrees
    phone: str
    access: str
    start: time
    end: time
    setup_min: int
    drive_before_min: int
    drive_after_min: int
    drive_source: int  # of the drive before; see tour.travel.matrix.Source
    manager: Person | None
    ambassadors: tuple[Person, ...]
    open_needs: int
    visit: UUID | None = None
    state: VisitState | None = None
    sequence: int = 0

    @property
    def duration_min(self) -> int:
        return minute_of(self.end) - minute_of(self.start)

    @property
    def over(self) -> bool:
        """Whether the pair has come."""
        return self.state is not None and self.state.begun

    @property
    def town(self) -> str:
        """Postcode and commune, as on an envelope."""
        return f"{self.postcode} {self.commune}".strip()

    @property
    def location(self) -> str:
        """The address on one line."""
        return ", ".join(part for part in (self.address, self.town) if part)


@dataclass(frozen=True)
class Lunch:
    """A gap that holds the pair's lunch, after the visit of this order."""

    after: int
    start: time
    end: time
    on_arriving: bool  # at the next site, else before leaving


@dataclass(frozen=True)
class Sheet:
    """A pair's day, never without a stop. ``km`` is an estimate, None when a site has no position."""

    crew: Crew
    day: date
    stops: tuple[Stop, ...]
    starts_from: Place
    ends_at: Place
    lunch: Lunch | None
    km: float | None = None
    away: str = ""  # why the pair does not travel that day, in words

    @property
    def leaves(self) -> time:
        """The latest hour at which to leave for the first visit."""
        first = self.stops[0]
        return clock(minute_of(first.start) - first.setup_min - first.drive_before_min)

    @property
    def back(self) -> time:
        return clock(minute_of(self.stops[-1].end) + self.stops[-1].drive_after_min)

    @property
    def drive_min(self) -> int:
        return sum(stop.drive_before_min + stop.drive_after_min for stop in self.stops)

    @property
    def path(self) -> list[tuple[float, float]]:
        """Where the pair passes, start and end included, as far as positions are known."""
        known = [stop.position for stop in self.stops if stop.position]
        ends = self.starts_from, self.ends_at
        first, last = ((place.lat, place.lon) for place in ends)
        return [first, *known, last]


@dataclass(frozen=True)
class Round:
    """What a pair's days have in common: its rules, its base, and where it sleeps by evening."""

    crew: Crew
    spec: PairSpec
    base: Place
    lodgings: dict[date, Place]
    diary: Diary


async def sheets_of(
    source: Campaign | Plan, *, pair: UUID | None = None, day: date | None = None
) -> list[Sheet]:
    """The days of a plan's places, or of a campaign's standing visits, by day and then by pair.

    ``pair`` and ``day`` keep only theirs.
    """
    rows = await rows_of(source, pair, day)
    rounds = await rounds_of(source, {row.pair_id: row.pair for row in rows})
    needs = await open_needs({row.site_id for row in rows})
    rows.sort(key=lambda row: (row.day, row.pair.ref, row.start))
    by_day = groupby(rows, key=lambda row: (row.day, row.pair_id))
    sheets = [
        sheet_of(rounds[pair_id], day, list(group), needs) for (day, pair_id), group in by_day
    ]
    return await with_km(sheets)


async def with_km(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The sheets with their kilometres, by the same figures as the plan; none where a position is not known."""
    points = list({point: None for sheet in sheets for point in sheet.path})
    row = {point: number for number, point in enumerate(points)}
    km = (await travel_between(points, ask=False)).travel.km
    return [
        replace(sheet, km=sum(float(km[row[a], row[b]]) for a, b in pairwise(sheet.path)))
        if all(stop.position for stop in sheet.stops)
        else sheet
        for sheet in sheets
    ]


async def rows_of(source: Campaign | Plan, pair: UUID | None, day: date | None) -> list[Any]:
    """Visits or planned visits, with all that a stop shows."""
    if isinstance(source, Plan):
        rows: Any = PlannedVisit.filter(plan_id=source.id)
    else:
        rows = Visit.standing().filter(campaign_id=source.id)
        rows = rows.exclude(state=VisitState.OTHER_DATE)  # its manager does not expect anybody then
    if pair is not None:
        rows = rows.filter(pair_id=pair)
    if day is not None:
        rows = rows.filter(day=day)
    found: list[Any] = await rows.prefetch_related(
        "site__manager", "site__ambassadors", "pair__hr", "pair__dsn"
    )
    return found


async def rounds_of(source: Campaign | Plan, pairs: dict[UUID, Pair]) -> dict[UUID, Round]:
    """Each pair's, as the plan tries it out or as it is; nights away are those its days can hold."""
    if isinstance(source, Plan):
        campaign, options = await Campaign.get(id=source.campaign_id), read_options(source.options)
    else:
        campaign, options = source, Options()
    period = working_days(options.first_day or campaign.first_day, options.days or campaign.days)
    specs, _notes = await pairs_with_nights(list(pairs.values()), campaign, period, options)
    names = {
        (night.pair_id, night.day): night.name
        for night in await Overnight.filter(campaign_id=campaign.id)
    }
    diaries = await diaries_of(pairs)
    rounds = {}
    for (pair_id, pair), spec in zip(pairs.items(), specs, strict=True):
        tried = options.tried.get(str(pair_id))
        rounds[pair_id] = Round(
            crew=crew_of(pair),
            spec=spec,
            base=Place((tried and tried.base_name) or pair.base_name, spec.lat, spec.lon),
            lodgings={
                night.day: Place(names[pair_id, night.day], night.lat, night.lon)
                for night in spec.nights
            },
            diary=diaries[pair_id],
        )
    return rounds


def crew_of(pair: Pair) -> Crew:
    people = tuple(person_of(agent) for agent in (pair.hr, pair.dsn) if agent)
    return Crew(pair.id, pair.ref, pair.name, people)


def person_of(row: Agent | SiteManager | Ambassador) -> Person:
    return Person(row.name, row.phone, row.email)


async def open_needs(sites: set[UUID]) -> Counter[UUID]:
    """How many needs of each site are still to be answered."""
    unsettled = [state for state in NeedState if state.open]
    waiting = Need.filter(site_id__in=list(sites), state__in=unsettled, withdrawn=False)
    return Counter(need.site_id for need in await waiting.only("id", "site_id"))


def sheet_of(round_: Round, day: date, rows: Sequence[Any], needs: Counter[UUID]) -> Sheet:
    """The sheet of one day from its visits, or planned visits, by hour."""
    stops = tuple(
        stop_of(row, order, needs[row.site_id]) for order, row in enumerate(rows, start=1)
    )
    start = round_.lodgings.get(day - timedelta(days=1), round_.base)
    end = round_.lodgings.get(day, round_.base)
    return Sheet(
        crew=round_.crew,
        day=day,
        stops=stops,
        starts_from=start,
        ends_at=end,
        lunch=lunch_between(stops, round_.spec),
        away="" if all(stop.over for stop in stops) else round_.diary.why_not(day),
    )


def stop_of(row: Any, order: int, needs: int) -> Stop:
    site: Site = row.site
    return Stop(
        order=order,
        site_id=site.id,
        part=row.part,
        site=site.name,
        kind=site.kind,
        address=site.address,
        postcode=site.postcode,
        commune=site.commune,
        position=None if site.lat is None or site.lon is None else (site.lat, site.lon),
        phone=site.phone,
        access=site.access,
        start=row.start,
        end=row.end,
        setup_min=site.setup_min or 0,
        drive_before_min=row.drive_before_min,
        drive_after_min=row.drive_after_min,
        drive_source=row.drive_source,
        manager=person_of(site.manager) if site.manager else None,
        ambassadors=tuple(person_of(ambassador) for ambassador in site.ambassadors),
        open_needs=needs,
        visit=row.id if isinstance(row, Visit) else None,
        state=row.state if isinstance(row, Visit) else None,
        sequence=row.sequence if isinstance(row, Visit) else 0,
    )


def lunch_between(stops: Sequence[Stop], spec: PairSpec) -> Lunch | None:
    """The first gap between two visits that holds the pair's lunch; None when it is eaten elsewhere or not told.

    As the solver has it: before a drive or on arriving from it, inside the pair's lunch hours.
    """
    if not spec.lunches:
        return None
    for before, after in pairwise(stops):
        ready_by = minute_of(after.start) - after.setup_min
        left = minute_of(before.end)
        for on_arriving in (False, True):
            drives = after.drive_before_min
            begin = max(left + drives * on_arriving, spec.lunch_from_min)
            over = begin + spec.lunch_min
            if over <= spec.lunch_to_min and over + drives * (not on_arriving) <= ready_by:
                return Lunch(before.order, clock(begin), clock(over), on_arriving)
    return None


def clock(minutes: int) -> time:
    """A time of day, kept inside the day."""
    return time(*divmod(min(max(minutes, 0), DAY_MIN - 1), 60))
