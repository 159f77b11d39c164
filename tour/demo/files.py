"""The demo's files, read as plain rows."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of ``<name>.csv``, by column."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_json(name: str) -> Any:
    """What ``<name>.json`` holds."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
