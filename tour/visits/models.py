"""A visit's life, and what managers and agents say of it beforehand."""

from __future__ import annotations

import enum
from datetime import date, datetime, time
from typing import Any

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from tour.corner.catalogue.models import Item
from tour.db import ClockField, now, uuid7
from tour.people.models import Pair
from tour.sites.models import Site
from tour.visits.key import VisitKey


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

    @property
    def stands(self) -> bool:
        """It holds a place in somebody's day."""
        return not self.fallen

    @property
    def fallen(self) -> bool:
        return self in {VisitState.DECLINED, VisitState.CANCELLED}

    @property
    def unanswered(self) -> bool:
        """Its manager may be invited, once more too."""
        return self in {VisitState.PROPOSED, VisitState.INVITED}

    @property
    def answers(self) -> bool:
        """It is what a manager may say to an invitation."""
        return self in {VisitState.CONFIRMED, VisitState.OTHER_DATE, VisitState.DECLINED}

    @property
    def answerable(self) -> bool:
        """Its manager may answer, or change the answer."""
        return self == VisitState.INVITED or self.answers

    @property
    def refused(self) -> bool:
        """Its manager does not want this date."""
        return self in {VisitState.OTHER_DATE, VisitState.DECLINED}

    @property
    def told(self) -> bool:
        """Its manager knows of it, and what comes of it is still open."""
        return self in {VisitState.INVITED, VisitState.CONFIRMED, VisitState.OTHER_DATE}

    @property
    def awaited(self) -> bool:
        """Its manager was told of this date and has not refused it."""
        return self in {VisitState.INVITED, VisitState.CONFIRMED}

    @property
    def ahead(self) -> bool:
        """Its pair has it on its road, be the date to change."""
        return self == VisitState.PROPOSED or self.told

    @property
    def agreed(self) -> bool:
        """Its manager said yes, or the pair came."""
        return self == VisitState.CONFIRMED or self.begun

    @property
    def begun(self) -> bool:
        """Its pair has come: that is a fact."""
        return self in {VisitState.UNDER_WAY, VisitState.DONE}

    @property
    def over(self) -> bool:
        """Its hour has come, whether its pair has or not: no plan places it any more."""
        return self == VisitState.MISSED or self.begun

    @property
    def pinned(self) -> bool:
        """A new plan leaves it at its day, hour and pair."""
        return self.awaited or self.begun

    @property
    def vacant(self) -> bool:
        """Nobody is met at its hour: another site may have it."""
        return self.fallen or self in {VisitState.OTHER_DATE, VisitState.MISSED}


class Actor(enum.StrEnum):
    """Who makes a visit pass from one state to another."""

    PLANNER = "planner"
    MANAGER = "manager"
    TOURER = "tourer"  # the pair, by its tablet
    CLOCK = "clock"  # the worker, when time has come


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
    )  # +1 at each change of day, hour or pair, and when it falls or comes back (iCalendar's SEQUENCE)
    arrived_at: datetime | None = fields.DatetimeField(null=True)
    left_at: datetime | None = fields.DatetimeField(null=True)
    met = fields.IntField(null=True)  # agents met
    report = fields.TextField(default="")
    events: fields.ReverseRelation[VisitEvent]
    proposed_dates: fields.ReverseRelation[ProposedDate]
    announcements: fields.ReverseRelation[Announcement]
    more: fields.BackwardOneToOneRelation[VisitReport]

    campaign_id: Any
    site_id: Any
    pair_id: Any

    class Meta:
        ordering = ["day", "start"]

    @property
    def key(self) -> VisitKey:
        return VisitKey(self.site_id, self.part)

    @classmethod
    def standing(cls) -> QuerySet[Visit]:
        """Visits that hold a place in someone's day."""
        return cls.filter(state__in=[state for state in VisitState if state.stands])

    @classmethod
    def between(cls, first: date, last: date) -> QuerySet[Visit]:
        return cls.filter(day__gte=first, day__lte=last)


class VisitEvent(Model):
    """One passage in a visit's life: who, when, why. Never changed, as the database sees to (see passages.py)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    visit: fields.ForeignKeyRelation[Visit] = fields.ForeignKeyField(
        "tour.Visit", related_name="events"
    )
    at = fields.DatetimeField(default=now)
    actor = fields.CharEnumField(Actor, default=Actor.PLANNER, max_length=8)
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


class ProposedDate(Model):
    """A date a manager proposed instead, with hour and pair when it is one the plan could take."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    visit: fields.ForeignKeyRelation[Visit] = fields.ForeignKeyField(
        "tour.Visit", related_name="proposed_dates"
    )
    day = fields.DateField()
    start: time | None = ClockField(null=True)
    pair: fields.ForeignKeyNullableRelation[Pair] = fields.ForeignKeyField(
        "tour.Pair", null=True, related_name="proposed_dates", on_delete=fields.SET_NULL
    )
    by = fields.CharField(max_length=160)
    at = fields.DatetimeField(default=now)

    visit_id: Any
    pair_id: Any

    class Meta:
        table = "datewish"
        ordering = ["at", "id"]


class Reception(Model):
    """How a site receives its visit, as its manager says it."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    visit: fields.OneToOneRelation[Visit] = fields.OneToOneField(
        "tour.Visit", related_name="reception"
    )
    access = fields.TextField(default="")  # parking, door, whom to ask for
    room = fields.CharField(max_length=160, default="")
    expected = fields.IntField(null=True)  # agents
    ambassador = fields.CharField(max_length=160, default="")
    items: list[str] = fields.JSONField(default=list)  # refs of the catalogue's items expected
    by = fields.CharField(max_length=160, default="")
    at = fields.DatetimeField(default=now)

    visit_id: Any

    class Meta:
        table = "welcome"


class AnnouncementState(enum.StrEnum):
    TO_READ = "to_read"
    KEPT = "kept"
    DROPPED = "dropped"


class Announcement(Model):
    """What an agent of the site says in advance, by the poster, shown once the planner or the pair has read it."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    visit: fields.ForeignKeyRelation[Visit] = fields.ForeignKeyField(
        "tour.Visit", related_name="announcements"
    )
    item: fields.ForeignKeyNullableRelation[Item] = fields.ForeignKeyField(
        "tour.Item", null=True, related_name="announcements", on_delete=fields.SET_NULL
    )
    text = fields.TextField(default="")
    name = fields.CharField(max_length=120, default="")
    state = fields.CharEnumField(AnnouncementState, default=AnnouncementState.TO_READ, max_length=8)
    by = fields.CharField(max_length=160, default="")  # who read it
    created_at = fields.DatetimeField(default=now)

    visit_id: Any
    item_id: Any

    class Meta:
        table = "hint"
        ordering = ["created_at"]
