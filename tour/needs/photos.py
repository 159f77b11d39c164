"""Photos of needs: announced by a change, received piece by piece, written again with nothing but the picture.

A photo is known by the SHA-256 of what the tablet sent. A need tells which photos to expect, so that a missing one shows.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from tour.db import now, transaction
from tour.i18n import gettext as _
from tour.needs.models import NeedPhoto, Photo, PhotoState
from tour.pictures import LONGEST_SIDE, Unusable, made_anew
from tour.settings import settings

MOST_BYTES = 12_000_000
SMALL_SIDE = 360
ROOM_KEPT = 100_000_000  # the database must still be able to write when photos cannot
PARTS_KEPT = 30 * 86_400  # seconds
FEW = 20  # files that a crash may leave
log = logging.getLogger("tour")


class NotAnnounced(Exception):
    """No need that this tablet or its pair noted speaks of the photo."""


class NoRoom(Exception):
    """The disk is full: the tablet keeps the photo and comes again."""


@dataclass(frozen=True)
class Sender:
    """Who announces and sends: a tablet, of a pair."""

    tablet_id: UUID
    pair_id: UUID

    @property
    def own(self) -> Q:
        """The photos that it, or its pair, announced."""
        return Q(tablet_id=self.tablet_id) | Q(pair_id=self.pair_id)


@dataclass(frozen=True)
class Progress:
    """How many bytes are here. ``fits``: whether the piece did; else the tablet goes on from ``received``."""

    received: int
    complete: bool
    fits: bool = True


async def announce(photos: Mapping[UUID, Sequence[Mapping[str, Any]]], sender: Sender) -> set[str]:
    """Notes which photos each need is to have, in order; gives those it had and has no more. Inside the caller's transaction.

    A photo that stays is still to come from who announced it. One that is here already must be brought again by a pair that never
    brought it: to know its name is not to have it.
    """
    sizes = {p["sha256"]: p["size"] for listed in photos.values() for p in listed}
    known = set(await Photo.filter(sha256__in=list(sizes)).values_list("sha256", flat=True))
    fresh = [Photo(sha256=sha, size=size) for sha, size in sizes.items() if sha not in known]
    if fresh:
        await Photo.bulk_create(fresh, ignore_conflicts=True)
    brought = NeedPhoto.filter(photo_id__in=list(known), pair_id=sender.pair_id, brought=True)
    had = set(await brought.values_list("photo_id", flat=True)) if known else set()
    held = await NeedPhoto.filter(need_id__in=list(photos))
    links = {(link.need_id, link.photo_id): link for link in held}
    made, moved = [], []
    for need, listed in photos.items():
        for place, one in enumerate(listed):
            link = links.pop((need, one["sha256"]), None)
            if link:
                link.place, link.caption = place, one["caption"]
                moved.append(link)
                continue
            made.append(
                NeedPhoto(
                    need_id=need,
                    photo_id=one["sha256"],
                    place=place,
                    caption=one["caption"],
                    tablet_id=sender.tablet_id,
                    pair_id=sender.pair_id,
                    brought=one["sha256"] in had,
                )
            )
    if links:
        await NeedPhoto.filter(id__in=[link.id for link in links.values()]).delete()
    if moved:
        await NeedPhoto.bulk_update(moved, fields=["place", "caption"])
    if made:
        await NeedPhoto.bulk_create(made)
    return {photo for _need, photo in links}


async def forget(photos: Collection[str]) -> set[str]:
    """Of these photos, forgets and gives those that no need has. Inside the caller's transaction: files go when it has committed."""
    if not photos:
        return set()
    kept = await NeedPhoto.filter(photo_id__in=list(photos)).values_list("photo_id", flat=True)
    gone = set(photos) - set(kept)
    await Photo.filter(sha256__in=list(gone)).delete()
    return gone


async def remove_files(photos: Collection[str]) -> None:
    """Takes off the disk what is left of photos that the database does not know; those it knows (again) are left alone.

    Nobody announces a photo meanwhile. What a crash leaves here goes with the next clean_up.
    """
    if not photos:
        return
    async with transaction(alone=True):
        known = await Photo.filter(sha256__in=list(photos)).values_list("sha256", flat=True)
        await asyncio.to_thread(remove, set(photos) - set(known))


def remove(photos: Collection[str]) -> None:
    for sha256 in photos:
        files = [path_of(sha256), path_of(sha256, "-small"), *folder("parts").glob(f"*-{sha256}")]
        for file in files:
            try:
                file.unlink(missing_ok=True)
            except OSError as error:  # the photo is removed all the same
                log.warning("a removed photo's file stays: %s", error)


