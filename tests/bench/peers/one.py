"""One run of one solver, for ``__main__``: ``python -m tests.bench.peers.one SOLVER SIZE SECONDS``; prints JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from tests.bench.peers.campaigns import bench_of
from tests.bench.plan import Diary, Plan, nearest_neighbour
from tour.planning.files import plan_json
from tour.solver.engine import Engine
from tour.solver.problem import Problem
from tour.solver.solve import solve


def main(solver: str, size: int, seconds: float) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    problem = bench_of(size, Path(os.environ["REAL"])).problem
    began, note = time.monotonic(), ""
    if solver == "ours":
        answer = solve(problem, seconds=seconds, threads=1)
        plan = plan_json(problem, answer, seconds=seconds, seed=1)
        note = f"first full plan after {answer.first_plan_seconds:.1f} s"
    elif solver == "VROOM":
        plan, note = vroom_alone(problem, seconds)
    elif solver == "PyVRP":
        from tests.bench.peers import by_pyvrp

        plan = by_pyvrp.plan(problem, seconds)
    elif solver == "OR-Tools":
        from tests.bench.peers import by_ortools

        plan = by_ortools.plan(problem, seconds)
    else:
        plan = nearest_neighbour(problem)
    print(json.dumps({"plan": plan, "took": time.monotonic() - began, "note": note}))


def vroom_alone(problem: Problem, seconds: float) -> tuple[Plan, str]:
    """The whole campaign in one go, at the greatest effort that ends in time (its limit only holds between searches)."""
    best: tuple[Plan, str] | None = None
    for level in range(6):
        began = time.monotonic()
        plan = vroom_at(problem, level, seconds)
        took = time.monotonic() - began
        if best is None or took <= seconds:
            best = plan, f"level {level} in {took:.1f} s"
        if took * 1.5 > seconds:
            break
    assert best is not None
    return best


def vroom_at(problem: Problem, level: int, seconds: float) -> Plan:
    engine = Engine(problem)
    asked = engine.ask(engine.slots(), range(len(problem.sites)), engine.jobs)
    assert asked is not None
    solution = asked.solve(level, nb_threads=1, timeout=timedelta(seconds=seconds))
    found = Diary(problem)
    for slot, route in engine.routes(solution).items():
        found.day(slot, list(route.stops), route.lunch_min)
    return found.plan()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
