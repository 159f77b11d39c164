"""After five refusals on an accepted plan of 200 sites: how much moves when the plan is mended, not made anew."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.bench.peers.campaigns import bench_of
from tour.solver.problem import Pin
from tour.solver.solve import Answer, solve

SITES, PINNED, REFUSED = 200, 60, 5


def main() -> None:
    problem = bench_of(SITES, Path("none")).problem
    plan = solve(problem, seconds=10)
    before = places(plan)
    dice = random.Random(3)
    refused = set(dice.sample(sorted(before), REFUSED))
    pinned = set(dice.sample(sorted(before.keys() - refused), PINNED))
    sites = tuple(
        replace(site, blocked=site.blocked | {before[site.id][1]})
        if site.id in refused
        else replace(site, pin=Pin(*before[site.id]) if site.id in pinned else None)
        for site in problem.sites
    )
    present = [(v.pair, v.day, v.site) for v in plan.visits if v.site not in refused]
    began = time.monotonic()
    mended = solve(replace(problem, sites=sites), seconds=10, present=present, repair=True)
    after = places(mended)
    others = before.keys() - refused - pinned
    print(f"accepted: {plan.totals['served']:g} served, {plan.totals['drive_min']:g} min driven")
    print(
        f"{REFUSED} refused, {PINNED} agreed with managers; mended in {time.monotonic() - began:.1f} s: "
        f"{mended.totals['served']:g} served, {mended.totals['drive_min']:g} min driven"
    )
    print(f"agreed visits that moved: {sum(after[s] != before[s] for s in pinned)}")
    print(f"others on another day or pair: {sum(after[s][:2] != before[s][:2] for s in others)}")
    print(f"others at another hour only: {sum(moved_hour(before[s], after[s]) for s in others)}")


def places(plan: Answer) -> dict[str, tuple[str, date, int]]:
    """Where each visit stands: pair, day, start."""
    return {visit.site: (visit.pair, visit.day, visit.start_min) for visit in plan.visits}


def moved_hour(before: tuple[str, date, int], after: tuple[str, date, int]) -> bool:
    return before[:2] == after[:2] and before[2] != after[2]


if __name__ == "__main__":
    main()
