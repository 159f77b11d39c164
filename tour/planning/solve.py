"""From a problem to a plan: pins first, a quick full plan, then improvement piece by piece until time is up."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from tour.i18n import gettext as _
from tour.planning.engine import Engine, Route, Slot
from tour.planning.improve import Improver
from tour.planning.problem import PairSpec, Problem
from tour.planning.reasons import Unserved, reasons

FIRST_LEVEL = 0  # VROOM's lightest effort: a full plan of 200 sites in under a second
PIECE_SITES = 120  # more sites than this are cut into pieces for the first plan


@dataclass(frozen=True)
class Progress:
    """How far the solver is, after each step."""

    elapsed_s: float
    served: int
    drive_min: int
    phase: str  # "first" or "improve"


@dataclass(frozen=True)
class Placed:
    """A visit in the plan, minutes since midnight. Setting up ends at ``start_min``; see plan.json's words."""

    site: str
    pair: str
    day: date
    start_min: int
    end_min: int
    drive_before_min: int
    drive_after_min: int


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
    clashes: list[str] = field(
        default_factory=list
    )  # pinned visits that break a constraint, in words


def solve(
    problem: Problem,
    *,
    seconds: float = 10,
    rounds: int | None = None,
    seed: int = 1,
    threads: int = 1,
    on_progress: Callable[[Progress], bool] | None = None,
) -> Answer:
    """Plans a campaign: serves as many sites as possible, by priority, then drives as little as possible.

    Stops after ``seconds``, or after ``rounds`` improvement steps when given (then the same seed gives the same
    plan on every machine), or when ``on_progress`` returns False; the best plan so far is the answer.
    A pinned visit is never lost: one that clashes stays where it is and is named in ``clashes``.
    """
    began = time.monotonic()
    engine = Engine(problem)
    dice = random.Random(seed)
    frozen, clashes = settle_pins(engine)
    free = [slot for slot in engine.slots() if slot not in frozen]
    pinned_slots = {slot for n in range(len(problem.sites)) if (slot := engine.pinned_slot(n))}
    slots = list(
        dict.fromkeys([*free, *sorted(pinned_slots - set(frozen), key=lambda s: (s.day, s.pair))])
    )
    held = {site for route in frozen.values() for site in route.sites}
    sites = [n for n in range(len(problem.sites)) if n not in held]

    curve: list[tuple[float, int, int]] = []

    def report(routes: dict[Slot, Route], phase: str) -> bool:
        elapsed = time.monotonic() - began
        served, drive = count(problem, {**routes, **frozen})
        if not curve or curve[-1][1:] != (served, drive):
            curve.append((round(elapsed, 2), served, drive))
        return (
            on_progress is None or on_progress(Progress(elapsed, served, drive, phase)) is not False
        )

    routes = first_plan(engine, slots, sites, threads)
    first_seconds = time.monotonic() - began
    going = report(routes, "first")
    improver = Improver(engine, slots, sites, routes, dice, threads)
    step = 0
    while going and (step < rounds if rounds is not None else time.monotonic() - began < seconds):
        if not improver.step():
            break
        step += 1
        going = report(improver.routes, "improve")
    return answer_of(engine, {**improver.routes, **frozen}, curve, first_seconds, clashes, slots)


def first_plan(
    engine: Engine, slots: list[Slot], sites: list[int], threads: int
) -> dict[Slot, Route]:
    """A full plan, quickly: in one go when small, else piece by piece, then what was left over on what is empty."""
    if len(sites) <= 2 * PIECE_SITES:
        return engine.solve(slots, sites, level=FIRST_LEVEL, threads=threads)
    routes: dict[Slot, Route] = {}
    for piece_slots, piece_sites in pieces(engine, slots, sites):
        routes |= engine.solve(piece_slots, piece_sites, level=FIRST_LEVEL, threads=threads)
    placed = {site for route in routes.values() for site in route.sites}
    left = [site for site in sites if site not in placed]
    empty = [slot for slot in slots if slot not in routes]
    for begin in range(0, len(left), PIECE_SITES):
        chunk = left[begin : begin + PIECE_SITES]
        found = engine.solve(empty[: 3 * PIECE_SITES], chunk, level=FIRST_LEVEL, threads=threads)
        routes |= found
        empty = [slot for slot in empty if slot not in found]
    return routes


