"""Served and minutes driven by ours, VROOM alone, PyVRP, OR-Tools and a planner by hand, at equal time on one core.

``make bench-plan``; ``SIZES="50 202"``, ``SECONDS="2 10"`` and ``REAL=sites.csv`` choose. Each run is a process of its
own on one core; the time given is the solver's, building a peer's model is not counted. Every plan goes through the
tests' checker before it is shown.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.peers.campaigns import Bench, bench_of

SIZES = [int(n) for n in os.environ.get("SIZES", "50 202 500 1000 2000").split()]
SECONDS = [float(n) for n in os.environ.get("SECONDS", "2 10 40").split()]
REAL = Path(os.environ.get("REAL", "../shared/data/sites-06.csv"))
PEERS = Path(os.environ.get("PEERS", "var/bench-peers"))
SOLVERS = ("by hand", "OR-Tools", "PyVRP", "VROOM", "ours")
PATIENCE_S = 240  # beyond its time: some build their model, or their first plan, for very long


def main() -> None:
    for size in SIZES:
        bench = bench_of(size, REAL)
        problem = bench.problem
        print(
            f"\n{size} sites, {len(problem.pairs)} pairs, {bench.days} days\n"
            f"{'':10}{'s given':>8}{'s taken':>9}{'served':>8}{'min driven':>12}{'ours is':>9}"
        )
        for seconds in SECONDS:
            rows = {solver: outcome(bench, size, solver, seconds) for solver in SOLVERS}
            for solver, row in rows.items():
                print(line(solver, seconds, row, rows["ours"]), flush=True)
            best = best_peer(rows)
            if best and "served" in rows["ours"]:
                print(f"{'':10}best peer: {best}, ours is {ratio(rows['ours'], rows[best])}\n")


def outcome(bench: Bench, size: int, solver: str, seconds: float) -> dict[str, Any]:
    """What one run came to: served, minutes, seconds; or why there is nothing."""
    command = [sys.executable, "-m", "tests.bench.peers.one", solver, str(size), str(seconds)]
    path = os.pathsep.join([str(PEERS.resolve()), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + PATIENCE_S,
            env=os.environ | {"PYTHONPATH": path, "REAL": str(REAL), "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        return {"why": "no plan in time"}
    if done.returncode:
        return {"why": (done.stderr.strip().splitlines() or ["?"])[-1][:60]}
    answer = json.loads(done.stdout.splitlines()[-1])
    violations = bench.violations(answer["plan"])
    totals = answer["plan"]["totals"]
    if violations:
        return {"why": f"{len(violations)} violations: {violations[0]}"}
    return {
        "served": totals["served"],
        "drive_min": totals["drive_min"],
        "took": answer["took"],
        "note": answer["note"],
    }


def line(solver: str, seconds: float, row: dict[str, Any], ours: dict[str, Any]) -> str:
    if "why" in row:
        return f"{solver:10}{seconds:8g}  {row['why']}"
    return (
        f"{solver:10}{seconds:8g}{row['took']:9.1f}{row['served']:8}{row['drive_min']:12}"
        f"{ratio(ours, row) if solver != 'ours' else '':>9}  {row['note']}"
    )


def ratio(ours: dict[str, Any], other: dict[str, Any]) -> str:
    """Minutes over minutes, when as many sites are served."""
    if "why" in ours or ours["served"] != other["served"]:
        return "–"
    return f"{ours['drive_min'] / other['drive_min']:.3f}"


def best_peer(rows: dict[str, dict[str, Any]]) -> str | None:
    peers = [name for name in SOLVERS if name != "ours" and "served" in rows[name]]
    return min(
        peers, key=lambda name: (-rows[name]["served"], rows[name]["drive_min"]), default=None
    )


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"{time.monotonic() - began:.0f} s in all")
