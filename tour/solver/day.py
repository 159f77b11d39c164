"""A pair's day as a planner arranged it by hand: its hours, and every rule it breaks, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tour import wording
from tour.i18n import gettext as _
from tour.solver.problem import PairSpec, Problem, SiteSpec, open_windows
from tour.travel.matrix import Source


@dataclass(frozen=True)
class Stop:
    """A visit in a day, minutes since midnight."""

    site: int
    start_min: int
    end_min: int
    drive_before_min: int
    drive_after_min: int  # back to the base after the day's last visit, else 0
    drive_source: Source = Source.STRAIGHT  # where the minutes of the drive before come from


@dataclass(frozen=True)
class Broken:
    """A rule that does not hold: for a visit (its number in the problem) or for the whole day."""

    site: int | None
    text: str


@dataclass(frozen=True)
class Day:
    """One pair's day: hours are worked out from the order of visits, drives and opening hours."""

    stops: tuple[Stop, ...]
    lunch_min: int | None
    back_min: int
    drive_min: int
    broken: tuple[Broken, ...]


def lay_out(problem: Problem, pair: int, day: date, order: Sequence[int]) -> Day:
    """The hours of a day for visits in this order: as early as opening hours, pins and lunch allow.

    A rule that cannot hold is named and passed over, so that the day can be shown and mended.
    """
    lunches = problem.pairs[pair].lunches and order
    tried = [
        timed(problem, pair, day, order, lunch_at)
        for lunch_at in (range(2 * len(order) + 2) if lunches else [None])
    ]
    least: Day | None = None
    for hours in sorted(tried, key=lambda laid: laid.back_min):
        laid = checked(problem, pair, day, order, hours)
        if not laid.broken:
            return laid
        if least is None or len(laid.broken) < len(least.broken):
            least = laid
    assert least is not None
    return least


def checked(problem: Problem, pair: int, day: date, order: Sequence[int], hours: Day) -> Day:
    """The same hours with every rule they break."""
    broken = [
        *hours.broken,
        *of_the_day(problem, pair, day, order, hours.back_min, hours.drive_min),
    ]
    for stop in hours.stops:
        broken += of_the_visit(problem, pair, day, stop)
    return replace(hours, broken=tuple(broken)) if broken else hours


def timed(
    problem: Problem, pair: int, day: date, order: Sequence[int], lunch_at: int | None
) -> Day:
    """Hours with lunch at one place: number 2n is before the n-th drive, 2n + 1 on arriving from it.

    Only what could not be in time is named; see ``checked``.
    """
    spec = problem.pairs[pair]
    now, place = spec.start_min, problem.starts_at(pair, day)
    stops: list[Stop] = []
    late: list[Broken] = []
    lunch: int | None = None

    def eat(at: int, now: int) -> int:
        nonlocal lunch
        if at != lunch_at:
            return now
        lunch = max(now, spec.lunch_from_min)
        if lunch + spec.lunch_min > spec.lunch_to_min:
            late.append(Broken(None, _("pas de place pour le déjeuner")))
        return lunch + spec.lunch_min

    for number, site in enumerate(order):
        now = eat(2 * number, now)
        here = problem.place_of_site(site)
        drive = int(problem.minutes[place, here])
        now = eat(2 * number + 1, now + drive) + problem.sites[site].setup_min
        start = starts(problem.sites[site], day, now)
        if start < now:
            late.append(Broken(site, _("on n’y serait qu’à %(hour)s", hour=clock(now))))
        end = start + problem.sites[site].visit_min
        stops.append(Stop(site, start, end, drive, 0, problem.source_of(place, here)))
        now, place = max(now, end), here
    now = eat(2 * len(order), now)
    home = int(problem.minutes[place, problem.ends_at(pair, day)])
    now = eat(2 * len(order) + 1, now + home)
    if stops:
        stops[-1] = replace(stops[-1], drive_after_min=home)
    drive = sum(stop.drive_before_min + stop.drive_after_min for stop in stops)
    return Day(tuple(stops), lunch, now, drive, tuple(late))


def starts(site: SiteSpec, day: date, now: int) -> int:
    """When the visit starts, coming at ``now``: its agreed hour, else the next opening; at once when there is none."""
    if site.pin and site.pin.day == day:
        return site.pin.start_min
    return next(
        (
            max(now, begin)
            for begin, end in open_windows(site, day)
            if max(now, begin) + site.visit_min <= end
        ),
        now,
    )


