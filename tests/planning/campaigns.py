"""Campaigns made for tests: rows of sites.csv and pairs.csv around Alpes-Maritimes, the same on every machine."""

from __future__ import annotations

import csv
import random
from datetime import date
from pathlib import Path

Row = dict[str, str]

FIRST_DAY, DAYS = date(2027, 1, 11), 25
# Where sites are, as (lat, lon, weight): a dense coast, a few valleys.
PLACES = (
    (43.70, 7.26, 9),
    (43.66, 7.15, 5),
    (43.58, 7.11, 5),
    (43.55, 7.01, 5),
    (43.66, 6.92, 4),
    (43.78, 7.50, 3),
    (43.72, 7.11, 2),
    (43.81, 7.31, 2),
    (43.95, 6.90, 1),
    (43.95, 7.30, 1),
    (44.07, 7.25, 1),
    (44.26, 6.93, 1),
    (44.09, 7.59, 1),
)
HOURS = (
    "Mo-Fr 08:30-12:00,13:30-17:00",
    "Mo-Fr 08:00-18:00",
    "Mo-Tu,Th-Fr 07:30-18:00; We 07:30-13:00",
    "Mo-Th 09:00-12:00,14:00-16:30; Fr 09:00-12:00",
    "Tu,Th 09:00-17:00",
    "Mo-Fr 09:00-17:00; PH off",
    "24/7",
    "",
)


def site_rows(count: int, seed: int = 1) -> list[Row]:
    """So many sites to visit, and one headquarters row that is none; about one in ten has something special."""
    dice = random.Random(seed)
    rows = [{"id": "SIEGE", "name": "Siège", "lat": "43.673", "lon": "7.200", "kind": "siege"}]
    for n in range(count):
        lat, lon, _weight = dice.choices(PLACES, [place[2] for place in PLACES])[0]
        rows.append(
            {
                "id": f"S-{n:03d}",
                "name": f"Site « {n} », annexe",
                "lat": f"{lat + dice.gauss(0, 0.02):.5f}",
                "lon": f"{lon + dice.gauss(0, 0.02):.5f}",
                "kind": dice.choice(("college", "mds", "routes")),
                "staff": str(dice.choice((3, 8, 8, 20, 20, 40))),
                "opening_hours": dice.choice(HOURS),
                "priority": str(dice.choice((10, 10, 10, 50))),
                **special(dice),
            }
        )
    return rows


def special(dice: random.Random) -> Row:
    return dice.choice(
        [{}] * 27
        + [{"deadline": "2027-01-22"}]
        + [{"not_before": "2027-01-25", "setup_min": "10"}]
        + [{"blocked": "2027-01-12;2027-01-13"}]
        + [{"skills": "réseau"}]
        + [{"pair": "P3"}]
    )


def pair_rows() -> list[Row]:
    """Four pairs, each with its own rules."""
    return [
        {"id": "P1", "name": "Nice", "lat": "43.6735", "lon": "7.2005", "skills": "réseau"},
        {"id": "P2", "name": "Grasse", "lat": "43.658", "lon": "6.924", "days": "Mo-Th"},
        {"id": "P3", "name": "Menton", "lat": "43.777", "lon": "7.497", "absences": "2027-01-14"},
        {
            "id": "P4",
            "name": "Puget-Théniers",
            "lat": "43.956",
            "lon": "6.895",
            "start": "08:30",
            "max_drive_min": "240",
            "max_visits": "5",
        },
    ]


def write_csv(
    path: Path, rows: list[Row], *, delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    """Writes rows with every column that any of them has."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, columns, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path
