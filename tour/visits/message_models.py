"""Invitations sent at a pace, and what comes back by mail."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.db import now, uuid7
from tour.visits.models import Visit


class MailingState(enum.StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"


class Mailing(Model):
    """Many invitations, sent at a pace."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    per_hour = fields.IntField()
    state = fields.CharEnumField(MailingState, default=MailingState.RUNNING, max_length=8)
    by = fields.CharField(max_length=160)
    created_at = fields.DatetimeField(default=now)
    lines: fields.ReverseRelation[MailingLine]

    class Meta:
        ordering = ["-created_at"]


class MailingLine(Model):
    """A visit of a mailing. Its invitation is made when its turn comes: until then the visit is only proposed."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    mailing: fields.ForeignKeyRelation[Mailing] = fields.ForeignKeyField(
        "tour.Mailing", related_name="lines"
    )
    visit: fields.ForeignKeyRelation[Visit] = fields.ForeignKeyField(
        "tour.Visit", related_name="mailing_lines"
    )
    posted_at: datetime | None = fields.DatetimeField(null=True)
    problem = fields.TextField(default="")  # why it was passed over

    mailing_id: Any
    visit_id: Any

    class Meta:
        ordering = ["id"]
        unique_together = (("mailing", "visit"),)


class IncomingKind(enum.StrEnum):
    BOUNCE = "bounce"
    CALENDAR = "calendar"  # an answer given in a calendar: can be forged, so to be checked
    REPLY = "reply"


class Incoming(Model):
    """A mail that came back: a bounce, an answer given in a calendar, or a reply."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharEnumField(IncomingKind, max_length=8)
    message_id = fields.CharField(max_length=250, unique=True)
    visit: fields.ForeignKeyNullableRelation[Visit] = fields.ForeignKeyField(
        "tour.Visit", null=True, related_name="incoming"
    )
    sender = fields.CharField(max_length=254, default="")
    answer = fields.CharField(max_length=24, default="")  # ACCEPTED, DECLINED, TENTATIVE
    text = fields.TextField(default="")
    at = fields.DatetimeField(default=now)
    treated_by = fields.CharField(max_length=160, default="")

    visit_id: Any

    class Meta:
        ordering = ["at"]
