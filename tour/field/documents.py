"""Documents: flat views of visits, needs and items, ready for a page. Their fields are those of kinds.json."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from tour import feed
from tour.corner.catalogue.edit import catalogue_mark
from tour.corner.catalogue.models import Item, ItemVersion
from tour.db import Document
from tour.feed import Lookup, Reads, Watched
from tour.field.kinds import iso
from tour.field.lost import lost_values
from tour.field.merge import overlay
from tour.field.models import Change
from tour.field.table import IN_ORDER, Articles
from tour.field.window import OPEN, Key, Window
from tour.needs.asked import questions_asked
from tour.needs.models import Need
from tour.visits.models import Announcement, AnnouncementState, Reception, Visit, VisitReport

REPORT = (
    "met_managers",
    "met_ambassadors",
    "demonstrations",
    "themes",
    "autonomy",
    "duration_min",
    "equipment",
    "referral",
    "referral_to",
)


@dataclass(frozen=True)
class Built:
    """One document for a tablet; ``stamp`` is the highest stamp among its fields."""

    kind: str
    id: str
    version: int
    data: dict[str, Any]
    stamp: str

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": self.id, "version": self.version, "data": self.data}


async def build(keys: Iterable[Key]) -> list[Built]:
    """The documents asked for, in the order asked; those that no longer exist are left out."""
    keys = list(keys)
    built: dict[Key, Built] = {}
    for kind, source in SOURCES.items():
        ids = [UUID(doc) for wanted, doc in keys if wanted == kind]
        if not ids:
            continue
        extra = await source.beside(ids)
        entries = {row.doc_id: row for row in await Document.filter(kind=kind, doc_id__in=ids)}
        for row in await source.rows().filter(id__in=ids):
            entry = entries.get(row.id)
            stamp = max(entry.stamps.values(), default="") if entry else ""
            built[kind, str(row.id)] = Built(
                kind,
                str(row.id),
                entry.version if entry else 0,
                source.data(row) | extra.get(row.id, {}),
                stamp,
            )
    return [built[key] for key in keys if key in built]


async def shelf(window: Window, kinds: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """All documents of a window by kind, as the server's own pages show them: nothing is pending here."""
    rows: dict[str, QuerySet[Any]] = {"visit": window.visits()}
    if "need" in kinds:
        rows["need"] = await window.needs()
    held: dict[str, list[dict[str, Any]]] = {}
    for kind in kinds & rows.keys():
        ids = list(await rows[kind].values_list("id", flat=True))
        extra = await SOURCES[kind].beside(ids)
        shown = (
            as_shown(kind, SOURCES[kind].data(row) | extra.get(row.id, {}))
            for row in await SOURCES[kind].rows().filter(id__in=ids)
        )
        held[kind] = list(shown)
    if "item" in kinds:
        held["item"] = await articles()
    return held


def as_shown(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """A document as the server's pages show it: nothing is pending here."""
    shown = overlay(kind, data["id"], data, [], lambda *_: None)
    assert shown is not None
    return shown


kept: dict[tuple[Any, ...], Articles] = {}


async def articles() -> Articles:
    """The catalogue, ready to be searched; read again only when an item has changed."""
    mark = await catalogue_mark()
    if mark not in kept:
        rows = await Item.filter(active=True)

        def read() -> Articles:
            found = Articles(as_shown("item", item_data(row)) for row in rows)
            found.sort(key=lambda article: [article[key] for key in IN_ORDER])
            assert found.words
            return found

        found = await asyncio.to_thread(read)
        kept.clear()
        kept[mark] = found
    return kept[mark]


def visit_data(visit: Visit) -> dict[str, Any]:
    site, manager, more = visit.site, visit.site.manager, visit.more or VisitReport()
    return {
        "id": str(visit.id),
        "day": visit.day.isoformat(),
        "start": visit.start.strftime("%H:%M"),
        "end": visit.end.strftime("%H:%M"),
        "drive_before_min": visit.drive_before_min,
        "drive_after_min": visit.drive_after_min,
        "state": visit.state.value,
        "arrived_at": iso(visit.arrived_at),
        "left_at": iso(visit.left_at),
        "met": visit.met,
        "report": visit.report,
        "site": str(site.id),
        "site_name": site.name,
        "address": site.address,
        "postcode": site.postcode,
        "commune": site.commune,
        "position": ""
        if site.lat is None or site.lon is None
        else f"{site.lat:.5f},{site.lon:.5f}",
        "phone": site.phone,
        "staff": site.staff,
        "access": site.access,
        "opening_hours": site.opening_hours,
        "manager_name": manager.name if manager else "",
        "manager_phone": manager.phone if manager else "",
        "manager_email": manager.email if manager else "",
        "ambassadors": [
            {"name": person.name, "phone": person.phone} for person in site.ambassadors
        ],
        **{name: getattr(more, name) for name in REPORT},
    }


def need_data(need: Need) -> dict[str, Any]:
    return {
        "id": str(need.id),
        "visit": str(need.visit_id),
        "site": str(need.site_id),
        "site_name": need.site.name,
        "day": need.visit.day.isoformat(),
        "item": str(need.item_id) if need.item_id else "",
        "item_name": need.item.name if need.item else "",
        "kind": need.kind.value,
        "text": need.text,
        "urgency": need.urgency.value,
        "requester": need.requester,
        "asset": need.asset,
        "photos": [
            {"sha256": link.photo_id, "size": link.photo.size, "caption": link.caption}
            for link in need.photos
        ],
        "photos_missing": len(need.photos) - need.photos_here,
        "answers": need.answers,
        "state": need.state.value,
        "withdrawn": need.withdrawn,
        "open": need.state in OPEN and not need.withdrawn,
        "recorded_at": iso(need.recorded_at),
        "news": need.news or [],
        "outside": bool(need.ticket and need.ticket.desk != "embedded"),  # type: ignore[attr-defined]
        "to_bring": bool(need.ticket and need.ticket.to_bring),  # type: ignore[attr-defined]
        "item_version": need.item_version,
    }


def item_data(item: Item) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "ref": item.ref,
        "space": item.space.value,
        "kind": item.kind.value,
        "name": item.name,
        "description": item.description,
        "delay_days": item.delay_days,
        "place": item.position,
        "keywords": f"{item.keywords} {item.synonyms}".strip(),
        "availability": item.availability.value,
        "picture": item.picture,
        "version": item.version,
        "questions": item.questions,
    }


