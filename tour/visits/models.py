"""A visit's life, and the links that let a manager answer."""

from __future__ import annotations

import enum
from datetime import date, datetime, time
from typing import Any

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from tour.db import ClockField, now, uuid7
from tour.people.models import Pair
from tour.sites.models import Site


class VisitState(enum.StrEnum):
    PROPOSED = "proposed"
    INVITED = "invited"
    CONFIRMED = "confirmed"
    OTHER_DATE = "other_date"  # the manager asked for another date
    DECLINED = "declined"
    UNDER_WAY = "under_way"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"


# A pair that has come is a fact: a visit can be under way whatever was agreed before.
PASSAGES: dict[VisitState, frozenset[VisitState]] = {
    VisitState.PROPOSED: frozenset(
        {VisitState.INVITED, VisitState.UNDER_WAY, VisitState.CANCELLED}
    ),
    VisitState.INVITED: frozenset(
        {
            VisitState.CONFIRMED,
            VisitState.OTHER_DATE,
            VisitState.DECLINED,
            VisitState.UNDER_WAY,
            VisitState.MISSED,
            VisitState.CANCELLED,
        }
    ),
    VisitState.CONFIRMED: frozenset(
        {
            VisitState.OTHER_DATE,
            VisitState.DECLINED,
            VisitState.UNDER_WAY,
            VisitState.MISSED,
            VisitState.CANCELLED,
        }
    ),
    VisitState.OTHER_DATE: frozenset(
        {
            VisitState.CONFIRMED,
            VisitState.DECLINED,
            VisitState.PROPOSED,
            VisitState.UNDER_WAY,
            VisitState.CANCELLED,
        }
    ),
    VisitState.DECLINED: frozenset(
        {
            VisitState.CONFIRMED,
            VisitState.OTHER_DATE,
            VisitState.PROPOSED,
            VisitState.UNDER_WAY,
            VisitState.CANCELLED,
        }
    ),
    VisitState.UNDER_WAY: frozenset({VisitState.DONE, VisitState.MISSED}),
    VisitState.DONE: frozenset({VisitState.UNDER_WAY}),
    VisitState.MISSED: frozenset({VisitState.PROPOSED, VisitState.UNDER_WAY}),
    VisitState.CANCELLED: frozenset({VisitState.PROPOSED, VisitState.UNDER_WAY}),
}

ANSWERS = (VisitState.CONFIRMED, VisitState.OTHER_DATE, VisitState.DECLINED)
PINNED = (VisitState.INVITED, VisitState.CONFIRMED, VisitState.UNDER_WAY, VisitState.DONE)


class Visit(Model):
    """One site, one pair, one day and hour. ``day`` and the hours are the Département's local time."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    campaign: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "tour.Campaign", null=True, related_name="visits"
    )
    site: fields.ForeignKeyRelation[Site] = fields.ForeignKeyField(
        "tour.Site", related_name="visits"
    )
    pair: fields.ForeignKeyRelation[Pair] = fields.ForeignKeyField(
        "tour.Pair", related_name="visits"
    )
    day = fields.DateField(db_index=True)
    start: time = ClockField()
    end: time = ClockField()
    drive_before_min = fields.IntField(default=0)
    drive_after_min = fields.IntField(default=0)
    drive_source = fields.SmallIntField(default=0)  # of the drive before: tour.travel.matrix.Source
    state = fields.CharEnumField(VisitState, default=VisitState.PROPOSED, max_length=16)
    part = fields.IntField(default=1)  # a site whose visit is split has several
    sequence = fields.IntField(
        default=0
    )  # +1 at each change of day, hour or pair (iCalendar's SEQUENCE)
    arrived_at: datetime | None = fields.DatetimeField(null=True)
    left_at: datetime | None = fields.DatetimeField(null=True)
    met = fields.IntField(null=True)  # agents met
    report = fields.TextField(default="")
    events: fields.ReverseRelation[VisitEvent]
    more: fields.BackwardOneToOneRelation[VisitReport]

    campaign_id: Any
    site_id: Any
    pair_id: Any

    class Meta:
        ordering = ["day", "start"]

    @classmethod
    def standing(cls) -> QuerySet[Visit]:
        """Visits that hold a place in someone's day."""
        return cls.exclude(state__in=[VisitState.CANCELLED, VisitState.DECLINED])

    @classmethod
    def between(cls, first: date, last: date) -> QuerySet[Visit]:
        return cls.filter(day__gte=first, day__lte=last)


class VisitEvent(Model):
    """One passage in a visit's life: who, when, why. Never changed."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    visit: fields.ForeignKeyRelation[Visit] = fields.ForeignKeyField(
        "tour.Visit", related_name="events"
    )
    at = fields.DatetimeField(default=now)
    by = fields.CharField(max_length=160)
    before = fields.CharField(max_length=16, default="")
    after = fields.CharField(max_length=16)
    note = fields.TextField(default="")

    visit_id: Any

    class Meta:
        ordering = ["at", "id"]


class VisitReport(Model):
    """What a pair says of a visit beside its notes: the fields of « La Coop de la médiation numérique ».

    The words that lists may hold are in tour/field/kinds.json.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    visit: fields.OneToOneRelation[Visit] = fields.OneToOneField("tour.Visit", related_name="more")
    met_managers = fields.IntField(null=True)
    met_ambassadors = fields.IntField(null=True)
    demonstrations: list[str] = fields.JSONField(default=list)
    themes: list[str] = fields.JSONField(default=list)
    autonomy = fields.CharField(max_length=16, default="")
    duration_min = fields.IntField(null=True)
    equipment: list[str] = fields.JSONField(default=list)
    referral = fields.CharField(max_length=8, default="")  # yes, no, or not said
    referral_to = fields.CharField(max_length=160, default="")

    visit_id: Any


class ManagerLink(Model):
    """A link mailed to a manager: only the token's SHA-256 is kept."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    visit: fields.ForeignKeyRelation[Visit] = fields.ForeignKeyField(
        "tour.Visit", related_name="links"
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField(default=now)

    visit_id: Any
