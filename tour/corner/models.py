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


class Item(Model):
    """An entry of the service catalogue."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    ref = fields.CharField(max_length=40, unique=True)
    space = fields.CharEnumField(Space, max_length=8)
    kind = fields.CharEnumField(NeedKind, max_length=16)
    name = fields.CharField(max_length=120)
    description = fields.TextField(default="")
    keywords = fields.CharField(max_length=250, default="")
    delay_days = fields.IntField(null=True)
    questions: list[dict[str, Any]] = fields.JSONField(default=list)
    position = fields.IntField(default=0)
    active = fields.BooleanField(default=True)
