"""Tickets: needs once they are at the desk that treats them."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.db import now, uuid7
from tour.needs.models import Need


class Ticket(Model):
    """A need in the desk. One per need, by constraint: a second delivery finds the first."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    need: fields.OneToOneRelation[Need] = fields.OneToOneField("tour.Need", related_name="ticket")
    desk = fields.CharField(max_length=16, default="embedded")
    reference = fields.CharField(max_length=64, unique=True)
    opened_at = fields.DatetimeField(default=now)
    updated_at = fields.DatetimeField(default=now)
    treated_by = fields.CharField(max_length=160, default="")

    need_id: Any
