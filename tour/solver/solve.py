"""From a problem to a plan: pins first, a quick full plan, then improvement piece by piece until time is up."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from tour.solver.balance import balance, loads
from tour.solver.engine import Engine, Route, Slot
from tour.solver.first import NoTime, fill, first_plan, from_present, squeeze_in, unplaced
from tour.solver.improve import Improver
from tour.solver.pins import settle_pins
from tour.solver.problem import Problem
from tour.solver.reasons import Unserved, left_nowhere, reasons
from tour.travel.matrix import Source

__all__ = ["Answer", "Lunch", "NoTime", "Placed", "Progress", "Unserved", "solve"]


@dataclass(frozen=True)
class Progress:
    """How far the solver is, after each step."""

    elapsed_s: float
    served: int
    drive_min: int
    phase: str  # "first", "improve" or "balance"


@dataclass(frozen=True)
class Placed:
    """A visit in the plan, minutes since midnight.

    It lasts from ``start_min`` to ``end_min``, the length of the visit alone. Setting up comes after arriving and
    ends at ``start_min``: the one before (or the base), ``drive_before_min``, ``setup_min``, then the visit.
    """

    site: str
    pair: str
    day: date
    start_min: int
    end_min: int
    drive_before_min: int  # from the visit before, or from the base
    drive_after_min: int  # back to the base after the day's last visit, else 0
    drive_source: Source = Source.STRAIGHT  # where the minutes of the drive before come from


@dataclass(frozen=True)
class Lunch:
    pair: str
    day: date
    start_min: int
    end_min: int


@dataclass(frozen=True)
class Answer:
    """A full answer: every site is either in ``visits`` or in ``unserved``."""

    visits: list[Placed]
    lunches: list[Lunch]
    unserved: list[Unserved]
    totals: dict[str, float]
    curve: list[tuple[float, int, int]]  # seconds, sites served, minutes driven
    first_plan_seconds: float
    clashes: list[str] = field(default_factory=list)  # pins that break a constraint, in words


def solve(
    problem: Problem,
    *,
    seconds: float = 10,
    rounds: int | None = None,
    seed: int = 1,
    threads: int = 1,
    present: Iterable[tuple[str, date, str]] = (),
    repair: bool = False,
    balance_percent: int | None = None,
    on_progress: Callable[[Progress], bool] | None = None,
) -> Answer:
    """Plans a campaign: serves as many sites as possible, by priority, then drives as little as possible.

    Stops after ``seconds``, or after ``rounds`` improvement steps when given (then the same seed gives the same
    plan on every machine), when ``on_progress`` returns False, or when nothing is left to try; the best plan so
    far is the answer. ``present`` is the plan to start from: (pair, day, site) in each day's order; ``repair`` keeps it
    and only finds room for what is missing. ``balance_percent`` shares hours of visits out between pairs, in the last
    two thirds of the time; ``totals`` then has its price in minutes of drive. A pinned visit is never lost: one that clashes stays where it is and is named in ``clashes``.
    Raises NoTime when ``seconds`` are over before the first plan, UserError when opening hours cannot be read.
    """
    began = time.monotonic()
    engine = Engine(problem)
    pins = settle_pins(engine)
    slots = [slot for slot in engine.slots() if slot not in pins.frozen]
    slots += [slot for slot in pins.alone if slot not in set(slots)]
    held = {site for route in pins.frozen.values() for site in route.sites}
    sites = [site for site in range(len(problem.sites)) if site not in held]
    curve: list[tuple[float, int, int]] = []

    def report(routes: dict[Slot, Route], phase: str) -> bool:
        elapsed = time.monotonic() - began
        served, drive = count(engine, routes | pins.frozen)
        if not curve or curve[-1][1:] != (served, drive):
            curve.append((round(elapsed, 2), served, drive))
        if on_progress is None:
            return True
        return on_progress(Progress(elapsed, served, drive, phase)) is not False

    until = math.inf if rounds is not None else began + seconds
    if given := by_slot(engine, present, set(held)):
        routes = from_present(engine, slots, given, threads=threads)
        routes = pins.kept(routes if repair else fill(engine, slots, sites, routes, threads))
    else:
        routes = pins.kept(first_plan(engine, slots, sites, threads=threads, until=until))
    first_seconds = time.monotonic() - began
    going = report(routes, "first")
    if repair:
        routes = squeeze_in(engine, slots, sites, routes)
    dice = random.Random(seed)
    improver = Improver(engine, slots, sites, routes, dice, threads, only_more=repair)
    step, improving_until = 0, until - seconds * 2 / 3 if balance_percent is not None else until
    while going and time.monotonic() < improving_until and (rounds is None or step < rounds):
        if not improver.step():
            break
        step += 1
        going = report(improver.routes, "improve")
    routes = squeeze_in(engine, slots, sites, improver.routes)
    driven = count(engine, routes)[1]
    if balance_percent is not None and going:
        routes = balance(engine, slots, routes, balance_percent, until - seconds / 6)
        # What the exchanges cost is partly won back inside each pair's own days, which leaves its hours as they are.
        improver = Improver(engine, slots, sites, routes, dice, threads, within_pairs=True)
        step = 0
        while going and time.monotonic() < until and (rounds is None or step < rounds):
            if not improver.step():
                break
            step += 1
            going = report(improver.routes, "balance")
        routes = improver.routes
    if routes != improver.routes:
        report(routes, "improve")
    price = (
        {} if balance_percent is None else {"balance_price_min": count(engine, routes)[1] - driven}
    )
    away = {slot: Route() for slot in engine.slots() if engine.drive_min(slot, Route())}
    left = reasons(engine, slots, unplaced(sites, routes), routes)
    left += [left_nowhere(site) for site in problem.nowhere]
    answer = answer_of(engine, away | routes | pins.frozen, left)
    return replace(
        answer,
        curve=curve,
        first_plan_seconds=round(first_seconds, 2),
        clashes=pins.clashes,
        totals=answer.totals | price,
    )


def by_slot(
    engine: Engine, present: Iterable[tuple[str, date, str]], held: set[int]
) -> dict[Slot, list[int]]:
    """A plan in the problem's numbers; pairs and sites that are no longer part of it are left out."""
    number = {site.id: n for n, site in enumerate(engine.problem.sites)}
    found: dict[Slot, list[int]] = {}
    for pair, day, site in present:
        if pair in engine.pair_index and site in number and number[site] not in held:
            found.setdefault(Slot(engine.pair_index[pair], day), []).append(number[site])
    return found


