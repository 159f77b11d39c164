"""The campaign in PyVRP's words: a vehicle type for each pair's day, a profile for each kind of day.

PyVRP has one window per client and no days. Time is therefore that within a day; a site open at other hours on other
days, or twice a day, is a group of clients of which one is visited; and on the profile of a day when a window is
closed, getting there costs more than leaving the site out.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from tests.bench.plan import Diary, Plan
from tour.solver.engine import Engine, Slot
from tour.solver.problem import Problem, visit_windows

PRIZE = 5_000  # minutes that serving a site is worth
CLOSED = 20_000

Window = tuple[int, int, int]  # site, first and last minute at which its visit may start


def plan(problem: Problem, seconds: float) -> Plan:
    slots = Engine(problem).slots()
    by_day = {day: windows_of(problem, day) for day in problem.days}
    windows = sorted({window for day in by_day.values() for window in day})
    kinds = list(dict.fromkeys(frozenset(day) for day in by_day.values()))
    pairs = len(problem.pairs)
    places = [*range(pairs), *(problem.place_of_site(site) for site, _a, _b in windows)]
    minutes = problem.minutes[np.ix_(places, places)]

    groups, members = [], {}
    for number, (site, _first, _last) in enumerate(windows):
        members.setdefault(site, []).append(number)
    group_of = {}
    for site, clients in members.items():
        if len(clients) > 1:
            group_of[site] = len(groups)
            groups.append(pyvrp.ClientGroup(clients, required=False))

    spots = [pair_spot(problem, n) for n in range(pairs)] + [
        site_spot(problem, site) for site, _a, _b in windows
    ]
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(x, y) for x, y in spots],
        depots=[pyvrp.Depot(n) for n in range(pairs)],
        clients=[
            pyvrp.Client(
                pairs + n,
                service_duration=problem.sites[site].visit_min,
                tw_early=first,
                tw_late=last,
                prize=PRIZE,
                required=False,
                group=group_of.get(site),
            )
            for n, (site, first, last) in enumerate(windows)
        ],
        vehicle_types=[
            pyvrp.VehicleType(
                1,
                start_depot=slot.pair,
                end_depot=slot.pair,
                tw_early=problem.pairs[slot.pair].start_min,
                tw_late=problem.pairs[slot.pair].end_min,
                profile=kinds.index(frozenset(by_day[slot.day])),
            )
            for slot in slots
        ],
        distance_matrices=[dear(minutes, windows, kind, pairs) for kind in kinds],
        duration_matrices=[dear(minutes, windows, kind, pairs) for kind in kinds],
        groups=groups,
    )
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=1, display=False, collect_stats=False)
    return diary(problem, slots, windows, result.best)


def windows_of(problem: Problem, day: date) -> list[Window]:
    return [
        (n, first, last)
        for n, site in enumerate(problem.sites)
        for first, last in visit_windows(site, day)
    ]


def dear(
    minutes: np.ndarray, windows: list[Window], kind: frozenset[Window], pairs: int
) -> np.ndarray:
    """Minutes, with what is closed on this kind of day out of reach."""
    table = minutes.copy()
    closed = [pairs + n for n, window in enumerate(windows) if window not in kind]
    table[:, closed] += CLOSED
    np.fill_diagonal(table, 0)
    return table


def pair_spot(problem: Problem, pair: int) -> tuple[int, int]:
    spec = problem.pairs[pair]
    return round(spec.lon * 10_000), round(spec.lat * 10_000)


def site_spot(problem: Problem, site: int) -> tuple[int, int]:
    spec = problem.sites[site]
    return round(spec.lon * 10_000), round(spec.lat * 10_000)


def diary(problem: Problem, slots: list[Slot], windows: list[Window], best: pyvrp.Solution) -> Plan:
    """PyVRP's routes as a plan; hours are worked out anew from the order."""
    found = Diary(problem)
    for route in best.routes():
        slot = slots[route.vehicle_type()]
        now, place = problem.pairs[slot.pair].start_min, slot.pair
        stops = []
        for activity in route:
            if not activity.is_client():
                continue
            site, first, _last = windows[activity.idx]
            here = problem.place_of_site(site)
            start = max(first, now + int(problem.minutes[place, here]))
            stops.append((site, start))
            now, place = start + problem.sites[site].visit_min, here
        if stops:
            found.day(slot, stops, None)
    return found.plan()
