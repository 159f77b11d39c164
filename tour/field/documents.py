"""Documents: flat views of visits, needs and items, ready for a page. Their fields are those of kinds.json."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from tour.corner.models import Item
from tour.db import Document
from tour.field.kinds import iso
from tour.field.merge import overlay
from tour.field.table import fold
from tour.field.window import OPEN, Key, Window
from tour.needs.models import Need
from tour.visits.models import Visit


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
        feed = {row.doc_id: row for row in await Document.filter(kind=kind, doc_id__in=ids)}
        for row in await source.rows().filter(id__in=ids):
            entry = feed.get(row.id)
            stamp = max(entry.stamps.values(), default="") if entry else ""
            built[kind, str(row.id)] = Built(
                kind, str(row.id), entry.version if entry else 0, source.data(row), stamp
            )
    return [built[key] for key in keys if key in built]


async def shelf(window: Window, kinds: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """All documents of a window by kind, as the server's own pages show them: nothing is pending here."""
    rows: dict[str, QuerySet[Any]] = {"visit": window.visits(), "item": window.items()}
    if "need" in kinds:
        rows["need"] = await window.needs()
    held: dict[str, list[dict[str, Any]]] = {}
    for kind in kinds & SOURCES.keys():
        ids = await rows[kind].values_list("id", flat=True)
        found = await SOURCES[kind].rows().filter(id__in=ids)
        shown = (
            overlay(kind, str(row.id), SOURCES[kind].data(row), [], lambda *_: None)
            for row in found
        )
        held[kind] = [data for data in shown if data]
    return held


def visit_data(visit: Visit) -> dict[str, Any]:
    site, manager = visit.site, visit.site.manager
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
        "to_bring": bool(need.ticket and need.ticket.to_bring),  # type: ignore[attr-defined]
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
        "search": fold(f"{item.name} {item.keywords} {item.description}"),
    }


@dataclass(frozen=True)
class Source:
    """Where documents of a kind come from: rows with all that their view reads, and the view."""

    rows: Callable[[], QuerySet[Any]]
    data: Callable[[Any], dict[str, Any]]


SOURCES: dict[str, Source] = {
    "visit": Source(
        lambda: Visit.all().prefetch_related("site__manager", "site__ambassadors"), visit_data
    ),
    "need": Source(
        lambda: Need.all().prefetch_related("site", "visit", "item", "ticket", "photos__photo"),
        need_data,
    ),
    "item": Source(lambda: Item.all(), item_data),
}
