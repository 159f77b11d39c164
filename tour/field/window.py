"""What a tablet holds: the visits of its pair around today with their needs, and the whole catalogue; and what of it
changed since the tablet last asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from tour.corner.catalogue.models import Item
from tour.db import Document, FeedCounter
from tour.field.reach import once_shown
from tour.needs.models import Need, NeedState
from tour.settings import settings
from tour.visits.models import Visit

BACK = timedelta(days=7)
AHEAD = timedelta(days=21)
OPEN = (NeedState.RECEIVED, NeedState.IN_PROGRESS)
ORDER = ("visit", "need", "item")  # what an agent needs first travels first
NOTHING_YET = -1

Key = tuple[str, str]  # kind, id


def rank(key: Key) -> tuple[int, str]:
    """Where a document stands in the order of sending."""
    kind, doc = key
    return ORDER.index(kind), doc


@dataclass(frozen=True)
class Window:
    """What the tablets of a pair hold on a day."""

    pair_id: UUID
    today: date

    def visits(self) -> QuerySet[Visit]:
        return Visit.standing().filter(
            pair_id=self.pair_id, day__gte=self.today - BACK, day__lte=self.today + AHEAD
        )

    async def needs(self) -> QuerySet[Need]:
        """Needs of the window's visits, and those still open at their sites."""
        visits = await self.visits().values_list("id", "site_id")
        return Need.filter(
            Q(visit_id__in=[visit for visit, _site in visits])
            | Q(site_id__in=[site for _visit, site in visits], state__in=OPEN, withdrawn=False)
        )

    def items(self) -> QuerySet[Item]:
        return Item.filter(active=True)


@dataclass(frozen=True)
class Cursor:
    """How far a tablet has read. Opaque to tablets and signed: a forged one would ask for the names of all there is. The server keeps
    nothing, so a lost answer loses nothing.

    A pass goes from what was held (``since``, on ``day``, for ``pair``) to feed version ``to`` on ``today``, in pages;
    ``after`` is the last document sent, empty when the pass is over.
    """

    since: int
    day: date
    pair_id: UUID
    to: int
    today: date
    after: str

    @property
    def whole(self) -> bool:
        """Whether the pass sends everything, rather than what changed."""
        return self.since == NOTHING_YET

    @property
    def last(self) -> Key:
        """The last document sent, in the middle of a pass."""
        kind, _space, doc = self.after.partition(" ")
        return kind, doc

    def text(self) -> str:
        values = [
            self.since,
            self.day.isoformat(),
            str(self.pair_id),
            self.to,
            self.today.isoformat(),
            self.after,
        ]
        text = signer(settings().secret, settings().home).dumps(values)
        return text if isinstance(text, str) else text.decode()


@cache
def signer(secret: str, home: Path) -> URLSafeSerializer:
    """What signs cursors under these settings."""
    return URLSafeSerializer(settings().signing_secret(), salt="tablet cursor")


async def open_pass(window: Window, text: str) -> Cursor:
    """The pass that a cursor asks to begin or to go on with; everything when the cursor is of no use here."""
    newest = (await FeedCounter.get(id=1)).value
    cursor = read_cursor(text)
    if cursor is None or cursor.pair_id != window.pair_id or max(cursor.since, cursor.to) > newest:
        return Cursor(NOTHING_YET, window.today, window.pair_id, newest, window.today, "")
    if cursor.after:
        return cursor
    return replace(cursor, since=cursor.to, day=cursor.today, to=newest, today=window.today)


def read_cursor(text: str) -> Cursor | None:
    """The cursor that we wrote; none when it is another's, damaged, or of a release that did not sign: the tablet begins anew."""
    try:
        since, day, pair_id, to, today, after = signer(settings().secret, settings().home).loads(
            text
        )
    except (BadData, ValueError, TypeError):
        return None
    return Cursor(
        since, date.fromisoformat(day), UUID(pair_id), to, date.fromisoformat(today), after
    )


async def changed(
    window: Window, cursor: Cursor, *, rest_only: bool = False
) -> tuple[list[Key], list[Key]]:
    """What the pass must send, in the order of sending, and what has left the window, of what the pair's tablets once held.

    ``rest_only``: of a pass that sends everything, only what is still to be sent. A catalogue may have thousands of items.
    """
    if cursor.whole:
        after = cursor.last if rest_only and cursor.after else None
        return [key for kind in ORDER for key in await keys_after(window, kind, after)], []
    touched = await touched_since(window, cursor)
    held: dict[str, QuerySet[Any]] = {
        "visit": window.visits().filter(id__in=touched["visit"]),
        "need": (await window.needs()).filter(id__in=touched["need"]),
        "item": window.items().filter(id__in=touched["item"]),
    }
    inside = {kind: await ids(held[kind]) if touched[kind] else set() for kind in ORDER}
    left = {kind: touched[kind] - inside[kind] for kind in ORDER}
    left_by_pair = await once_shown(window.pair_id, left["visit"], left["need"])
    gone = {"visit": left["visit"] & left_by_pair, "need": left["need"] & left_by_pair}
    gone["item"] = left["item"]  # every tablet has the whole catalogue
    return in_order(inside), in_order(gone)


def in_order(docs: Mapping[str, set[Any]]) -> list[Key]:
    return [key for kind in ORDER for key in sorted((kind, str(doc)) for doc in docs[kind])]


async def keys_after(window: Window, kind: str, after: Key | None) -> list[Key]:
    """The documents of a kind in their order of sending; with ``after``, those that come later."""
    if after and ORDER.index(kind) < ORDER.index(after[0]):
        return []
    rows: QuerySet[Any] = window.visits() if kind == "visit" else window.items()
    if kind == "need":
        rows = await window.needs()
    if after and kind == after[0]:
        rows = rows.filter(id__gt=after[1])
    return sorted((kind, str(doc)) for doc in await ids(rows))


async def ids(rows: QuerySet[Any]) -> set[Any]:
    return set(await rows.values_list("id", flat=True))


async def touched_since(window: Window, cursor: Cursor) -> dict[str, set[Any]]:
    """Documents that may be new, different, or no longer in the window since the cursor's pass began.

    A visit that comes in or goes out by a move to another pair or by the passing of days takes its needs along,
    though nobody touched them.
    """
    feed: dict[str, set[UUID]] = defaultdict(set)
    for kind, doc in await Document.filter(version__gt=cursor.since).values_list("kind", "doc_id"):
        feed[kind].add(doc)
    visits = feed["visit"]
    if cursor.day != window.today:
        lapsed = sorted({cursor.day, window.today})
        visits |= await ids(
            Visit.filter(
                Q(day__gte=lapsed[0] - BACK, day__lt=lapsed[1] - BACK)
                | Q(day__gt=lapsed[0] + AHEAD, day__lte=lapsed[1] + AHEAD),
                pair_id=window.pair_id,
            )
        )
    needs = feed["need"]
    if visits:
        sites = await Visit.filter(id__in=visits).values_list("site_id", flat=True)
        needs |= await ids(
            Need.filter(
                Q(visit_id__in=visits) | Q(site_id__in=sites, state__in=OPEN, withdrawn=False)
            )
        )
    return {"visit": visits, "need": needs, "item": feed["item"]}