def of_the_day(
    problem: Problem, pair: int, day: date, order: Sequence[int], back: int, drive: int
) -> Iterator[Broken]:
    spec = problem.pairs[pair]
    if not order:
        return
    if not spec.works(day):
        away = day in spec.absences
        yield Broken(
            None,
            _("%(pair)s est absent ce jour-là", pair=spec.name)
            if away
            else _("%(pair)s ne travaille pas ce jour-là", pair=spec.name),
        )
    elif day not in problem.days and not all(agreed(problem, pair, day, site) for site in order):
        yield Broken(None, _("jour hors de la période ou déjà passé"))
    if back > spec.end_min:
        yield Broken(
            None,
            _(
                "retour à %(hour)s, %(late)s min après la fin de la journée",
                hour=clock(back),
                late=back - spec.end_min,
            ),
        )
    if spec.max_drive_min is not None and drive > spec.max_drive_min:
        yield Broken(
            None,
            _("%(drive)s min de route, limite %(limit)s", drive=drive, limit=spec.max_drive_min),
        )
    if spec.max_visits is not None and len(order) > spec.max_visits:
        yield Broken(
            None, _("%(count)s visites, limite %(limit)s", count=len(order), limit=spec.max_visits)
        )


def agreed(problem: Problem, pair: int, day: date, site: int) -> bool:
    """Whether the visit is where its manager expects it."""
    pin = problem.sites[site].pin
    return pin is not None and (pin.pair, pin.day) == (problem.pairs[pair].id, day)


def of_the_visit(problem: Problem, pair: int, day: date, stop: Stop) -> Iterator[Broken]:
    """What was agreed with the manager holds whatever the opening hours say."""
    site, spec = problem.sites[stop.site], problem.pairs[pair]
    if site.pin is None:
        texts = [*on_that_day(site, day), *at_that_hour(site, day, stop), *by_that_pair(site, spec)]
    elif agreed(problem, pair, day, stop.site):
        texts = []
    else:
        told = {"day": day_and_month(site.pin.day), "hour": clock(site.pin.start_min)}
        texts = [_("fixée au %(day)s à %(hour)s avec son responsable", **told)]
    yield from (Broken(stop.site, text) for text in texts)


def on_that_day(site: SiteSpec, day: date) -> Iterator[str]:
    if site.days is not None and day not in site.days:
        yield _("verrouillée au %(day)s", day=", ".join(map(day_and_month, sorted(site.days))))
    if day in site.blocked:
        yield _("date refusée ou bloquée par le site")
    if site.not_before and day < site.not_before:
        yield _("pas avant le %(day)s", day=day_and_month(site.not_before))
    if site.deadline and day > site.deadline:
        yield _("échéance le %(day)s", day=day_and_month(site.deadline))


def at_that_hour(site: SiteSpec, day: date, stop: Stop) -> Iterator[str]:
    windows = open_windows(site, day)
    if not windows:
        yield _("site fermé ce jour-là")
    elif not any(begin <= stop.start_min and stop.end_min <= end for begin, end in windows):
        yield _(
            "site fermé de %(start)s à %(end)s",
            start=clock(stop.start_min),
            end=clock(stop.end_min),
        )


def by_that_pair(site: SiteSpec, pair: PairSpec) -> Iterator[str]:
    if site.pair is not None and site.pair != pair.id:
        yield _("verrouillée à un autre binôme")
    if missing := site.skills - pair.skills:
        yield _("le binôme n’a pas : %(skills)s", skills=", ".join(sorted(missing)))


def best_order(
    problem: Problem, pair: int, day: date, order: Sequence[int], site: int
) -> list[int]:
    """The order with one more visit where it breaks least, then drives least, then is back earliest."""
    orders = [[*order[:at], site, *order[at:]] for at in range(len(order) + 1)]

    def price(candidate: list[int]) -> tuple[int, int, int]:
        laid = lay_out(problem, pair, day, candidate)
        return len(laid.broken), laid.drive_min, laid.back_min

    return min(orders, key=price)


def day_and_month(day: date) -> str:
    return f"{day:%d/%m}"


def clock(minutes: int) -> str:
    return wording.clock(minutes // 60, f"{minutes % 60:02d}")
