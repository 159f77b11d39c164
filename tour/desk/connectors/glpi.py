"""What GLPI's two interfaces have in common: its states, its dates, what is said on a ticket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tour.desk.connectors.base import Note, Status
from tour.desk.connectors.html import plain
from tour.needs.models import NeedState

STATES = {
    1: NeedState.RECEIVED,
    2: NeedState.IN_PROGRESS,
    3: NeedState.IN_PROGRESS,
    4: NeedState.IN_PROGRESS,
    5: NeedState.DELIVERED,
    6: NeedState.DELIVERED,
}
STATUS_WORDS = {1: "nouveau", 2: "attribué", 3: "planifié", 4: "en attente", 5: "résolu", 6: "clos"}
INCIDENT, REQUEST = 1, 2


def instant(text: str, zone: ZoneInfo) -> datetime:
    """A date of GLPI's; without an offset it is the server's local time."""
    value = datetime.fromisoformat(text)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def notes_of(kind: str, entries: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> list[Note]:
    """What was said for all to read; ``kind`` is GLPI's own: « ITILFollowup » or « ITILSolution »."""
    return [
        Note(
            f"{kind}/{entry['id']}",
            instant(entry.get("date") or entry["date_creation"], zone),
            "",
            plain(entry["content"]),
            kind == "ITILSolution",
        )
        for entry in entries
        if not int(entry.get("is_private") or 0)
    ]


def status_of(ticket: str, status: int, updated_at: datetime, notes: Iterable[Note]) -> Status:
    state = STATES.get(status, NeedState.IN_PROGRESS)
    word = STATUS_WORDS.get(status, str(status))
    return Status(ticket, state, word, updated_at, sorted(notes, key=lambda note: note.at))


def web_of(url: str) -> str:
    """GLPI's own pages, from the address of one of its interfaces."""
    for end in ("/apirest.php", "/api.php"):
        url = url.partition(end)[0]
    return url.rstrip("/")


def number_of(value: Any) -> int | None:
    text = str(value or "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
