"""Sites, the people in charge of them, and ambassadors."""

from __future__ import annotations

import enum
from typing import Any

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from tour.db import now, uuid7

HEADQUARTERS = "siege"


class PositionState(enum.StrEnum):
    """How we know where a site is."""

    GIVEN = "given"  # the file gave coordinates
    GEOCODED = "geocoded"  # found from the address, with a good score
    TO_CHECK = "to_check"  # found with a low score: a person must look
    WAITING = "waiting"  # not looked up yet: no network, or nothing to look it up by
    NOT_FOUND = "not_found"

    @property
    def sure(self) -> bool:
        return self in {PositionState.GIVEN, PositionState.GEOCODED}


class SiteManager(Model):
    """Who confirms a visit, has no account."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(max_length=120)
    email = fields.CharField(max_length=254)
    phone = fields.CharField(max_length=32, default="")


class Site(Model):
    """A place outside headquarters where agents work. (source, source_id) is its name in the file it came from."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    source = fields.CharField(max_length=40)
    source_id = fields.CharField(max_length=64)
    name = fields.CharField(max_length=200)
    kind = fields.CharField(max_length=40, default="")
    address = fields.CharField(max_length=250, default="")
    postcode = fields.CharField(max_length=10, default="")
    commune = fields.CharField(max_length=120, default="")
    insee = fields.CharField(max_length=5, default="")
    lat = fields.FloatField(null=True)
    lon = fields.FloatField(null=True)
    position_state = fields.CharEnumField(PositionState, default=PositionState.GIVEN, max_length=16)
    position_score = fields.FloatField(null=True)
    phone = fields.CharField(max_length=32, default="")
    staff = fields.IntField(default=0)
    opening_hours = fields.CharField(max_length=250, default="Mo-Fr 09:00-17:00")
    access = fields.TextField(default="")  # parking, door, whom to ask for
    visit_min = fields.IntField(null=True)
    setup_min = fields.IntField(null=True)
    priority = fields.IntField(default=10)  # 0-100
    not_before = fields.DateField(null=True)
    deadline = fields.DateField(null=True)
    blocked: list[str] = fields.JSONField(default=list)  # ISO dates
    skills: list[str] = fields.JSONField(default=list)
    manager: fields.ForeignKeyNullableRelation[SiteManager] = fields.ForeignKeyField(
        "tour.SiteManager", null=True, related_name="sites", on_delete=fields.SET_NULL
    )
    active = fields.BooleanField(default=True)
    updated_at = fields.DatetimeField(default=now)
    ambassadors: fields.ReverseRelation[Ambassador]

    manager_id: Any

    class Meta:
        unique_together = (("source", "source_id"),)

    @classmethod
    def to_visit(cls) -> QuerySet[Site]:
        """The sites a tour goes to: active, not headquarters."""
        return cls.filter(active=True).exclude(kind=HEADQUARTERS)

    @classmethod
    def without_position(cls) -> QuerySet[Site]:
        """The active sites nobody knows the place of: they are on no map and in no plan."""
        return cls.filter(Q(lat__isnull=True) | Q(lon__isnull=True), active=True)

    @classmethod
    def doubtful(cls) -> QuerySet[Site]:
        """The active sites whose position a person must look at: found with a doubt, or from a former address."""
        placed = cls.filter(lat__isnull=False, lon__isnull=False, active=True)
        return placed.exclude(position_state__in=[s for s in PositionState if s.sure])

    @property
    def located(self) -> bool:
        return self.lat is not None and self.lon is not None

    @property
    def can_be_looked_up(self) -> bool:
        """Whether there is anything to look its position up by."""
        return any((self.address, self.commune, self.postcode, self.insee))

    @property
    def duration_min(self) -> int:
        """Minutes a visit takes: as given, else from the number of agents (planning.md)."""
        return self.visit_min or visit_minutes(self.staff)


def visit_minutes(staff: int) -> int:
    """Minutes a visit takes for so many agents on site."""
    for most, minutes in ((6, 45), (12, 60), (25, 90), (60, 120)):
        if staff <= most:
            return minutes
    return 180


class Ambassador(Model):
    """A volunteer relay at a site."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    site: fields.ForeignKeyRelation[Site] = fields.ForeignKeyField(
        "tour.Site", related_name="ambassadors"
    )
    name = fields.CharField(max_length=120)
    email = fields.CharField(max_length=254, default="")
    phone = fields.CharField(max_length=32, default="")

    site_id: Any
