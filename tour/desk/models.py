"""Desks, the delivery of each need to one of them, tickets, and what is said on a ticket."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from tour.corner.catalogue.models import Item
from tour.db import now, uuid7
from tour.needs.models import Need
from tour.people.models import Agent
from tour.sites.models import Site


class DeskKind(enum.StrEnum):
    EMBEDDED = "embedded"
    GLPI_V1 = "glpi_v1"
    GLPI_V2 = "glpi_v2"
    RT = "rt"
    WEBHOOK = "webhook"


class Desk(Model):
    """A system outside that treats needs. At most one is in use, with none the embedded desk treats all.

    ``secrets`` is sealed (see desk.secrets). ``failures`` and ``open_until`` are the circuit breaker's: open, nothing passes.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharEnumField(DeskKind, max_length=16)
    name = fields.CharField(max_length=40, unique=True)
    url = fields.CharField(max_length=300)
    options: dict[str, Any] = fields.JSONField(default=dict)
    secrets = fields.TextField(default="")
    in_use = fields.BooleanField(default=False)
    triage = fields.BooleanField(default=False)
    polled_at: datetime | None = fields.DatetimeField(null=True)
    failures = fields.IntField(default=0)
    failed_with: Any = fields.UUIDField(null=True)  # the need of the last failure
    open_until: datetime | None = fields.DatetimeField(null=True, source_field="closed_until")
    trouble = fields.TextField(default="")
    findings: list[dict[str, Any]] = fields.JSONField(default=list)
    checked_at: datetime | None = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(default=now)


class DeliveryState(enum.StrEnum):
    """Where a need stands on its way to a desk outside."""

    TRIAGE = "triage"  # a person looks at it before it leaves
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"  # will not go by itself: a person must act
    TO_CHECK = "to_check"  # may have arrived: the desk is asked again before anything is made
    KEPT = "kept"  # treated here, or merged into another need, or refused in triage

    @property
    def stays(self) -> bool:
        """It does not leave for the desk as things stand: in triage, or for good."""
        return self in {DeliveryState.TRIAGE, DeliveryState.KEPT}

    @property
    def on_its_way(self) -> bool:
        return self != DeliveryState.SENT and not self.stays


class Delivery(Model):
    """One need on its way to one desk. One per need, by constraint."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    need: fields.OneToOneRelation[Need] = fields.OneToOneField("tour.Need", related_name="delivery")
    desk: fields.ForeignKeyRelation[Desk] = fields.ForeignKeyField(
        "tour.Desk", related_name="deliveries"
    )
    state = fields.CharEnumField(DeliveryState, default=DeliveryState.WAITING, max_length=16)
    remote_id = fields.CharField(max_length=64, default="")
    tries = fields.IntField(default=0)
    unsure_at: datetime | None = fields.DatetimeField(null=True)  # a create may be on its way since
    photos_left = fields.IntField(default=0)
    answer = fields.TextField(default="")  # the server's last, secrets masked
    problem = fields.TextField(default="")  # in words
    created_at = fields.DatetimeField(default=now)
    tried_at: datetime | None = fields.DatetimeField(null=True)
    sent_at: datetime | None = fields.DatetimeField(null=True)

    need_id: Any
    desk_id: Any

    class Meta:
        indexes = (("desk_id", "remote_id"), ("state",))


class Ticket(Model):
    """A need in the desk. One per need, by constraint: a second delivery finds the first."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    need: fields.OneToOneRelation[Need] = fields.OneToOneField("tour.Need", related_name="ticket")
    desk = fields.CharField(max_length=16, default="embedded")
    reference = fields.CharField(max_length=64, unique=True)
    opened_at = fields.DatetimeField(default=now)
    updated_at = fields.DatetimeField(default=now)
    treated_by = fields.CharField(max_length=160, default="")
    assignee: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", null=True, related_name="tickets", on_delete=fields.SET_NULL
    )
    due_on = fields.DateField(null=True)  # promised by the item's delay
    to_bring = fields.BooleanField(null=True)  # handed over at the next visit
    url = fields.CharField(max_length=400, null=True)
    remote_status = fields.CharField(max_length=40, null=True)
    remote_at: datetime | None = fields.DatetimeField(null=True)  # last update there
    read_at: datetime | None = fields.DatetimeField(null=True)  # when we read that

    need_id: Any
    assignee_id: Any

    @classmethod
    def standing(cls) -> QuerySet[Ticket]:
        """Tickets that stand for themselves: not withdrawn, not merged into another."""
        return cls.filter(need__withdrawn=False, need__merged_into_id__isnull=True)


class Comment(Model):
    """Something said on a ticket. Public ones reach the tablet, the manager and the requester."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    need: fields.ForeignKeyRelation[Need] = fields.ForeignKeyField(
        "tour.Need", related_name="comments"
    )
    at = fields.DatetimeField(default=now)
    by = fields.CharField(max_length=160, default="")
    text = fields.TextField()
    public = fields.BooleanField(default=True)
    solution = fields.BooleanField(default=False)
    remote_id = fields.CharField(max_length=64, default="")

    need_id: Any

    class Meta:
        ordering = ["at", "id"]


class RemoteChoice(Model):
    """What a desk offers to choose from: its categories, locations or queues, as last imported."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    desk: fields.ForeignKeyRelation[Desk] = fields.ForeignKeyField(
        "tour.Desk", related_name="choices"
    )
    what = fields.CharField(max_length=16)  # category, location, queue
    remote_id = fields.CharField(max_length=64)
    name = fields.CharField(max_length=250)

    desk_id: Any

    class Meta:
        unique_together = (("desk", "what", "remote_id"),)


class ItemMapping(Model):
    """What an item of the catalogue is at a desk, an empty value is the desk's default."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    desk: fields.ForeignKeyRelation[Desk] = fields.ForeignKeyField(
        "tour.Desk", related_name="item_mappings"
    )
    item: fields.ForeignKeyRelation[Item] = fields.ForeignKeyField(
        "tour.Item", related_name="mappings"
    )
    category = fields.CharField(max_length=64, default="")
    type = fields.CharField(max_length=16, default="")
    urgency = fields.CharField(max_length=8, default="")
    queue = fields.CharField(max_length=120, default="")

    desk_id: Any
    item_id: Any

    class Meta:
        unique_together = (("desk", "item"),)


class SiteMapping(Model):
    """Which of a desk's locations a site is."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    desk: fields.ForeignKeyRelation[Desk] = fields.ForeignKeyField(
        "tour.Desk", related_name="site_mappings"
    )
    site: fields.ForeignKeyRelation[Site] = fields.ForeignKeyField(
        "tour.Site", related_name="mappings"
    )
    location = fields.CharField(max_length=64)

    desk_id: Any
    site_id: Any

    class Meta:
        unique_together = (("desk", "site"),)


class SavedView(Model):
    """A filter of the inbox that an agent keeps under a name."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    agent: fields.ForeignKeyRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", related_name="desk_views"
    )
    name = fields.CharField(max_length=60)
    query = fields.CharField(max_length=400)

    agent_id: Any

    class Meta:
        unique_together = (("agent", "name"),)


class FollowLink(Model):
    """A link mailed to who asked for a need: only the token's SHA-256 is kept."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    need: fields.ForeignKeyRelation[Need] = fields.ForeignKeyField(
        "tour.Need", related_name="follow_links"
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    email = fields.CharField(max_length=254, default="")  # whom it was mailed to
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField(default=now)

    need_id: Any
