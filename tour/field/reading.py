"""What a tablet's request says, read and made clean: its changes, its counts of itself, under whose name."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tour.field.apply import Incoming
from tour.field.merge import STAMP, bounded
from tour.field.models import Tablet
from tour.field.team import authors

PROTOCOL = 2
SPOKEN = (1, 2)  # each release understands the two versions before its own: docs/sync.md
MOST_CHANGES = 200
ACCOUNT = ("made", "confirmed", "waiting", "refused", "aside", "mended")
ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
STORAGE = ("used", "quota", "kept", "photos")


class Unreadable(Exception):
    """What a tablet sent cannot be read; it is kept as received."""


class TooMuch(Exception):
    """More than one request may hold: the tablet sends half as much."""


def read_request(body: bytes) -> dict[str, Any]:
    """Raises Unreadable or TooMuch."""
    try:
        request = clean(json.loads(body, parse_constant=refuse_constant))
        if request["protocol"] not in SPOKEN or request["protocol"] is True:
            raise ValueError(f"protocol {request['protocol']!r}")
        changes = request.get("changes", [])
        if not isinstance(changes, list):
            raise TypeError("changes is not a list")
        read = {
            "protocol": request["protocol"],
            "changes": changes,
            "vaults": request.get("vaults"),
            "cursor": str(request.get("cursor", "")),
            "waiting": number(request.get("waiting")),
            "release": str(request.get("release", ""))[:40],
            "device": str(request.get("device", ""))[:48],
            "account": numbers(request.get("account"), ACCOUNT),
            "storage": numbers(request.get("storage"), STORAGE),
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    if len(changes) > MOST_CHANGES:
        raise TooMuch
    return read


def number(value: Any) -> int:
    """A count that a tablet tells of itself; nonsense is nothing."""
    return value if isinstance(value, int) and 0 <= value < 2**53 else 0


def numbers(value: Any, names: Sequence[str]) -> dict[str, int]:
    """Counts by name; empty when the tablet told none, as those of protocol 1."""
    return {name: number(value.get(name)) for name in names} if isinstance(value, dict) else {}


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def clean(value: Any) -> Any:
    """The value with no NUL and no lone surrogate in its text: databases refuse both."""
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\x00", "")
    if isinstance(value, list):
        return [clean(part) for part in value]
    if isinstance(value, dict):
        return {clean(name): clean(part) for name, part in value.items()}
    return value


def read_change(raw: dict[str, Any], tablet: Tablet, at: datetime) -> Incoming:
    if not STAMP.fullmatch(raw["stamp"]):
        raise ValueError("stamp")
    if not isinstance(raw["patch"], dict) or not isinstance(raw["kind"], str):
        raise TypeError("patch or kind")
    by, said = author_of(str(raw.get("by") or "")[:160], tablet)
    return Incoming(
        id=read_id(raw["id"]),
        kind=raw["kind"][:16],
        doc=read_id(raw["doc"]),
        patch=raw["patch"],
        stamp=bounded(raw["stamp"], at),
        by=by,
        said=said,
    )


def read_id(value: Any) -> UUID:
    """An id in either case. Raises ValueError: UUID itself reads braces, gaps and digits of other scripts."""
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError("id")
    return UUID(value)


def author_of(said: str, tablet: Tablet) -> tuple[str, str]:
    """Under whose name a change stands, and the name that came where this is another.

    Only someone of the tablet's team, or known on it before. Work under any other name (of someone renamed, or gone since) is the
    pair's: nothing is lost for a name, and the journal keeps it.
    """
    if said in authors(tablet):
        return said, ""
    return tablet.pair.name, said if said != tablet.pair.name else ""
