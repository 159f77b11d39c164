"""Hours of visits shared out between pairs: days or visits of the busiest go to the least busy, the cheapest first."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tour.solver.engine import Engine, Route, Slot

LEVEL = 1
TAKING = 5  # days of the pair that takes over, offered with as many empty ones
WHOLE, SINGLE = (
    4,
    4,
)  # days and single visits tried each time, those nearest to the pair that would take them


def balance(
    engine: Engine,
    slots: list[Slot],
    routes: dict[Slot, Route],
    percent: int,
    until: float,
) -> dict[Slot, Route]:
    """The same sites with every pair's hours of visits within ``percent`` of its share, or as near as could be found.

    A pair's share follows its working hours in the period. Stops when the monotonic clock passes ``until``.
    """
    while time.monotonic() < until and worst(engine, slots, routes) * 100 > percent:
        best: tuple[float, dict[Slot, Route]] | None = None
        for changed in exchanges(engine, slots, routes):
            gain = uneven(engine, slots, routes) - uneven(engine, slots, changed)
            if gain > 0:
                price = (drive(engine, changed) - drive(engine, routes)) / gain
                if best is None or price < best[0]:
                    best = price, changed
            if time.monotonic() >= until:
                break
        if best is None:
            break
        routes = best[1]
    return routes


def exchanges(
    engine: Engine, slots: list[Slot], routes: dict[Slot, Route]
) -> Iterator[dict[Slot, Route]]:
    """The plans in which a day or a visit of the busiest pair is done by one of the two least busy."""
    shares = sorted(loads(engine, slots, routes).items(), key=lambda item: (item[1], item[0]))
    if len(shares) < 2:
        return
    busiest = shares[-1][0]
    days = [slot for slot in routes if slot.pair == busiest]
    minutes, place = engine.problem.minutes, engine.problem.place_of_site
    for taker, _share in shares[:2]:
        if taker == busiest:
            continue

        def far(sites: list[int], taker: int = taker) -> int:
            return max(int(minutes[taker, place(site)]) for site in sites)

        free = [[site for site in routes[slot].sites if site not in engine.pins] for slot in days]
        whole = sorted(filter(None, free), key=far)[:WHOLE]
        single = sorted(([site] for sites in free for site in sites), key=far)[:SINGLE]
        for given in [*whole, *single]:
            changed = give(engine, slots, routes, given, taker)
            if changed is not None:
                yield changed


def give(
    engine: Engine, slots: list[Slot], routes: dict[Slot, Route], given: list[int], taker: int
) -> dict[Slot, Route] | None:
    """The plan with these visits made by another pair; none when it cannot take them all."""
    minutes, place = engine.problem.minutes, engine.problem.place_of_site

    def away(slot: Slot) -> int:
        return min(int(minutes[place(a), place(b)]) for a in given for b in routes[slot].sites)

    own = [slot for slot in slots if slot.pair == taker]
    busy = sorted((slot for slot in own if slot in routes), key=lambda s: (away(s), s.day))[:TAKING]
    empty = [
        slot for slot in own if slot not in routes and any(engine.may_come(slot, s) for s in given)
    ]
    wanted = [site for slot in busy for site in routes[slot].sites] + given
    found = engine.solve([*busy, *empty[:TAKING]], wanted, level=LEVEL)
    if sum(len(route.stops) for route in found.values()) < len(wanted):
        return None
    changed = {slot: route for slot, route in routes.items() if slot not in busy}
    for slot, route in list(changed.items()):
        left = [site for site in route.sites if site not in given]
        if len(left) < len(route.sites):
            del changed[slot]
            shorter = engine.solve([slot], left, level=LEVEL) if left else {}
            if sum(len(r.stops) for r in shorter.values()) < len(left):
                return None
            changed |= shorter
    return changed | found


def loads(engine: Engine, slots: list[Slot], routes: dict[Slot, Route]) -> dict[int, float]:
    """Each pair's hours of visits over its share: 1 is exactly its share."""
    problem = engine.problem
    hours = {
        pair: sum(spec.end_min - spec.start_min for slot in slots if slot.pair == pair)
        for pair, spec in enumerate(problem.pairs)
    }
    visits = dict.fromkeys(hours, 0)
    for slot, route in routes.items():
        visits[slot.pair] += sum(problem.sites[site].visit_min for site in route.sites)
    per_hour = sum(visits.values()) / (sum(hours.values()) or 1)
    return {
        pair: visits[pair] / (hours[pair] * per_hour) for pair in hours if hours[pair] and per_hour
    }


def worst(engine: Engine, slots: list[Slot], routes: dict[Slot, Route]) -> float:
    """How far the pair least like its share is from it: 0.1 is ten per cent."""
    return max((abs(load - 1) for load in loads(engine, slots, routes).values()), default=0.0)


def uneven(engine: Engine, slots: list[Slot], routes: dict[Slot, Route]) -> float:
    return sum(abs(load - 1) for load in loads(engine, slots, routes).values())


def drive(engine: Engine, routes: dict[Slot, Route]) -> int:
    return sum(engine.drive_min(slot, route) for slot, route in routes.items())
