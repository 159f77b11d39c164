"""Saved outboxes: the file that a tablet writes when it can no longer send, taken in by a planner."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tour.errors import UserError
from tour.field.models import Tablet
from tour.field.reading import MOST_CHANGES, clean, refuse_constant
from tour.field.sealing import Opener, Ring, Sealed, by_server
from tour.field.sync import take
from tour.field.team import WITH_TEAM
from tour.i18n import gettext as _
from tour.needs.photos import NotAnnounced, Sender, Unusable, receive_whole
from tour.people.models import Pair

MOST_BYTES = 100_000_000  # photos are in it
MOST_IN_A_COPY = 20_000  # changes; a pair that notes all day for a year makes fewer
MOST_VALUES = 100 * MOST_IN_A_COPY  # each of some hundred bytes once read


@dataclass
class Received:
    """What became of a saved outbox: how many changes are in the database, and those refused with the reason."""

    tablet: Tablet
    applied: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)  # text, why
    unopened: list[str] = field(default_factory=list)  # whose they are, one name a change
    photos: int = 0


async def receive_saved(body: bytes, opener: Opener = by_server) -> Received:
    """Applies what a saved outbox holds, each change once: sending the same from the tablet later does no harm.

    Those that are sealed are opened with ``opener``; those that it cannot open are counted. A planner says that it is good: work of every
    pair that the tablet was lent to is taken, where the tablet itself would be refused.

    Raises UserError when the file is no saved outbox or comes from no tablet we know.
    """
    saved = await asyncio.to_thread(read, body)
    tablet = await tablet_of(saved)
    changes = [
        change
        for change in saved["changes"]
        if not (isinstance(change, dict) and change.get("state") == "mended")
    ]
    pairs = await pairs_of(saved)
    outcome, ring = Received(tablet), Ring(saved.get("vaults"), opener)
    changes = await asyncio.to_thread(list, opened(changes, ring, outcome))
    texts = {str(c.get("id")): text_of(c) for c in changes if isinstance(c, dict)}
    for begin in range(0, len(changes), MOST_CHANGES):
        taken = await take(changes[begin : begin + MOST_CHANGES], tablet, pairs=pairs)
        outcome.applied += len(taken.applied)
        outcome.refused += [
            {"text": texts.get(refusal["id"], ""), "why": refusal["why"]}
            for refusal in taken.refused
        ]
    for photo in saved.get("photos") or []:
        await take_photo(photo, outcome)
    return outcome


def opened(changes: list[Any], ring: Ring, outcome: Received) -> Iterator[Any]:
    """The changes in clear; those that stay sealed are noted in the outcome."""
    for change in changes:
        try:
            yield clean(ring.open(change)) if isinstance(change, dict) else change
        except Sealed:
            outcome.unopened.append(str(change.get("by", "")))


async def take_photo(photo: Any, outcome: Received) -> None:
    """One photo of the copy; one that cannot be read is said, and never stops the others."""
    sender = Sender(outcome.tablet.id, outcome.tablet.pair_id)
    try:
        content = await asyncio.to_thread(base64.b64decode, photo["base64"], validate=True)
        progress = await receive_whole(str(photo["sha256"]), content, sender)
        if progress.complete:
            outcome.photos += 1
            return
        why = _("Le contenu n’est pas celui qui était annoncé.")
    except Unusable as error:
        why = error.message
    except NotAnnounced:
        why = _("Aucun besoin n’annonce cette photo.")
    except (TypeError, KeyError, AttributeError, binascii.Error, ValueError):
        why = _("Photo illisible.")
    outcome.refused.append({"text": _("Une photo"), "why": why})


def read(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise UserError(_("Ce fichier est trop grand pour une copie de tablette."), field="file")
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES:
        raise too_much()
    try:
        saved = clean(json.loads(body, parse_constant=refuse_constant))
        if isinstance(saved["changes"], list) and isinstance(saved["device"], str):
            if len(saved["changes"]) > MOST_IN_A_COPY:
                raise too_much()
            return dict(saved)
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise UserError(
        _("Ce n’est pas la copie d’une tablette : choisissez le fichier « tour-….json »."),
        field="file",
    )


def too_much() -> UserError:
    return UserError(
        _(
            "Cette copie contient plus de %(most)s saisies : une tablette n’en garde pas tant. Envoyez le fichier à l’assistance.",
            most=MOST_IN_A_COPY,
        ),
        field="file",
    )


async def tablet_of(saved: dict[str, Any]) -> Tablet:
    """The tablet that wrote it, by the name of its store; else one of the pair it was lent to."""
    known = Tablet.all().order_by("-enrolled_at").prefetch_related(*WITH_TEAM)
    tablet = await known.filter(device=saved["device"]).first() if saved["device"] else None
    tablet = tablet or await known.filter(pair__name=str(saved.get("pair", ""))).first()
    if tablet is None:
        raise UserError(
            _("Cette copie ne vient d’aucune tablette connue ni d’aucun binôme connu."),
            field="file",
        )
    return tablet


async def pairs_of(saved: dict[str, Any]) -> set[UUID]:
    """The pairs whose tablet had this store, and the one that the copy names."""
    name = saved["device"]
    lent = {row.pair_id async for row in Tablet.all() if name and name in (row.device, *row.former)}
    named = {pair.id async for pair in Pair.filter(name=str(saved.get("pair", "")))}
    return lent | named


def text_of(change: dict[str, Any]) -> str:
    """What the change says, for a person to find it again."""
    patch = change.get("patch")
    values = patch if isinstance(patch, dict) else {}
    return str(values.get("text") or values.get("report") or change.get("kind", ""))[:200]