async def clean_up() -> None:
    """Takes away what a crash left of photos that no need has."""
    async with transaction(alone=True):
        await forget(await Photo.filter(needs=None).values_list("sha256", flat=True))  # type: ignore[arg-type]
    files = await asyncio.to_thread(lambda: {path.name[:64] for path in folder().glob("??/*.jpg")})
    names = sorted(files)
    known = await Photo.all().count()
    if len(names) - known > max(FEW, len(names) // 2):
        # Another database than these files belong to (a copy brought back, an address changed): nobody's photos are lost for it.
        log.warning(
            "%s photo files, %s known: left alone, is this the right database?", len(names), known
        )
        return
    for first in range(0, len(names), 500):
        await remove_files(names[first : first + 500])


async def receive(sha256: str, piece: bytes, *, start: int, total: int, sender: Sender) -> Progress:
    """Takes in one piece. The same piece again changes nothing; the last one makes the photo.

    Raises NotAnnounced, NoRoom, or Unusable when the whole is no photo. An empty piece asks how far we are.
    """
    own = await NeedPhoto.filter(sender.own, photo_id=sha256)
    if not own:
        raise NotAnnounced
    photo = await Photo.get_or_none(sha256=sha256)
    if photo is None:  # removed this very moment
        raise NotAnnounced
    if photo.state == PhotoState.RECEIVED and all(link.brought for link in own):
        return Progress(total, complete=True)
    if not 0 < total <= MOST_BYTES:
        raise Unusable(_("Cette photo est trop lourde : 12 Mo au plus."))
    part = folder("parts") / f"{sender.tablet_id}-{sha256}"
    try:
        held = await asyncio.to_thread(keep_piece, part, piece, start)
        if held < total:
            return Progress(held, complete=False, fits=start <= held)
        made = await asyncio.to_thread(finish, part, sha256)
    except FileNotFoundError:  # removed meanwhile
        return Progress(0, complete=False, fits=False)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from error
        raise
    if made is None or not await mark_received(photo, made, sender):
        return Progress(0, complete=False, fits=False)
    part.unlink(missing_ok=True)
    return Progress(total, complete=True)


async def receive_whole(sha256: str, content: bytes, sender: Sender) -> Progress:
    """A photo that comes in one: with a form, or in a saved copy."""
    return await receive(sha256, content, start=0, total=len(content), sender=sender)


async def mark_received(photo: Photo, size: tuple[int, int], sender: Sender) -> bool:
    """The files are in place: from now on pages show them on the needs of who sent them. False when the photo was removed since, and its files with it."""
    async with transaction(alone=True):
        if not path_of(photo.sha256).exists() or not path_of(photo.sha256, "-small").exists():
            return False
        if not await Photo.exists(sha256=photo.sha256):
            return False
        width, height = size
        await Photo.filter(sha256=photo.sha256, state=PhotoState.EXPECTED).update(
            state=PhotoState.RECEIVED, width=width, height=height, received_at=now()
        )
        links = NeedPhoto.filter(sender.own, photo_id=photo.sha256, brought=False)
        # Those listed before it was here count as listed now: their desk has not had it (see desk/photos.py).
        await links.update(brought=True, listed_at=now())
        return True


def keep_piece(part: Path, piece: bytes, start: int) -> int:
    """Writes a piece at its place, unless it leaves a hole before it; gives how many bytes are there."""
    if shutil.disk_usage(part.parent).free < ROOM_KEPT + len(piece):
        raise OSError(errno.ENOSPC, "room is kept for the database")
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        held = file.seek(0, os.SEEK_END)
        if not piece or start > held:
            return held
        file.seek(start)
        file.write(piece)
        return max(held, start + len(piece))


def finish(part: Path, sha256: str) -> tuple[int, int] | None:
    """Makes the photo's files from all that was sent; gives its width and height, nothing when it is not what was announced.

    The name each file gets at last is given when all of it is on the disk.
    """
    content = part.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        part.unlink(missing_ok=True)
        return None
    try:
        made = made_anew(content, ((LONGEST_SIDE, 86), (SMALL_SIDE, 78)))
    except Unusable:
        part.unlink(missing_ok=True)
        raise
    for name, (written, _width, _height) in zip(("", "-small"), made, strict=True):
        write_whole(path_of(sha256, name), written)
    sweep(part.parent)
    _written, width, height = made[0]
    return width, height


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file that is whole or absent, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{time.monotonic_ns()}")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(parts: Path) -> None:
    """Forgets beginnings of photos that nobody went on with."""
    for part in parts.iterdir():
        try:
            if part.stat().st_mtime < time.time() - PARTS_KEPT:
                part.unlink()
        except FileNotFoundError:
            continue


def folder(name: str = "") -> Path:
    path = settings().home / "photos" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def path_of(sha256: str, size: str = "") -> Path:
    """Where a photo's file is; ``-small`` for its thumbnail."""
    return folder() / sha256[:2] / f"{sha256}{size}.jpg"
