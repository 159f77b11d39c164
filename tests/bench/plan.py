"""Minutes driven on 200 made-up sites, 4 pairs, 25 days: ours, beside VROOM alone and a planner by hand.

``python -m tests.bench.plan``: some 45 s on one core. Every plan goes through the tests' checker before it is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.planning.campaigns import DAYS, FIRST_DAY, pair_rows, site_rows, write_csv
from tests.planning.checker import check
from tests.planning.conftest import matrix_of
from tour.planning.files import hour, make_problem, plan_json, read_pairs, read_sites
from tour.solver.engine import Engine, Slot
from tour.solver.problem import Problem, visit_windows, working_days
from tour.solver.solve import solve

SITES, PAIRS = site_rows(200), pair_rows()
OURS_S = (2.0, 10.0)
VROOM_LEVEL, VROOM_S = 5, 30.0  # its greatest effort, in a limit of time that is three times ours
Plan = dict[str, Any]


def main() -> None:
    problem = campaign()
    print(f"{len(problem.sites)} sites, {len(problem.pairs)} pairs, {len(problem.days)} days")
    print(f"{'':32}{'served':>8}{'min driven':>12}{'seconds':>9}{'ours 10 s is':>14}")
    rows = [
        ("nearest neighbour, by hand", *timed(lambda: nearest_neighbour(problem))),
        (f"VROOM alone, level {VROOM_LEVEL}", *timed(lambda: vroom_alone(problem))),
        *((f"VROOM + POPMUSIC, {n:g} s", *timed(lambda n=n: ours(problem, n))) for n in OURS_S),
    ]
    best = rows[-1][1]["totals"]["drive_min"]
    for name, plan, seconds in rows:
        must_hold(plan)
        totals = plan["totals"]
        ratio = best / totals["drive_min"]
        print(f"{name:32}{totals['served']:8}{totals['drive_min']:12}{seconds:9.1f}{ratio:14.3f}")


def timed(make: Callable[[], Plan]) -> tuple[Plan, float]:
    began = time.monotonic()
    plan = make()
    return plan, time.monotonic() - began


def campaign() -> Problem:
    with TemporaryDirectory() as folder:
        pairs = read_pairs(write_csv(Path(folder, "pairs.csv"), PAIRS))
        sites = read_sites(write_csv(Path(folder, "sites.csv"), SITES))
    return make_problem(sites, pairs, working_days(FIRST_DAY, DAYS), None)


def must_hold(plan: Plan) -> None:
    violations = check(SITES, PAIRS, matrix_of(SITES, PAIRS), plan, first=FIRST_DAY, days=DAYS)
    if violations:
        raise SystemExit("\n".join(violations))


def ours(problem: Problem, seconds: float) -> Plan:
    return plan_json(problem, solve(problem, seconds=seconds), seconds=seconds, seed=1)


def vroom_alone(problem: Problem) -> Plan:
    """The whole campaign in one go."""
    engine = Engine(problem)
    asked = engine.ask(engine.slots(), range(len(problem.sites)))
    assert asked is not None
    found = Diary(problem)
    solution = asked.solve(VROOM_LEVEL, nb_threads=1, timeout=timedelta(seconds=VROOM_S))
    for slot, route in engine.routes(solution).items():
        found.day(slot, list(route.stops), route.lunch_min)
    return found.plan()


def nearest_neighbour(problem: Problem) -> Plan:
    """What a planner does with a map: each day, go on to the nearest site that can still be visited."""
    left = set(range(len(problem.sites)))
    found = Diary(problem)
    engine = Engine(problem)
    for slot in engine.slots():
        walk = Walk(engine, slot)
        while (site := walk.nearest(left)) is not None:
            walk.go(site)
            left.discard(site)
        if walk.stops:
            found.day(slot, walk.stops, walk.eat())
    return found.plan()


@dataclass
class Walk:
    """A day filled from morning to evening; lunch is taken between two visits, as soon as its time has come."""

    engine: Engine
    slot: Slot
    stops: list[tuple[int, int]] = field(default_factory=list)
    lunch: int | None = None
    driven: int = 0

    def __post_init__(self) -> None:
        self.problem = self.engine.problem
        self.pair = self.problem.pairs[self.slot.pair]
        self.now, self.place = self.pair.start_min, self.slot.pair

    def nearest(self, left: set[int]) -> int | None:
        """The nearest site that can be visited next, with lunch and the way back still possible."""
        if self.pair.max_visits is not None and len(self.stops) >= self.pair.max_visits:
            return None
        row = self.problem.minutes[self.place]
        sites = sorted(left, key=lambda site: (int(row[self.problem.place_of_site(site)]), site))
        return next((site for site in sites if self.start(site) is not None), None)

    def start(self, site: int) -> tuple[int, int | None] | None:
        """When the visit could start and, when lunch comes first, when that begins; none when it cannot be."""
        if not self.engine.may_come(self.slot, site):
            return None
        spec, place = self.problem.sites[site], self.problem.place_of_site(site)
        minutes = self.problem.minutes
        drive, back = int(minutes[self.place, place]), int(minutes[place, self.slot.pair])
        limit = self.pair.max_drive_min
        if limit is not None and self.driven + drive + back > limit:
            return None
        latest = self.pair.lunch_to_min - self.pair.lunch_min
        for lunch in self.lunch_choices(latest):
            reached = (self.now if lunch is None else lunch + self.pair.lunch_min) + drive
            for first, last in visit_windows(spec, self.slot.day):
                begins = max(first, reached + spec.setup_min)
                ends = begins + spec.visit_min
                eats = lunch is not None or self.lunch is not None or not self.pair.lunches
                home = ends + back + (0 if eats else self.pair.lunch_min)
                if begins <= last and home <= self.pair.end_min and (eats or ends <= latest):
                    return begins, lunch
        return None

    def lunch_choices(self, latest: int) -> list[int | None]:
        """Go on without eating, or eat first where that is possible now."""
        if self.lunch is not None or not self.pair.lunches or self.now > latest:
            return [None]
        return [None, max(self.now, self.pair.lunch_from_min)]

    def go(self, site: int) -> None:
        found = self.start(site)
        assert found is not None
        begins, lunch = found
        place = self.problem.place_of_site(site)
        self.lunch = self.lunch if lunch is None else lunch
        self.driven += int(self.problem.minutes[self.place, place])
        self.stops.append((site, begins))
        self.now, self.place = begins + self.problem.sites[site].visit_min, place

    def eat(self) -> int | None:
        """Lunch, at the end of the day at the latest."""
        if not self.pair.lunches or self.lunch is not None:
            return self.lunch
        return max(self.now, self.pair.lunch_from_min)


class Diary:
    """A plan.json written by hand, day by day."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.visits: list[Plan] = []
        self.lunches: list[Plan] = []

    def day(self, slot: Slot, stops: list[tuple[int, int]], lunch: int | None) -> None:
        problem, pair, day = self.problem, self.problem.pairs[slot.pair], slot.day.isoformat()
        before = slot.pair
        for number, (site, start) in enumerate(stops, 1):
            place = problem.place_of_site(site)
            back = int(problem.minutes[place, slot.pair]) if number == len(stops) else 0
            self.visits.append(
                {
                    "site": problem.sites[site].id,
                    "pair": pair.id,
                    "date": day,
                    "start": hour(start),
                    "end": hour(start + problem.sites[site].visit_min),
                    "drive_before_min": int(problem.minutes[before, place]),
                    "drive_after_min": back,
                }
            )
            before = place
        if lunch is not None:
            end = hour(lunch + pair.lunch_min)
            self.lunches.append({"pair": pair.id, "date": day, "start": hour(lunch), "end": end})

    def plan(self) -> Plan:
        served = {visit["site"] for visit in self.visits}
        left = [site.id for site in self.problem.sites if site.id not in served]
        lengths = {site.id: site.visit_min for site in self.problem.sites}
        return {
            "campaign": {
                "from": self.problem.days[0].isoformat(),
                "to": self.problem.days[-1].isoformat(),
                "pairs": len(self.problem.pairs),
                "sites": len(self.problem.sites),
            },
            "totals": {
                "served": len(served),
                "unserved": len(left),
                "drive_min": sum(v["drive_before_min"] + v["drive_after_min"] for v in self.visits),
                "visit_min": sum(lengths[site] for site in served),
                "pair_days": len({(v["pair"], v["date"]) for v in self.visits}),
            },
            "visits": self.visits,
            "lunches": self.lunches,
            "unserved": [{"site": site, "reason": "left", "text": "left over"} for site in left],
        }


if __name__ == "__main__":
    main()
