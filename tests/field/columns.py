"""One of everything that a document reads, and another value for each of its columns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tests.factories import bring, make_item, make_manager, make_pair, make_site, make_visit
from tests.field.conftest import Device
from tour.corner.catalogue.models import Item, ItemVersion, NeedKind
from tour.db import ClockField, local_now, uuid7
from tour.desk.models import Ticket
from tour.field.documents import watched
from tour.needs.models import Need, NeedPhoto, Photo
from tour.people.models import Pair
from tour.sites.models import Ambassador, Site, SiteManager
from tour.visits.models import (
    Announcement,
    AnnouncementState,
    Reception,
    Visit,
    VisitReport,
    VisitState,
)

READ = (
    Ambassador, Announcement, Item, ItemVersion, Need, NeedPhoto, Photo, Site, SiteManager, Ticket, Visit, VisitReport,
    Reception,
)  # fmt: skip


class World:
    """A visit and a need with all that their documents read; and others of each, with nothing."""

    def __init__(self) -> None:
        self.rows: dict[type[Model], Any] = {}
        self.others: dict[type[Model], Any] = {}

    @classmethod
    async def build(cls, pair: Pair) -> World:
        world, today = cls(), local_now().date()
        for kept in (world.others, world.rows):
            manager = await make_manager()
            site = await make_site(manager=manager)
            visit = await make_visit(pair=pair, site=site, day=today)
            item = await make_item(questions=[{"id": "q", "label": "Combien ?", "type": "text"}])
            need = await Need.create(
                visit=visit, site=site, kind=NeedKind.IDEA, text="?", item=item, item_version=1
            )
            photo = await Photo.create(sha256=f"{uuid7().hex:0<64}", size=10)
            kept |= {SiteManager: manager, Site: site, Visit: visit, Item: item, Need: need}
            kept |= {Photo: photo, Pair: pair}
        world.others[Pair] = await make_pair()
        await world.say(visit, site, item, need, photo)
        return world

    async def say(self, visit: Visit, site: Site, item: Item, need: Need, photo: Photo) -> None:
        for row in (
            Ambassador(site=site, name="Ana"),
            VisitReport(visit=visit),
            Reception(visit=visit, items=[item.ref]),
            Announcement(visit=visit, item=item, text="Écran", state=AnnouncementState.KEPT),
            ItemVersion(item=item, version=1, questions=item.questions),
            Ticket(need=need, reference=str(uuid7())),
            NeedPhoto(need=need, photo=photo, place=1, tablet_id=uuid7(), brought=True),
        ):
            await row.save()
            self.rows[type(row)] = row

    async def changes(self, model: type[Model]) -> AsyncIterator[str]:
        """Changes each column of a row, one at a time, and changes it back; says which."""
        row = self.rows[model]
        for name, field in model._meta.fields_map.items():
            if name not in model._meta.fields_db_projection or field.pk:
                continue
            before = getattr(row, name)
            after = self.another(model, name, field, before)
            if after is None:
                continue
            if (model, name) == (Visit, "state"):
                await bring([row], VisitState.INVITED)
                yield name
                continue
            for value in (after, before):
                await model.filter(pk=row.pk).update(**{name: value})
                yield model._meta.fields_db_projection[name]

    def another(self, model: type[Model], name: str, field: Any, value: Any) -> Any:
        if name in {
            f"{relation}_id" for relation in model._meta.fk_fields | model._meta.o2o_fields
        }:
            related = model._meta.fields_map[name.removesuffix("_id")].related_model  # type: ignore[attr-defined]
            other = self.others.get(related)
            return other and other.pk
        if name == "items":
            return [self.others[Item].ref]
        return another(field, value, name)


def another(field: Any, value: Any, name: str) -> Any:
    if isinstance(field, fields.JSONField):
        return {"q": "Deux"} if name == "answers" else [] if value else ["vr"]
    if isinstance(value, Enum):
        return next(one for one in type(value) if one != value)
    if isinstance(field, fields.BooleanField):
        return not value
    if isinstance(field, ClockField):
        return time(value.hour + 1, 5)
    if isinstance(field, fields.DatetimeField):
        return (value or datetime(2026, 11, 20, 9, tzinfo=local_now().tzinfo)) + timedelta(hours=1)
    if isinstance(field, fields.DateField):
        return (value or date(2026, 11, 20)) + timedelta(days=1)
    if isinstance(field, fields.UUIDField):
        return uuid7()
    if isinstance(field, fields.IntField | fields.SmallIntField | fields.FloatField):
        return (value or 0) + 1
    return "autre"[: getattr(field, "max_length", None) or 5]


def read_of(model: type[Model]) -> set[str]:
    """The columns of a model that the kinds of documents declare."""
    return {
        column
        for table in watched()
        if table.table == model._meta.db_table
        for column in table.columns
    }


async def follows_each_column(device: Device, model: type[Model]) -> None:
    """What arrives after each change is what a tablet that asks for all has; of what is not read, nothing arrives."""
    world, seen = await World.build(device.pair), set()
    await device.exchange()
    async for column in world.changes(model):
        answer = await device.exchange()
        moved = bool(answer["docs"] or answer["gone"])
        assert moved == (column in read_of(model)), column
        anew = Device(device.http, device.pair, device.tablet, device.secret)
        await anew.exchange()
        assert device.docs == anew.docs, column
        seen.add(column)
    assert read_of(model) <= seen
