"""Campaigns as files: sites.csv, pairs.csv and minutes.csv in, plan.json out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tour.errors import UserError
from tour.hours import days_of_week
from tour.i18n import _
from tour.sites.importing.columns import count_known
from tour.sites.models import HEADQUARTERS, visit_minutes
from tour.solver.problem import (
    DAY_MIN,
    Nowhere,
    PairSpec,
    Problem,
    SiteSpec,
    in_calendar,
    open_windows,
)
from tour.solver.solve import Answer
from tour.tables.csv_text import decode, header_line, lines_of, read_csv, records, sniff
from tour.tables.table import UnusableFile, clean
from tour.travel.matrix import Travel, matrix

T = TypeVar("T")
MOST_BYTES = 50_000_000  # a matrix of 3,000 points has 27
DEFAULT_PAIR = PairSpec("", "", 0.0, 0.0)


class UnusableInput(Exception):
    """The files cannot be planned; ``problems`` has one line for each thing wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass
class Reader:
    """Reads one CSV file, as an import of sites would, and keeps what is wrong with each line."""

    path: Path
    problems: list[str] = field(default_factory=list)

    def rows(self, required: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
        """The file's rows with their line numbers; columns are found by name, in any order."""
        try:
            table = read_csv(bytes_of(self.path), count_known)
        except UnusableFile as error:
            self.problems.append(f"{self.path}: {error.message}")
            return []
        columns = {name.lower() for name in table.columns}
        if missing := [name for name in required if name not in columns]:
            self.problems.append(f"{self.path}: missing column: {', '.join(missing)}")
            return []
        for row in table.rows:
            if row.fault:
                self.problems.append(f"{self.path}: line {row.number}: {row.fault}")
        return [
            (row.number, {name.lower(): clean(cell) for name, cell in row.cells.items()})
            for row in table.rows
            if not row.fault
        ]

    def value(
        self, line: int, row: dict[str, str], name: str, read: Callable[[str], T], default: T
    ) -> T:
        """One cell; ``default`` when empty, and when unreadable, which is then noted."""
        text = row.get(name, "")
        if not text:
            return default
        try:
            return read(text)
        except (ValueError, UserError) as error:
            self.problems.append(f"{self.path}: line {line}: {name} {text!r}: {error}")
            return default

    def needed(
        self, line: int, row: dict[str, str], name: str, read: Callable[[str], T], default: T
    ) -> T:
        if not row.get(name, ""):
            self.problems.append(f"{self.path}: line {line}: {name} is missing")
            return default
        return self.value(line, row, name, read, default)

    def together(
        self, line: int, row: dict[str, str], name: str, other: str, read: Callable[[str], float]
    ) -> float:
        """One of two cells that are both given or both empty."""
        if row.get(other, ""):
            return self.needed(line, row, name, read, 0.0)
        return self.value(line, row, name, read, 0.0)


def bytes_of(path: Path) -> bytes:
    """A file's content. Raises UnusableFile when it cannot be read, or is too big to be a campaign."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnusableFile(error.strerror or type(error).__name__) from None
    if len(data) > MOST_BYTES:
        raise UnusableFile(
            _("Fichier trop gros : %(most)d Mo au plus.", most=MOST_BYTES // 1_000_000)
        )
    return data


def number(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            raise ValueError("not a number") from None
        if not least <= value <= most:
            raise ValueError(f"not between {least:g} and {most:g}")
        return value

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ValueError("not a whole number") from None
        if not least <= value <= most:
            raise ValueError(f"not between {least} and {most}")
        return value

    return read


def clock(text: str) -> int:
    """Minutes since midnight of « 09:00 »."""
    found = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9])", text)
    value = int(found[1]) * 60 + int(found[2]) if found else DAY_MIN + 1
    if value > DAY_MIN:
        raise ValueError("not an hour like 09:00")
    return value


def several(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def names(text: str) -> frozenset[str]:
    return frozenset(several(text))


def dates(text: str) -> frozenset[date]:
    return frozenset(day(part) for part in several(text))


def day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("not a date like 2027-01-11")
    try:
        return in_calendar(date.fromisoformat(text))
    except ValueError as error:
        raise ValueError(f"not a date like 2027-01-11 ({error})") from None


def read_sites(path: Path, pairs: frozenset[str] | None = None) -> list[SiteSpec | Nowhere]:
    """The sites to visit of a sites.csv; headquarters are left out, sites without a position are not.

    ``pairs``: the ids that a site may name, none to take any. Raises UnusableInput.
    """
    reader = Reader(path)
    sites: list[SiteSpec | Nowhere] = []
    seen: set[str] = set()
    for line, row in reader.rows(("id", "name", "lat", "lon")):
        if row.get("kind", "").lower() == HEADQUARTERS:
            continue
        staff = reader.value(line, row, "staff", whole(0, 100_000), 0)
        site = SiteSpec(
            id=reader.needed(line, row, "id", str, ""),
            name=reader.needed(line, row, "name", str, ""),
            lat=reader.together(line, row, "lat", "lon", number(-90, 90)),
            lon=reader.together(line, row, "lon", "lat", number(-180, 180)),
            visit_min=reader.value(
                line, row, "duration_min", whole(1, DAY_MIN), visit_minutes(staff)
            ),
            setup_min=reader.value(line, row, "setup_min", whole(0, DAY_MIN), 0),
            opening_hours=row.get("opening_hours", ""),
            priority=reader.value(line, row, "priority", whole(0, 100), 10),
            not_before=reader.value(line, row, "not_before", day, None),
            deadline=reader.value(line, row, "deadline", day, None),
            blocked=reader.value(line, row, "blocked", dates, frozenset()),
            skills=reader.value(line, row, "skills", names, frozenset()),
            pair=row.get("pair") or None,
        )
        if site.pair and pairs is not None and site.pair not in pairs:
            reader.problems.append(f"{path}: line {line}: pair {site.pair!r} is not in the pairs")
        if site.id in seen:
            reader.problems.append(f"{path}: line {line}: id {site.id!r} is there twice")
        seen.add(site.id)
        try:
            open_windows(site, date(2027, 1, 4))
        except UserError as error:
            reader.problems.append(f"{path}: line {line}: {error.message}")
        placed = row.get("lat") or row.get("lon")
        sites.append(site if placed else Nowhere(site.id, site.name))
    if not sites and not reader.problems:
        reader.problems.append(f"{path}: no site to visit")
    if reader.problems:
        raise UnusableInput(reader.problems)
    return sites


def read_pairs(path: Path) -> list[PairSpec]:
    """The pairs of a pairs.csv. Raises UnusableInput."""
    reader = Reader(path)
    pairs: list[PairSpec] = []
    d = DEFAULT_PAIR
    for line, row in reader.rows(("id", "name", "lat", "lon")):
        pair = PairSpec(
            id=reader.needed(line, row, "id", str, ""),
            name=reader.needed(line, row, "name", str, ""),
            lat=reader.needed(line, row, "lat", number(-90, 90), 0.0),
            lon=reader.needed(line, row, "lon", number(-180, 180), 0.0),
            start_min=reader.value(line, row, "start", clock, d.start_min),
            end_min=reader.value(line, row, "end", clock, d.end_min),
            weekdays=reader.value(line, row, "days", days_of_week, d.weekdays),
            lunch_min=reader.value(line, row, "lunch_min", whole(0, 240), d.lunch_min),
            lunch_from_min=reader.value(line, row, "lunch_from", clock, d.lunch_from_min),
            lunch_to_min=reader.value(line, row, "lunch_to", clock, d.lunch_to_min),
            absences=reader.value(line, row, "absences", dates, frozenset()),
            skills=reader.value(line, row, "skills", names, frozenset()),
            max_drive_min=reader.value(line, row, "max_drive_min", whole(0, DAY_MIN), None),
            max_visits=reader.value(line, row, "max_visits", whole(0, 100), None),
        )
        if pair.end_min <= pair.start_min:
            reader.problems.append(f"{path}: line {line}: the day ends before it starts")
        if pair.lunch_to_min - pair.lunch_from_min < pair.lunch_min:
            reader.problems.append(
                f"{path}: line {line}: lunch does not fit between lunch_from and lunch_to"
            )
        if pair.id in {other.id for other in pairs}:
            reader.problems.append(f"{path}: line {line}: id {pair.id!r} is there twice")
        pairs.append(pair)
    if not pairs and not reader.problems:
        reader.problems.append(f"{path}: no pair")
    if reader.problems:
        raise UnusableInput(reader.problems)
    return pairs


def read_minutes(path: Path, size: int) -> NDArray[np.int64]:
    """The travel matrix of a minutes.csv: square, whole minutes, no header. Raises UnusableInput."""
    try:
        lines = lines_of(decode(bytes_of(path)))
        start = header_line(lines)
    except UnusableFile as error:
        raise UnusableInput([f"{path}: {error.message}"]) from None
    minutes = whole(0, 7 * DAY_MIN)
    problems: list[str] = []
    rows: list[list[int]] = []
    for number, cells in records(lines, sniff(lines[start:], count_known), start):
        try:
            if cells is None:
                raise ValueError(_("guillemets mal fermés"))
            if not any(cells):
                continue
            rows.append([minutes(cell) for cell in cells])
            if len(cells) != size:
                raise ValueError(f"{len(cells)} values instead of {size}")
        except ValueError as error:
            problems.append(f"{path}: line {number}: {error}")
    if not problems and len(rows) != size:
        problems.append(
            f"{path}: {len(rows)} lines instead of {size} (bases, then sites with a position)"
        )
    if problems:
        raise UnusableInput(problems)
    return np.array(rows, dtype=np.int64)


def make_problem(
    sites: Sequence[SiteSpec | Nowhere],
    pairs: list[PairSpec],
    days: list[date],
    minutes: Path | None,
) -> Problem:
    """The problem of these files; a matrix file gives the minutes, kilometres stay those of the map.

    Raises UnusableInput when the matrix cannot be read.
    """
    placed = [site for site in sites if isinstance(site, SiteSpec)]
    travel: Travel = matrix(
        [(pair.lat, pair.lon) for pair in pairs] + [(site.lat, site.lon) for site in placed]
    )
    return Problem(
        days=tuple(days),
        pairs=tuple(pairs),
        sites=tuple(placed),
        minutes=read_minutes(minutes, len(pairs) + len(placed)) if minutes else travel.minutes,
        km=travel.km,
        nowhere=tuple(site for site in sites if isinstance(site, Nowhere)),
    )


def plan_json(problem: Problem, answer: Answer, *, seconds: float, seed: int) -> dict[str, Any]:
    """The plan as plain JSON values."""
    return {
        "campaign": {
            "from": problem.days[0].isoformat(),
            "to": problem.days[-1].isoformat(),
            "pairs": len(problem.pairs),
            "sites": len(problem.sites) + len(problem.nowhere),
        },
        "totals": answer.totals,
        "solver": {
            "engine": "vroom+popmusic",
            "seconds": seconds,
            "seed": seed,
            "first_plan_seconds": answer.first_plan_seconds,
            "curve": [list(point) for point in answer.curve],
        },
        "visits": [
            {
                "site": visit.site,
                "pair": visit.pair,
                "date": visit.day.isoformat(),
                "start": hour(visit.start_min),
                "end": hour(visit.end_min),
                "drive_before_min": visit.drive_before_min,
                "drive_after_min": visit.drive_after_min,
            }
            for visit in answer.visits
        ],
        "lunches": [
            {
                "pair": lunch.pair,
                "date": lunch.day.isoformat(),
                "start": hour(lunch.start_min),
                "end": hour(lunch.end_min),
            }
            for lunch in answer.lunches
        ],
        "unserved": [
            {"site": left.site, "reason": left.reason, "text": left.text}
            for left in answer.unserved
        ],
    }


def hour(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
