"""Values that lost a conflict of late, for the pages to show and to bring back in one tap. The journal keeps them all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from tour.db import now
from tour.field.kinds import KINDS, iso
from tour.field.merge import wall
from tour.field.models import Change, ChangeOutcome

LATELY = timedelta(days=7)
MOST = 5
Lost = dict[str, Any]


async def lost_values(kind: str, docs: Collection[UUID]) -> dict[UUID, list[Lost]]:
    """By document, ``{field, value, by, at}`` of what lost: at most one value a field, the newest fields first."""
    since = now() - LATELY
    by_doc: dict[UUID, list[Change]] = defaultdict(list)
    async for change in Change.filter(
        kind=kind, doc__in=docs, outcome=ChangeOutcome.APPLIED, received_at__gte=since
    ).order_by("stamp"):
        by_doc[change.doc].append(change)
    return {doc: losers(kind, changes) for doc, changes in by_doc.items() if len(changes) > 1}


def losers(kind: str, changes: list[Change]) -> list[Lost]:
    """What lost among the changes of one document, given in the order of their stamps."""
    lost = []
    for field, rule in KINDS[kind]["fields"].items():
        told = [change for change in changes if field in change.patch]
        if rule.get("fixed") or field in ("item_version", "photos_from") or len(told) < 2:
            continue
        winner = told[-1]
        if "photos_from" in winner.patch and field == "photos":
            continue  # laid over the other: nothing lost (merge.photos_after)
        loser = next(
            (one for one in reversed(told[:-1]) if beaten_unseen(one, winner, field)), None
        )
        if loser:
            at = wall(loser.stamp)
            lost.append(
                {"field": field, "value": loser.patch[field], "by": loser.by, "at": iso(at)}
            )
    return sorted(lost, key=lambda one: one["at"], reverse=True)[:MOST]


def beaten_unseen(loser: Change, winner: Change, field: str) -> bool:
    """Whether the winner was made on another tablet before it could know of the loser: not a correction, a conflict.

    Its clock may be ahead: it was made before it was received.
    """
    made = min(wall(winner.stamp), winner.received_at)
    return (
        device(loser) != device(winner)
        and loser.patch[field] != winner.patch[field]
        and made < loser.received_at
    )


def device(change: Change) -> str:
    """The store in a browser that made the change: the end of its stamp."""
    return change.stamp.rpartition(".")[2]
