"""Tablets, and the journal of every change they sent."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.db import now, uuid7
from tour.people.models import Agent, Pair
from tour.settings import settings


class Tablet(Model):
    """An enrolled device. Of the enrolment token and of the device's secret only hashes are kept."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(max_length=80)
    pair: fields.ForeignKeyRelation[Pair] = fields.ForeignKeyField(
        "tour.Pair", related_name="tablets"
    )
    enrol_hash = fields.CharField(max_length=64, null=True, unique=True)
    enrol_until = fields.DatetimeField(null=True)
    enrolled_by: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", null=True, related_name="tablets", on_delete=fields.SET_NULL
    )
    secret_hash = fields.CharField(max_length=64, null=True, unique=True)
    enrolled_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)
    last_sync_at: datetime | None = fields.DatetimeField(null=True)
    seen_at: datetime | None = fields.DatetimeField(null=True)  # it asked for anything, to the day
    waiting = fields.IntField(default=0)  # changes it still holds, as it last said
    release = fields.CharField(max_length=40, default="")
    device = fields.CharField(
        max_length=48, default=""
    )  # the store in its browser, named at random
    former: list[str] = fields.JSONField(default=list)  # stores it had before, which were lost
    account: dict[str, int] = fields.JSONField(default=dict)  # as it last said: see sync.ACCOUNT
    storage: dict[str, int] = fields.JSONField(default=dict)  # bytes; see sync.STORAGE
    lost = fields.IntField(
        default=0
    )  # changes it held and no longer knows of, until a planner has seen it
    lost_at: datetime | None = fields.DatetimeField(null=True)

    persons: fields.ReverseRelation[TabletPerson]

    pair_id: Any

    @property
    def lapsed(self) -> bool:
        """Whether nobody has used it for so long that it must be enrolled anew."""
        used = [at for at in (self.enrolled_at, self.last_sync_at, self.seen_at) if at]
        return bool(used) and max(used) < now() - timedelta(days=settings().tablet_days)

    @property
    def gap(self) -> int:
        """Changes it made that are neither confirmed nor still there, by its own account; 0 when all is well."""
        told = self.account
        return told["made"] - sum(n for name, n in told.items() if name != "made") if told else 0


class TabletPerson(Model):
    """What a planner said of one person on one tablet: a guest there, or allowed to choose a new PIN."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tablet: fields.ForeignKeyRelation[Tablet] = fields.ForeignKeyField(
        "tour.Tablet", related_name="persons"
    )
    agent: fields.ForeignKeyRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", related_name="on_tablets"
    )
    guest = fields.BooleanField(default=False)
    pin_reset_at: datetime | None = fields.DatetimeField(null=True)

    agent_id: Any

    class Meta:
        unique_together = (("tablet", "agent"),)


class ChangeOutcome(enum.StrEnum):
    APPLIED = "applied"
    REFUSED = "refused"


class Change(Model):
    """One change a tablet made, kept for good: also those refused, also values that lost."""

    id = fields.UUIDField(primary_key=True)
    tablet: fields.ForeignKeyNullableRelation[Tablet] = fields.ForeignKeyField(
        "tour.Tablet", null=True, related_name="changes", on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=16)
    doc = fields.UUIDField(db_index=True)
    patch: dict[str, Any] = fields.JSONField()
    stamp = fields.CharField(max_length=80)
    by = fields.CharField(max_length=160, default="")  # someone of the tablet's team, or its pair
    said = fields.CharField(
        max_length=160, default=""
    )  # the name that came, where it is not ``by``
    outcome = fields.CharEnumField(ChangeOutcome, max_length=16)
    refused_field = fields.CharField(max_length=40, default="")
    why = fields.TextField(default="")
    received_at = fields.DatetimeField(default=now)

    tablet_id: Any


class VisitHold(Model):
    """From then on a pair held a visit. The database itself writes it whenever a visit gets a pair, and never changes it."""

    id = fields.IntField(primary_key=True)
    visit = fields.UUIDField()  # plain values: they stay when what they name goes
    pair = fields.UUIDField()
    since = fields.DatetimeField()

    class Meta:
        indexes = (("pair", "visit"),)


class Unreadable(Model):
    """What a tablet sent and the server could not read. Its bytes are a file (see unreadable.py)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tablet: fields.ForeignKeyRelation[Tablet] = fields.ForeignKeyField(
        "tour.Tablet", related_name="unreadable"
    )
    sha256 = fields.CharField(max_length=64)
    size = fields.IntField()
    why = fields.CharField(max_length=300, default="")
    count = fields.IntField(default=1)
    first_at = fields.DatetimeField(default=now)
    last_at = fields.DatetimeField(default=now)
    filed_at: datetime | None = fields.DatetimeField(null=True)  # « classer »
    filed_by = fields.CharField(max_length=160, default="")

    tablet_id: Any

    class Meta:
        unique_together = (("tablet", "sha256"),)
