"""What tablets sent and the server could not read: kept once, within bounds, for a person to look at.

A tablet keeps all of it too, and sends it again until it is understood: so the newest is worth most, and leaves last.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from tour.db import now, transaction
from tour.errors import NotFound
from tour.field.models import Tablet, Unreadable
from tour.i18n import gettext as _
from tour.settings import settings

MOST_PER_TABLET = 20
MOST_BYTES = 100_000_000  # of all tablets together
KEPT = timedelta(days=90)
log = logging.getLogger("tour")


async def keep(body: bytes, tablet: Tablet, error: Exception) -> None:
    """Keeps what was sent as it came, with the error; the same again is counted."""
    why = f"{type(error).__name__}: {error}"[:300]
    sha256 = hashlib.sha256(body).hexdigest()
    log.error("tablet %s sent what cannot be read (%s), kept as %s", tablet.id, why, sha256[:12])
    async with transaction(alone=True):
        row = await Unreadable.get_or_none(tablet_id=tablet.id, sha256=sha256)
        if row is None:
            row = Unreadable(tablet_id=tablet.id, sha256=sha256, size=len(body), count=0)
        row.count, row.why, row.last_at, row.filed_at, row.filed_by = (
            row.count + 1,
            why,
            now(),
            None,
            "",
        )
        await asyncio.to_thread(write, path_of(row), body)
        await row.save()
        await keep_within_bounds(tablet)


async def keep_within_bounds(tablet: Tablet) -> None:
    """The oldest leave: a tablet's own when it has too many, anybody's when all together are too heavy."""
    own = await Unreadable.filter(tablet_id=tablet.id).order_by("-last_at", "-id")
    await forget(own[MOST_PER_TABLET:])
    totals: list[Any] = await Unreadable.annotate(bytes=Sum("size")).values_list("bytes", flat=True)
    if (totals[0] or 0) <= MOST_BYTES:
        return
    held = 0
    for row in await Unreadable.all().order_by("-last_at", "-id"):
        held += row.size
        if held > MOST_BYTES:
            await forget([row])


async def forget(rows: Sequence[Unreadable]) -> None:
    for row in rows:
        await row.delete()
        await asyncio.to_thread(path_of(row).unlink, missing_ok=True)


async def purge() -> None:
    """Forgets what nobody has sent again for KEPT, filed or not, and files that a crash left."""
    async with transaction(alone=True):
        await forget(await Unreadable.filter(last_at__lt=now() - KEPT))
        known = {path_of(row).name for row in await Unreadable.all()}
        # Releases before kept each body in a file of its own, under a name that says when.
        for file in await asyncio.to_thread(lambda: list(folder().iterdir())):
            if file.name not in known and file.stat().st_mtime < (now() - KEPT).timestamp():
                await asyncio.to_thread(file.unlink, missing_ok=True)


def to_look_at() -> QuerySet[Unreadable]:
    return Unreadable.filter(filed_at=None).order_by("-last_at").select_related("tablet__pair")


async def one(unreadable: Any) -> Unreadable:
    """Raises NotFound."""
    row = await Unreadable.get_or_none(id=unreadable)
    if row is None:
        raise NotFound(_("Cet envoi n’est plus gardé."))
    return row


async def file_away(row: Unreadable, by: str) -> None:
    """« Classer »: somebody has seen it. It stays until it is purged, and comes back when it is sent again."""
    await Unreadable.filter(id=row.id).update(filed_at=now(), filed_by=by[:160])


async def content(row: Unreadable) -> bytes:
    """Its bytes as they came. Raises NotFound when they are on another machine, or gone."""
    try:
        return await asyncio.to_thread(path_of(row).read_bytes)
    except FileNotFoundError as error:
        raise NotFound(_("Cet envoi n’est plus gardé.")) from error


def write(path: Path, body: bytes) -> None:
    """For the eyes of the server's own user only."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)


def folder() -> Path:
    path = settings().home / "unreadable"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def path_of(row: Unreadable) -> Path:
    return folder() / f"{row.tablet_id}-{row.sha256}.body"
