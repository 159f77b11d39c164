"""What the solver is asked: sites to visit, pairs, days, travel. Plain values, no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from opening_hours import OpeningHours, State

from tour.errors import UserError
from tour.hours import is_working_day
from tour.i18n import gettext as _
from tour.people.travels import travels
from tour.travel.matrix import Source

DAY_MIN = 24 * 60
FIRST_YEAR, LAST_YEAR = 2000, 2100  # of the days that campaigns and sites may name
SOURCES = tuple(Source)


@dataclass(frozen=True)
class Pin:
    """A visit that must not move: its pair, its day, and its start in minutes since midnight."""

    pair: str
    day: date
    start_min: int


@dataclass(frozen=True)
class SiteSpec:
    """A site to place. Its visit takes ``visit_min`` from its start; ``setup_min`` before that, after arriving."""

    id: str
    name: str
    lat: float
    lon: float
    visit_min: int
    setup_min: int = 0
    opening_hours: str = ""
    priority: int = 10  # 0-100
    not_before: date | None = None
    deadline: date | None = None
    blocked: frozenset[date] = frozenset()
    skills: frozenset[str] = frozenset()
    pair: str | None = None  # the only pair that may come
    days: frozenset[date] | None = None  # the only days it may be visited
    prefers: str | None = None  # the pair that came last time: wished for, not required
    pin: Pin | None = None


@dataclass(frozen=True)
class Nowhere:
    """A site to visit that no plan can place: nobody knows where it is. It counts among those left out."""

    id: str
    name: str


@dataclass(frozen=True)
class Night:
    """A pair sleeps away: its day ends at the lodging and the next morning starts there."""

    day: date
    lat: float
    lon: float


@dataclass(frozen=True)
class PairSpec:
    """A pair, its base and its hours (minutes since midnight). ``weekdays``: 0 is Monday."""

    id: str
    name: str
    lat: float
    lon: float
    start_min: int = 9 * 60
    end_min: int = 17 * 60
    weekdays: frozenset[int] = frozenset(range(5))
    lunch_min: int = 45
    lunch_from_min: int = 11 * 60 + 45
    lunch_to_min: int = 14 * 60
    absences: frozenset[date] = frozenset()
    skills: frozenset[str] = frozenset()
    max_drive_min: int | None = None
    max_visits: int | None = None
    nights: tuple[Night, ...] = ()

    def works(self, day: date) -> bool:
        return travels(day, self.weekdays, self.absences)

    @property
    def lunches(self) -> bool:
        """Whether lunch falls in the working hours; who works only a morning eats afterwards."""
        first = max(self.start_min, self.lunch_from_min)
        return 0 < self.lunch_min <= min(self.end_min, self.lunch_to_min) - first


@dataclass(frozen=True)
class Problem:
    """A campaign to plan.

    Matrices are square, whole minutes and km: first the pairs' bases, then the sites, then the pairs' lodgings.
    """

    days: tuple[date, ...]
    pairs: tuple[PairSpec, ...]
    sites: tuple[SiteSpec, ...]
    minutes: NDArray[np.int64]
    km: NDArray[np.float64]
    source: NDArray[np.uint8] | None = None  # where each of the minutes comes from
    router: str = ""  # who was asked for those by road
    nowhere: tuple[Nowhere, ...] = ()

    def __post_init__(self) -> None:
        size = len(self.pairs) + len(self.sites) + sum(len(pair.nights) for pair in self.pairs)
        if self.minutes.shape != (size, size) or self.km.shape != (size, size):
            raise ValueError(
                f"travel matrices must be {size} × {size}, not {self.minutes.shape} and {self.km.shape}"
            )

    def place_of_site(self, index: int) -> int:
        """A site's row in the matrices."""
        return len(self.pairs) + index

    @cached_property
    def lodging(self) -> dict[tuple[int, date], int]:
        """The matrices' row of where a pair sleeps, by pair and evening."""
        away = [(pair, night.day) for pair, spec in enumerate(self.pairs) for night in spec.nights]
        first = len(self.pairs) + len(self.sites)
        return {evening: first + number for number, evening in enumerate(away)}

    def starts_at(self, pair: int, day: date) -> int:
        """Where a pair's day begins: its base, or where it slept."""
        return self.lodging.get((pair, day - timedelta(days=1)), pair)

    def ends_at(self, pair: int, day: date) -> int:
        """Where a pair's day ends: its base, or where it will sleep."""
        return self.lodging.get((pair, day), pair)

    def path(self, pair: int, day: date, sites: Iterable[int]) -> list[int]:
        """The matrices' rows of a pair's day: from where it starts, by these sites, to where it ends."""
        places = map(self.place_of_site, sites)
        return [self.starts_at(pair, day), *places, self.ends_at(pair, day)]

    def source_of(self, row: int, column: int) -> Source:
        """Where the minutes between two rows of the matrices come from."""
        return Source.STRAIGHT if self.source is None else SOURCES[self.source[row, column]]

    def path_km(self, pair: int, day: date, sites: Iterable[int]) -> float:
        return sum(float(self.km[a, b]) for a, b in pairwise(self.path(pair, day, sites)))