async def nothing_beside(ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    return {}


async def beside_visits(ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What lost a conflict, and what the site said beforehand: how it receives, and what its people need."""
    found: dict[UUID, dict[str, Any]] = {
        doc: {"lost": lost} for doc, lost in (await lost_values("visit", ids)).items()
    }
    receptions = await Reception.filter(visit_id__in=ids)
    refs = {ref for reception in receptions for ref in reception.items}
    names = dict(await Item.filter(ref__in=refs).values_list("ref", "name")) if refs else {}
    for reception in receptions:
        found.setdefault(reception.visit_id, {}).update(
            said_access=reception.access,
            room=reception.room,
            expected=reception.expected,
            said_ambassador=reception.ambassador,
            said_by=reception.by,
            announced=[
                {"what": names[ref], "text": "", "who": ""}
                for ref in reception.items
                if ref in names
            ],
        )
    kept = Announcement.filter(visit_id__in=ids, state=AnnouncementState.KEPT).select_related(
        "item"
    )
    for one in await kept.order_by("created_at"):
        what = {"what": one.item.name if one.item else "", "text": one.text, "who": one.name}
        found.setdefault(one.visit_id, {}).setdefault("announced", []).append(what)
    return found


async def beside_needs(ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The questions each need was asked with, which its item may have changed since; and what lost a conflict."""
    asked = await questions_asked(
        await Need.filter(id__in=ids).exclude(item_version=0).only("id", "item_id", "item_version")
    )
    lost = await lost_values("need", ids)
    return {
        doc: ({"questions": asked[doc]} if doc in asked else {})
        | ({"lost": lost[doc]} if doc in lost else {})
        for doc in asked.keys() | lost.keys()
    }


@dataclass(frozen=True)
class Source:
    """Where documents of a kind come from: rows with all that their view reads, the view, and what both read, here and
    in ``beside``, or what says who holds them."""

    rows: Callable[[], QuerySet[Any]]
    data: Callable[[Any], dict[str, Any]]
    depends_on: Sequence[Reads]
    beside: Callable[[Sequence[Any]], Awaitable[dict[UUID, dict[str, Any]]]] = nothing_beside


VISIT_DEPENDS_ON = (
    Reads(
        "",
        (
            "pair_id", "day", "start", "end", "drive_before_min", "drive_after_min", "state",
            "arrived_at", "left_at", "met", "report",
        ),
    ),
    Reads(
        "site",
        (
            "name", "address", "postcode", "commune", "lat", "lon", "phone", "staff", "access",
            "opening_hours",
        ),
    ),
    Reads("site__manager", ("name", "phone", "email")),
    Reads("site__ambassadors", ("name", "phone")),
    Reads("more", REPORT),
    Reads("reception", ("access", "room", "expected", "ambassador", "by", "items")),
    Reads("reception", ("name",), Lookup("expected_item", Item, on={"ref": "items"})),
    Reads("announcements", ("text", "name", "state", "created_at")),
    Reads("announcements__item", ("name",)),
)  # fmt: skip
NEED_DEPENDS_ON = (
    Reads(
        "",
        (
            "kind", "text", "urgency", "requester", "asset", "answers", "item_version", "state",
            "withdrawn", "recorded_at", "news",
        ),
    ),
    Reads("site", ("name",)),
    Reads("visit", ("day",)),
    Reads("item", ("name",)),
    Reads(
        "",
        ("questions",),
        Lookup("questions", ItemVersion, on={"item_id": "item_id", "version": "item_version"}),
    ),
    Reads("ticket", ("desk", "to_bring")),
    Reads("photos", ("place", "caption", "brought")),
    Reads("photos__photo", ("size", "state")),
)  # fmt: skip
ITEM_DEPENDS_ON = (
    Reads(
        "",
        (
            "ref", "space", "kind", "name", "description", "delay_days", "position", "keywords",
            "synonyms", "availability", "picture", "version", "questions", "active",
        ),
    ),
)  # fmt: skip


SOURCES: dict[str, Source] = {
    "visit": Source(
        lambda: Visit.all().prefetch_related("site__manager", "site__ambassadors", "more"),
        visit_data,
        VISIT_DEPENDS_ON,
        beside_visits,
    ),
    "need": Source(
        lambda: Need.all().prefetch_related("site", "visit", "item", "ticket", "photos__photo"),
        need_data,
        NEED_DEPENDS_ON,
        beside_needs,
    ),
    "item": Source(lambda: Item.all(), item_data, ITEM_DEPENDS_ON),
}


def watched() -> list[Watched]:
    """The tables of which a write gives documents a new version; the journal's too, of all kinds: it tells what lost."""
    journal = Watched(
        name="feed_journal",
        kind="{row}.kind",
        table=Change._meta.db_table,
        columns=("outcome",),
        docs="SELECT {row}.doc",
        only_changes=False,
        when="{row}.outcome = 'applied'",
    )
    kinds = (
        table
        for kind, source in SOURCES.items()
        for table in feed.watched(kind, source.rows().model, source.depends_on)
    )
    return [*kinds, journal]