def count(engine: Engine, routes: dict[Slot, Route]) -> tuple[int, int]:
    """Sites served and minutes driven."""
    served = sum(len(route.stops) for route in routes.values())
    return served, sum(engine.drive_min(slot, route) for slot, route in routes.items())


def answer_of(engine: Engine, routes: dict[Slot, Route], unserved: list[Unserved]) -> Answer:
    """Routes in a planner's words, in the order of days, pairs and hours."""
    visits: list[Placed] = []
    lunches: list[Lunch] = []
    for slot, route in sorted(routes.items(), key=lambda item: (item[0].day, item[0].pair)):
        visits += visits_of_day(engine.problem, slot, route)
        if route.lunch_min is not None:
            pair = engine.problem.pairs[slot.pair]
            lunches.append(
                Lunch(pair.id, slot.day, route.lunch_min, route.lunch_min + pair.lunch_min)
            )
    served, drive = count(engine, routes)
    shares = loads(engine, engine.slots(), routes)
    return Answer(
        visits=visits,
        lunches=lunches,
        unserved=unserved,
        totals={
            "served": served,
            "unserved": len(unserved),
            "drive_min": drive,
            "visit_min": sum(visit.end_min - visit.start_min for visit in visits),
            "pair_days": sum(1 for route in routes.values() if route.stops),
            "spread_percent": round(max((abs(n - 1) for n in shares.values()), default=0) * 100),
            "km": round(
                sum(
                    engine.problem.path_km(slot.pair, slot.day, route.sites)
                    for slot, route in routes.items()
                ),
                1,
            ),
        },
        curve=[],
        first_plan_seconds=0.0,
    )


def visits_of_day(problem: Problem, slot: Slot, route: Route) -> Iterator[Placed]:
    before, home = problem.starts_at(slot.pair, slot.day), problem.ends_at(slot.pair, slot.day)
    for site, start in route.stops:
        spec, place = problem.sites[site], problem.place_of_site(site)
        last = site == route.sites[-1]
        yield Placed(
            site=spec.id,
            pair=problem.pairs[slot.pair].id,
            day=slot.day,
            start_min=start,
            end_min=start + spec.visit_min,
            drive_before_min=int(problem.minutes[before, place]),
            drive_after_min=int(problem.minutes[place, home]) if last else 0,
            drive_source=problem.source_of(before, place),
        )
        before = place