def in_calendar(day: date) -> date:
    """The day, if calendars can be reckoned with around it; raises ValueError for one of no campaign's years."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(
            _("l’année n’est pas entre %(first)d et %(last)d", first=FIRST_YEAR, last=LAST_YEAR)
        )
    return day


def working_days(first: date, count: int) -> list[date]:
    """``count`` days from ``first`` on, Monday to Friday, French public holidays left out."""
    return list(_take(count, (day for day in _days_from(first) if is_working_day(day))))


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(days=1)


def _take(count: int, days: Iterator[date]) -> Iterator[date]:
    for _n in range(count):
        yield next(days)


def open_windows(site: SiteSpec, day: date) -> list[tuple[int, int]]:
    """When the site is open on a day, as (from, to) minutes since midnight. No hours given: always open.

    Raises UserError when the hours cannot be read.
    """
    if not site.opening_hours.strip():
        return [(0, DAY_MIN)]
    try:
        return _windows(site.opening_hours, day)
    except Exception as error:
        raise UserError(
            _(
                "Horaires illisibles pour %(site)s : « %(hours)s ».",
                site=site.name,
                hours=site.opening_hours,
            )
        ) from error


@lru_cache(maxsize=200_000)
def _windows(hours: str, day: date) -> list[tuple[int, int]]:
    midnight = datetime.combine(day, time())
    windows: list[tuple[int, int]] = []
    for begin, end, state, _comment in _opening_hours(hours).intervals(
        midnight, midnight + timedelta(days=1)
    ):
        if state != State.OPEN:
            continue
        first, last = _minute(begin, midnight), _minute(end, midnight)
        if windows and windows[-1][1] == first:  # two rules that meet: open all along
            first = windows.pop()[0]
        windows.append((first, last))
    return windows


@lru_cache(maxsize=5_000)
def _opening_hours(hours: str) -> OpeningHours:
    return OpeningHours(hours, country="FR")


def _minute(at: datetime | None, midnight: datetime) -> int:
    return DAY_MIN if at is None else min(DAY_MIN, int((at - midnight).total_seconds()) // 60)


def visit_windows(site: SiteSpec, day: date) -> list[tuple[int, int]]:
    """When the site's visit may start on a day, as inclusive (first, last) minutes; none where it may not come."""
    if (
        day in site.blocked
        or (site.days is not None and day not in site.days)
        or (site.not_before is not None and day < site.not_before)
        or (site.deadline is not None and day > site.deadline)
    ):
        return []
    return [
        (begin, end - site.visit_min)
        for begin, end in open_windows(site, day)
        if end - site.visit_min >= begin
    ]
