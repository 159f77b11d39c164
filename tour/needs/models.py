"""Needs: what is asked or reported on site."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.corner.catalogue.models import Item, NeedKind
from tour.db import now, uuid7
from tour.people.models import Agent, Pair
from tour.sites.models import Site
from tour.visits.models import Visit


class Urgency(enum.StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class NeedState(enum.StrEnum):
    """Where a need stands, as the person who asked sees it."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    REFUSED = "refused"

    @property
    def open(self) -> bool:
        """Somebody still has to do something about it."""
        return self in {NeedState.RECEIVED, NeedState.IN_PROGRESS}


class Need(Model):
    """A need noted on a visit. Its id is made by the tablet."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    visit: fields.ForeignKeyRelation[Visit] = fields.ForeignKeyField(
        "tour.Visit", related_name="needs"
    )
    site: fields.ForeignKeyRelation[Site] = fields.ForeignKeyField(
        "tour.Site", related_name="needs"
    )
    item: fields.ForeignKeyNullableRelation[Item] = fields.ForeignKeyField(
        "tour.Item", null=True, related_name="needs", on_delete=fields.SET_NULL
    )
    kind = fields.CharEnumField(NeedKind, max_length=16)
    text = fields.TextField(default="")
    urgency = fields.CharEnumField(Urgency, default=Urgency.NORMAL, max_length=8)
    requester = fields.CharField(max_length=160, default="")
    asset = fields.CharField(max_length=80, default="")
    answers: dict[str, Any] = fields.JSONField(default=dict)  # by the id of the item's question
    item_version = fields.IntField(default=0)  # whose questions these are; 0: none were asked
    state = fields.CharEnumField(NeedState, default=NeedState.RECEIVED, max_length=16)
    withdrawn = fields.BooleanField(default=False)
    recorded_at: datetime = fields.DatetimeField(default=now)
    recorded_by: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", null=True, related_name="needs", on_delete=fields.SET_NULL
    )
    received_at: datetime = fields.DatetimeField(default=now)
    # What the desk said for all to read, oldest first: {"at", "by", "text", "solution"}.
    news: list[dict[str, Any]] | None = fields.JSONField(null=True)
    merged_into: fields.ForeignKeyNullableRelation[Need] = fields.ForeignKeyField(
        "tour.Need", null=True, related_name="merged", on_delete=fields.SET_NULL
    )

    photos: fields.ReverseRelation[NeedPhoto]

    visit_id: Any
    site_id: Any
    item_id: Any
    recorded_by_id: Any
    merged_into_id: Any

    @property
    def photos_here(self) -> int:
        """How many of its photos have arrived; its photos are fetched before."""
        return sum(link.here for link in self.photos)


class PhotoState(enum.StrEnum):
    EXPECTED = "expected"
    RECEIVED = "received"


class Photo(Model):
    """A photo by its content, as a tablet sent it. Its files are those of photos.path_of."""

    sha256 = fields.CharField(max_length=64, primary_key=True)
    size = fields.IntField()  # bytes, as announced
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    state = fields.CharEnumField(PhotoState, default=PhotoState.EXPECTED, max_length=8)
    announced_at: datetime = fields.DatetimeField(default=now)
    received_at: datetime | None = fields.DatetimeField(null=True)


class NeedPhoto(Model):
    """A photo among those of a need, and who announced it."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    need: fields.ForeignKeyRelation[Need] = fields.ForeignKeyField(
        "tour.Need", related_name="photos"
    )
    photo: fields.ForeignKeyRelation[Photo] = fields.ForeignKeyField(
        "tour.Photo", related_name="needs", db_index=True
    )
    place = fields.SmallIntField()
    caption = fields.CharField(max_length=200, default="")
    listed_at: datetime | None = fields.DatetimeField(null=True, default=now)
    tablet_id = fields.UUIDField()  # a plain value: tablets stand on a floor above
    pair: fields.ForeignKeyNullableRelation[Pair] = fields.ForeignKeyField(
        "tour.Pair", null=True, related_name="photos", on_delete=fields.SET_NULL
    )

    # The pair that announced it has sent its bytes: to know a photo's name is not to have it.
    brought = fields.BooleanField(default=False)

    need_id: Any
    photo_id: Any
    pair_id: Any

    @property
    def here(self) -> bool:
        """Whether the photo has arrived, and from who announced it for this need. The photo is fetched before."""
        return self.brought and self.photo.state == PhotoState.RECEIVED

    class Meta:
        unique_together = (("need", "photo"),)
        ordering = ("place",)
