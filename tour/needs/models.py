"""Needs: what is asked or reported on site."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.corner.models import Item, NeedKind
from tour.db import now, uuid7
from tour.people.models import Agent
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
    answers: dict[str, Any] = fields.JSONField(default=dict)  # by the id of the item's question
    item_version = fields.IntField(default=0)  # whose questions these are; 0: none were asked
    state = fields.CharEnumField(NeedState, default=NeedState.RECEIVED, max_length=16)
    withdrawn = fields.BooleanField(default=False)
    recorded_at: datetime = fields.DatetimeField(default=now)
    recorded_by: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", null=True, related_name="needs", on_delete=fields.SET_NULL
    )
    received_at: datetime = fields.DatetimeField(default=now)

    visit_id: Any
    site_id: Any
    item_id: Any
    recorded_by_id: Any
