"""Campaigns and plans."""

from __future__ import annotations

import enum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.db import ClockField, now, uuid7
from tour.people.models import Agent, Pair
from tour.sites.models import Site
from tour.visits.key import VisitKey


class PlanState(enum.StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"  # done or stopped: can be accepted
    FAILED = "failed"
    ACCEPTED = "accepted"

    @property
    def solved(self) -> bool:
        """It holds visits."""
        return self in {PlanState.READY, PlanState.ACCEPTED}

    @property
    def finished(self) -> bool:
        """Nothing computes it any more, and nothing will."""
        return self == PlanState.FAILED or self.solved


class Manner(enum.StrEnum):
    """How a plan is made."""

    NEW = "new"  # from nothing but what managers know of
    IMPROVE = "improve"  # from the plan it follows, everything may move
    REPAIR = "repair"  # from the plan it follows, as little as possible moves
    BY_HAND = "by_hand"  # a copy, for the board


class Campaign(Model):
    """A period, the pairs that take part and the sites to visit."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(max_length=120)
    first_day = fields.DateField()
    days = fields.IntField(default=25)  # working days from ``first_day``, public holidays left out
    pairs: fields.ManyToManyRelation[Pair] = fields.ManyToManyField(
        "tour.Pair", related_name="campaigns"
    )
    sites: fields.ManyToManyRelation[Site] = fields.ManyToManyField(
        "tour.Site", related_name="campaigns"
    )
    created_at = fields.DatetimeField(default=now)
    plans: fields.ReverseRelation[Plan]

    class Meta:
        ordering = ["-first_day", "-created_at"]


class Plan(Model):
    """A full answer for a campaign: visits placed, sites left out and why."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "tour.Campaign", related_name="plans"
    )
    state = fields.CharEnumField(PlanState, default=PlanState.WAITING, max_length=16)
    seconds = fields.IntField(default=20)  # time the solver may take
    seed = fields.IntField(default=1)
    name = fields.CharField(max_length=80, default="")
    manner = fields.CharEnumField(Manner, default=Manner.NEW, max_length=16)
    follows: fields.ForeignKeyNullableRelation[Plan] = fields.ForeignKeyField(
        "tour.Plan", null=True, related_name="followers", on_delete=fields.SET_NULL
    )
    options: dict[str, Any] = fields.JSONField(default=dict)  # see options.py
    notes: list[str] = fields.JSONField(
        default=list
    )  # what a planner should know of how it was made
    stop_asked = fields.BooleanField(default=False)
    tries = fields.IntField(
        default=0
    )  # how many workers took it up: one that is killed leaves it to another
    alive_at = fields.DatetimeField(null=True)  # when its worker last said that it works on it
    curve: list[list[float]] = fields.JSONField(default=list)  # [seconds, served, drive_min]
    unserved: list[dict[str, Any]] = fields.JSONField(default=list)
    totals: dict[str, Any] = fields.JSONField(default=dict)
    error = fields.TextField(default="")
    made_by: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", null=True, related_name="plans", on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField(default=now)
    accepted_at = fields.DatetimeField(null=True)
    places: fields.ReverseRelation[PlannedVisit]

    campaign_id: Any
    follows_id: Any

    class Meta:
        ordering = ["-created_at"]


class PlannedVisit(Model):
    """A visit as a plan places it, becomes a Visit when the plan is accepted."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    plan: fields.ForeignKeyRelation[Plan] = fields.ForeignKeyField(
        "tour.Plan", related_name="places"
    )
    site: fields.ForeignKeyRelation[Site] = fields.ForeignKeyField(
        "tour.Site", related_name="places"
    )
    pair: fields.ForeignKeyRelation[Pair] = fields.ForeignKeyField(
        "tour.Pair", related_name="places"
    )
    day = fields.DateField()
    start = ClockField()
    end = ClockField()
    drive_before_min = fields.IntField(default=0)
    drive_after_min = fields.IntField(default=0)
    drive_source = fields.SmallIntField(default=0)  # of the drive before: tour.travel.matrix.Source
    part = fields.IntField(default=1)  # a site whose visit is split has several
    pinned = fields.BooleanField(default=False)

    plan_id: Any
    site_id: Any
    pair_id: Any

    class Meta:
        ordering = ["day", "start"]

    @property
    def key(self) -> VisitKey:
        return VisitKey(self.site_id, self.part)


class PlanAction(Model):
    """Something done by hand to a plan, with what it takes to undo it and to do it again."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    plan: fields.ForeignKeyRelation[Plan] = fields.ForeignKeyField(
        "tour.Plan", related_name="actions"
    )
    label = fields.CharField(max_length=200)
    before: dict[str, Any] = (
        fields.JSONField()
    )  # see board.py: places of the sites concerned, and options
    after: dict[str, Any] = fields.JSONField()
    undone = fields.BooleanField(default=False)
    by = fields.CharField(max_length=120)
    at = fields.DatetimeField(default=now)

    plan_id: Any

    class Meta:
        ordering = ["id"]


class Overnight(Model):
    """A pair ends a day at a lodging and starts there the next morning."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "tour.Campaign", related_name="overnights"
    )
    pair: fields.ForeignKeyRelation[Pair] = fields.ForeignKeyField(
        "tour.Pair", related_name="overnights"
    )
    day = fields.DateField()  # of the evening
    name = fields.CharField(max_length=120)
    lat = fields.FloatField()
    lon = fields.FloatField()

    campaign_id: Any
    pair_id: Any

    class Meta:
        ordering = ["day"]
        unique_together = (("pair", "day"),)
