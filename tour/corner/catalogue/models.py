"""The four spaces carried to the sites: the catalogue's items."""

from __future__ import annotations

import enum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.db import uuid7


class Space(enum.StrEnum):
    STORE = "store"
    CLASS = "class"
    LAB = "lab"
    ROOM = "room"


class NeedKind(enum.StrEnum):
    INCIDENT = "incident"
    REQUEST = "request"
    CLASS = "class"
    IDEA = "idea"
    INFORMATION = "information"


class Availability(enum.StrEnum):
    """Whether an item can be had at present."""

    AVAILABLE = "available"
    LIMITED = "limited"
    ON_ORDER = "on_order"
    UNAVAILABLE = "unavailable"


class Item(Model):
    """An entry of the service catalogue. Its questions are described in questions.py.

    ``version`` counts the sets of questions it has had. A need keeps the one it was asked with (see ItemVersion).
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    ref = fields.CharField(max_length=40, unique=True)
    space = fields.CharEnumField(Space, max_length=8)
    kind = fields.CharEnumField(NeedKind, max_length=16)
    name = fields.CharField(max_length=120)
    description = fields.TextField(default="")
    keywords = fields.CharField(max_length=250, default="")
    synonyms = fields.CharField(max_length=250, default="")
    availability = fields.CharEnumField(Availability, default=Availability.AVAILABLE, max_length=16)
    delay_days = fields.IntField(null=True)
    questions: list[dict[str, Any]] = fields.JSONField(default=list)
    position = fields.IntField(default=0)
    active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    picture = fields.CharField(max_length=64, default="")  # see Picture
    needs: fields.ReverseRelation[Any]


class ItemVersion(Model):
    """The questions of an item, as one of its versions asked them. Never changed."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    item: fields.ForeignKeyRelation[Item] = fields.ForeignKeyField(
        "tour.Item", related_name="versions"
    )
    version = fields.IntField()
    questions: list[dict[str, Any]] = fields.JSONField(default=list)

    item_id: Any

    class Meta:
        unique_together = (("item", "version"),)


class Picture(Model):
    """A small picture of the catalogue, named by the SHA-256 of its bytes."""

    sha256 = fields.CharField(primary_key=True, max_length=64)
    media_type = fields.CharField(max_length=32)
    content = fields.BinaryField()
