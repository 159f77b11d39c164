"""The campaign in OR-Tools' words: a vehicle for each pair's day on one time axis, each site's windows as holes in it.

https://developers.google.com/optimization/routing/vrptw; guided local search from a cheapest insertion.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from tests.bench.plan import Diary, Plan
from tour.solver.engine import Engine
from tour.solver.problem import DAY_MIN, Problem

DROPPED = 5_000  # minutes that leaving a site out costs


def plan(problem: Problem, seconds: float) -> Plan:
    engine = Engine(problem)
    slots = engine.slots()
    pairs = len(problem.pairs)
    bases = [slot.pair for slot in slots]
    minutes = problem.minutes.tolist()
    lengths = [0] * pairs + [site.visit_min for site in problem.sites]
    manager = pywrapcp.RoutingIndexManager(len(minutes), len(slots), bases, bases)
    routing = pywrapcp.RoutingModel(manager)

    node = [
        manager.IndexToNode(i) for i in range(routing.Size() + len(slots))
    ]  # the ends come after the sites and the starts

    def drive(start: int, end: int) -> int:
        return int(minutes[node[start]][node[end]])

    def drive_and_visit(start: int, end: int) -> int:
        return lengths[node[start]] + int(minutes[node[start]][node[end]])

    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitCallback(drive))
    horizon = ((problem.days[-1] - engine.first_day).days + 1) * DAY_MIN
    transit = routing.RegisterTransitCallback(drive_and_visit)
    routing.AddDimension(transit, horizon, horizon, False, "time")
    axis = routing.GetDimensionOrDie("time")
    for number, slot in enumerate(slots):
        pair, midnight = problem.pairs[slot.pair], engine.midnight(slot.day)
        first, last = midnight + pair.start_min, midnight + pair.end_min
        axis.CumulVar(routing.Start(number)).SetRange(first, last)
        axis.CumulVar(routing.End(number)).SetRange(first, last)
    for site in range(len(problem.sites)):
        index = manager.NodeToIndex(problem.place_of_site(site))
        routing.AddDisjunction([index], DROPPED)
        windows = sorted(engine.starts(site))
        if not windows:
            continue
        hours = axis.CumulVar(index)
        hours.SetRange(windows[0][0], windows[-1][1])
        for (_a, before), (after, _b) in pairwise(windows):
            if after > before + 1:
                hours.RemoveInterval(before + 1, after - 1)

    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    asked.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    asked.time_limit.FromTimedelta(timedelta(seconds=seconds))
    solution = routing.SolveWithParameters(asked)
    found = Diary(problem)
    for number, slot in enumerate(slots if solution else []):
        stops, index = [], solution.Value(routing.NextVar(routing.Start(number)))
        while not routing.IsEnd(index):
            start = solution.Min(axis.CumulVar(index)) - engine.midnight(slot.day)
            stops.append((manager.IndexToNode(index) - pairs, start))
            index = solution.Value(routing.NextVar(index))
        if stops:
            found.day(slot, stops, None)
    return found.plan()
