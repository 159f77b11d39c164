"""The campaigns that are compared: real or made-up sites, four pairs or eight, no lunch (PyVRP knows no break)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.planning.campaigns import FIRST_DAY, Row, site_rows, write_csv
from tests.planning.checker import check
from tour.planning.files import make_problem, read_pairs, read_sites
from tour.solver.problem import Problem, working_days

BASES = (
    ("Nice", 43.6735, 7.2005),
    ("Grasse", 43.658, 6.924),
    ("Menton", 43.777, 7.497),
    ("Puget-Théniers", 43.956, 6.895),
    ("Antibes", 43.581, 7.123),
    ("Vence", 43.722, 7.112),
    ("Saint-Martin-Vésubie", 44.069, 7.256),
    ("Cannes", 43.552, 7.013),
)
# What makes a site special (skills, wishes, dates) is left out: every peer's model is then exact.
PLAIN = ("id", "name", "lat", "lon", "kind", "staff", "opening_hours")


@dataclass(frozen=True)
class Bench:
    """One campaign, as rows for the checker and as a problem for the solvers."""

    sites: list[Row]
    pairs: list[Row]
    days: int
    first: date
    problem: Problem

    def violations(self, plan: dict[str, Any]) -> list[str]:
        minutes = [[int(x) for x in row] for row in self.problem.minutes]
        return check(self.sites, self.pairs, minutes, plan, first=self.first, days=self.days)


def bench_of(size: int, real: Path) -> Bench:
    """So many sites: those of ``real`` when it has as many, else made up. Half a pair's day for each."""
    rows = read_rows(real) if real.is_file() else []
    if sum(row["kind"] != "siege" for row in rows) != size:
        rows = site_rows(size)
    rows = [{name: row.get(name, "") for name in PLAIN} for row in rows]
    bases = BASES[:4] if size <= 500 else BASES
    pairs = [
        {"id": f"P{n}", "name": name, "lat": str(lat), "lon": str(lon), "lunch_min": "0"}
        for n, (name, lat, lon) in enumerate(bases, 1)
    ]
    days = -(-size // (2 * len(bases)))
    with TemporaryDirectory() as folder:
        problem = make_problem(
            read_sites(write_csv(Path(folder, "sites.csv"), rows)),
            read_pairs(write_csv(Path(folder, "pairs.csv"), pairs)),
            working_days(FIRST_DAY, days),
            None,
        )
    return Bench(rows, pairs, days, FIRST_DAY, problem)


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
