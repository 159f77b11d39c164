"""A whole campaign from files, planned once for all tests that look at its plan."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.planning.campaigns import DAYS, FIRST_DAY, Row, pair_rows, site_rows, write_csv
from tests.planning.checker import check
from tour.planning.command import plan as plan_command
from tour.travel.matrix import matrix


@dataclass
class Planned:
    """A campaign's rows, its matrix, and the plan.json made of them."""

    sites: list[Row]
    pairs: list[Row]
    minutes: list[list[int]]
    plan: dict[str, Any]
    said: str
    steps: list[str]

    def violations(
        self, plan: dict[str, Any] | None = None, *, first: date = FIRST_DAY, days: int = DAYS
    ) -> list[str]:
        return check(
            self.sites, self.pairs, self.minutes, plan or self.plan, first=first, days=days
        )


def run_plan(folder: Path, **options: str) -> Result:
    """``tour plan`` on the files of a folder, writing plan.json there."""
    given = {
        "sites": folder / "sites.csv",
        "pairs": folder / "pairs.csv",
        "from": FIRST_DAY,
        "days": DAYS,
        "seconds": 3,
        "out": folder / "plan.json",
    } | options
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return CliRunner().invoke(plan_command, words)


def matrix_of(sites: list[Row], pairs: list[Row]) -> list[list[int]]:
    visited = [row for row in sites if row.get("kind") != "siege"]
    points = [(float(row["lat"]), float(row["lon"])) for row in [*pairs, *visited]]
    found: list[list[int]] = matrix(points).minutes.tolist()
    return found


def plan_files(folder: Path, sites: list[Row], pairs: list[Row], **options: str) -> Planned:
    """Writes the files with their matrix, plans them by the command, and reads the plan."""
    write_csv(folder / "sites.csv", sites)
    write_csv(folder / "pairs.csv", pairs)
    minutes = matrix_of(sites, pairs)
    with (folder / "minutes.csv").open("w", newline="") as file:
        csv.writer(file).writerows(minutes)
    result = run_plan(folder, matrix=str(folder / "minutes.csv"), **options)
    assert result.exit_code == 0, result.output
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return Planned(sites, pairs, minutes, plan, result.stdout, result.stderr.splitlines())


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """200 sites, 4 pairs, 25 days."""
    return plan_files(tmp_path_factory.mktemp("campaign"), site_rows(200), pair_rows())