def pieces(
    engine: Engine, slots: list[Slot], sites: list[int]
) -> Iterable[tuple[list[Slot], list[int]]]:
    """Cuts a large campaign: each site to its nearest base, swept around it; each piece gets its share of days.

    Pinned visits go with the slots they are pinned to, so a piece holds both or neither.
    """
    problem = engine.problem
    by_pair: dict[int, list[int]] = {n: [] for n in range(len(problem.pairs))}
    days_of = {n: [slot for slot in slots if slot.pair == n] for n in by_pair}
    open_pairs = [n for n in by_pair if days_of[n]]
    for site in sites:
        pinned = engine.pinned_slot(site)
        place = problem.place_of_site(site)
        nearest = min(open_pairs, key=lambda n: (int(problem.minutes[n, place]), n))
        by_pair[pinned.pair if pinned else nearest].append(site)
    for pair, own in by_pair.items():
        own.sort(key=lambda n: (bearing(problem.pairs[pair], problem, n), n))
        parts = max(1, round(len(own) / PIECE_SITES))
        for part in range(parts):
            chunk = own[part * len(own) // parts : (part + 1) * len(own) // parts]
            days = days_of[pair][part::parts]
            pinned_here = {slot for site in chunk if (slot := engine.pinned_slot(site))}
            elsewhere = {
                slot
                for site in own
                if site not in chunk and (slot := engine.pinned_slot(site)) is not None
            }
            yield (
                list(dict.fromkeys([*(s for s in days if s not in elsewhere), *pinned_here])),
                chunk,
            )


def bearing(pair: PairSpec, problem: Problem, site: int) -> float:
    """The direction of a site from a base, in radians; good enough to sweep."""
    spec = problem.sites[site]
    return math.atan2(spec.lat - pair.lat, (spec.lon - pair.lon) * math.cos(math.radians(pair.lat)))


def settle_pins(engine: Engine) -> tuple[dict[Slot, Route], list[str]]:
    """The days whose pins clash, as they stand, and what clashes, in words.

    A day whose pins fit together is left to the solver; one where they do not keeps them all and gets nothing else.
    """
    problem = engine.problem
    by_slot: dict[Slot, list[int]] = {}
    clashes: list[str] = []
    for number, site in enumerate(problem.sites):
        if slot := engine.pinned_slot(number):
            by_slot.setdefault(slot, []).append(number)
        elif site.pin:
            clashes.append(
                _(
                    "%(site)s : le binôme de sa visite ne fait pas partie de la campagne.",
                    site=site.name,
                )
            )
    frozen: dict[Slot, Route] = {}
    for slot, pinned in by_slot.items():
        pair = problem.pairs[slot.pair]
        found = engine.solve([slot], pinned, level=1).get(slot, Route())
        lost = [n for n in pinned if n not in found.sites]
        if not pair.works(slot.day):
            lost = lost or pinned
        if not lost:
            continue
        stops = sorted(
            ((n, pin.start_min) for n in pinned if (pin := problem.sites[n].pin)),
            key=lambda s: s[1],
        )
        frozen[slot] = Route(tuple(stops), None)
        names = ", ".join(problem.sites[n].name for n in lost)
        clashes.append(
            _(
                "%(day)s, %(pair)s : %(sites)s ne tient pas dans la journée (horaires, route, déjeuner ou absence).",
                day=f"{slot.day:%d/%m/%Y}",
                pair=pair.name,
                sites=names,
            )
        )
    return frozen, clashes


def count(problem: Problem, routes: dict[Slot, Route]) -> tuple[int, int]:
    """Sites served and minutes driven."""
    return sum(len(r.stops) for r in routes.values()), sum(
        drive_min(problem, s, r) for s, r in routes.items()
    )


def drive_min(problem: Problem, slot: Slot, route: Route) -> int:
    """Minutes driven in a day, from the base and back."""
    if not route.stops:
        return 0
    places = [slot.pair, *(problem.place_of_site(site) for site in route.sites), slot.pair]
    return sum(int(problem.minutes[a, b]) for a, b in zip(places, places[1:], strict=False))


def answer_of(
    engine: Engine,
    routes: dict[Slot, Route],
    curve: list[tuple[float, int, int]],
    first_seconds: float,
    clashes: list[str],
    slots: list[Slot],
) -> Answer:
    problem = engine.problem
    visits: list[Placed] = []
    lunches: list[Lunch] = []
    km = 0.0
    for slot, route in sorted(routes.items(), key=lambda item: (item[0].day, item[0].pair)):
        pair = problem.pairs[slot.pair]
        before = slot.pair
        for number, (site, start) in enumerate(route.stops):
            spec, place = problem.sites[site], problem.place_of_site(site)
            last = number == len(route.stops) - 1
            visits.append(
                Placed(
                    site=spec.id,
                    pair=pair.id,
                    day=slot.day,
                    start_min=start,
                    end_min=start + spec.visit_min,
                    drive_before_min=int(problem.minutes[before, place]),
                    drive_after_min=int(problem.minutes[place, slot.pair]) if last else 0,
                )
            )
            km += float(problem.km[before, place]) + (
                float(problem.km[place, slot.pair]) if last else 0.0
            )
            before = place
        if route.stops and route.lunch_min is not None:
            lunches.append(
                Lunch(pair.id, slot.day, route.lunch_min, route.lunch_min + pair.lunch_min)
            )
    placed = {site for route in routes.values() for site in route.sites}
    unserved = reasons(engine, [n for n in range(len(problem.sites)) if n not in placed], slots)
    served, drive = count(problem, routes)
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
            "km": round(km, 1),
        },
        curve=curve,
        first_plan_seconds=round(first_seconds, 2),
        clashes=clashes,
    )
