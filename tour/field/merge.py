"""Stamps and the overlay: how changes made apart come together. Pure functions, the same in static/sw/overlay.js.

A stamp is a hybrid logical clock, ``{wall ms:013d}.{counter:04x}.{device}``: as text, a later one is greater. For each
field the highest stamp wins, so the result does not depend on the order in which changes arrive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tour.field.kinds import KINDS, iso

STAMP = re.compile(r"([0-9]{13})\.([0-9a-f]{4})\.([A-Za-z0-9-]{1,48})")
DRIFT = timedelta(minutes=10)

Photos = list[dict[str, Any]]
Lookup = Callable[[str, str], Mapping[str, Any] | None]


def make_stamp(at: datetime, device: str, counter: int = 0) -> str:
    return f"{round(at.timestamp() * 1000):013d}.{counter:04x}.{device}"


def wall(stamp: str) -> datetime:
    """The instant a stamp was made, by its maker's clock."""
    return datetime.fromtimestamp(int(stamp[:13]) / 1000, UTC)


def bounded(stamp: str, now: datetime) -> str:
    """The stamp, pulled back to ``now`` when it is further ahead than DRIFT: a wrong clock cannot win for ever."""
    matched = STAMP.fullmatch(stamp)
    assert matched, stamp
    if int(matched[1]) <= (now + DRIFT).timestamp() * 1000:
        return stamp
    return make_stamp(now, matched[3], int(matched[2], 16))


def winners(stamps: Mapping[str, str], patch: Mapping[str, Any], stamp: str) -> dict[str, Any]:
    """The part of a patch that wins over what is there; ``stamps`` says which stamp each field has."""
    return {field: value for field, value in patch.items() if stamp > stamps.get(field, "")}


def photos_after(held: Photos, patch: Mapping[str, Any]) -> Photos:
    """The photos of a need once a change is laid over those it had: each is added, captioned or removed by itself.

    ``photos_from`` is what the change began from. What it leaves as it was says nothing but where it stands: a photo
    that someone else removed does not come back, one that someone else added stays, after the others. A change that
    does not say from what it began is the whole list.
    """
    if "photos" not in patch:
        return held
    if "photos_from" not in patch:
        return list(patch["photos"])
    before = {photo["sha256"]: photo for photo in patch["photos_from"]}
    there = {photo["sha256"]: photo for photo in held}
    listed = [
        there[photo["sha256"]] if before.get(photo["sha256"]) == photo else photo
        for photo in patch["photos"]
        if photo["sha256"] in there or photo["sha256"] not in before
    ]
    named = before.keys() | {photo["sha256"] for photo in listed}
    return listed + [photo for photo in held if photo["sha256"] not in named]


def overlay(
    kind: str,
    doc: str,
    document: Mapping[str, Any] | None,
    changes: Sequence[Mapping[str, Any]],
    lookup: Lookup,
) -> dict[str, Any] | None:
    """What a page shows: the document with the changes still on the tablet laid over it.

    A change is ``{patch, stamp, refused}``. Refused changes show only where there is no document yet (else the
    work would vanish from the page). ``lookup`` gives documents by kind and id, for names of things that a change
    points to. None when there is nothing to show.
    """
    if document is None and not (changes and KINDS[kind].get("create")):
        return None
    shown = [change for change in changes if document is None or not change["refused"]]
    patched: dict[str, Any] = {}
    photos = (document or {}).get("photos", [])
    for change in sorted(shown, key=lambda c: c["stamp"]):
        photos = photos_after(photos, change["patch"])
        patched |= change["patch"] | ({"photos": photos} if "photos" in change["patch"] else {})
    patched.pop("photos_from", None)
    refused = any(change["refused"] for change in changes)
    data = {
        **KINDS[kind]["blank"],
        **(document or {}),
        **patched,
        "pending": bool(shown),
        "to_mend": refused,
    }
    for field, join in KINDS[kind]["joins"].items():
        if field in patched:
            other = lookup(join["kind"], patched[field]) or KINDS[join["kind"]]["blank"]
            data |= {name: other[source] for name, source in join["take"].items()}
    if document is None:
        data |= {"id": doc, "recorded_at": iso(wall(min(change["stamp"] for change in shown)))}
    data["state"] = state_shown(kind, data, patched, new=document is None)
    if data.get("lost"):
        data["lost"] = [lost for lost in data["lost"] if lost["field"] not in patched]
    if "photos" in patched:
        data["photos_missing"] = 0  # of those listed now, only the server knows
    if data.get("withdrawn"):
        data["open"] = False
    return data


def state_shown(kind: str, data: Mapping[str, Any], patched: Iterable[str], *, new: bool) -> str:
    """The state a page shows at once, before the server has said its own."""
    if new:
        return "to_mend" if data["to_mend"] else "pending"
    if kind == "visit" and {"arrived_at", "left_at"} & set(patched):
        return (
            "done" if data["left_at"] else "under_way" if data["arrived_at"] else str(data["state"])
        )
    return str(data.get("state", ""))
