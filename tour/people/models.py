"""Agents, pairs and absences."""

from __future__ import annotations

import enum
from datetime import date, datetime, time
from typing import Any

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from tour.db import ClockField, now, uuid7


class Role(enum.StrEnum):
    PLANNER = "planner"
    TOURER = "tourer"
    DESK = "desk"
    ADMIN = "admin"


class Service(enum.StrEnum):
    HR = "hr"
    DSN = "dsn"
    OTHER = "other"


class Agent(Model):
    """A person with an account."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(max_length=120)
    email = fields.CharField(max_length=254, unique=True)
    phone = fields.CharField(max_length=32, default="")
    service = fields.CharEnumField(Service, default=Service.OTHER, max_length=8)
    roles: list[str] = fields.JSONField(default=list)
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField(default=now)
    sessions: fields.ReverseRelation[SignInSession]
    sign_in_links: fields.ReverseRelation[SignInLink]
    links: fields.ReverseRelation[Model]  # the calendar they subscribe to: see visits

    def has(self, *roles: Role) -> bool:
        """Whether the agent has one of these roles; an admin has all."""
        return Role.ADMIN in self.roles or any(role in self.roles for role in roles)


class SignInSession(Model):
    """An agent signed in with one browser. Only the hash of what its cookie holds is kept."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    token_hash = fields.CharField(max_length=64, unique=True)
    agent: fields.ForeignKeyRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", related_name="sessions"
    )
    browser = fields.CharField(max_length=60, default="")  # as its owner would name it
    created_at: datetime = fields.DatetimeField(default=now)
    last_seen_at: datetime = fields.DatetimeField(default=now)
    ended_at: datetime | None = fields.DatetimeField(null=True)

    agent_id: Any

    class Meta:
        ordering = ["-last_seen_at"]


class SignInLink(Model):
    """A link that signs an agent in, once. Its token is made when the mail leaves, and only its hash is kept."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    token_hash = fields.CharField(max_length=64, unique=True, null=True)
    agent: fields.ForeignKeyRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", related_name="sign_in_links"
    )
    asked_by = fields.CharField(max_length=64, default="")  # the browser's hash; none: any browser
    next_path = fields.CharField(max_length=500, default="")  # where the agent wanted to go
    tries = fields.IntField(default=0)  # codes typed in another browser
    created_at: datetime = fields.DatetimeField(default=now)
    expires_at: datetime = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    agent_id: Any


class Pair(Model):
    """A binôme: one HR and one DSN agent who travel together from one base."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    ref = fields.CharField(max_length=16, unique=True)
    name = fields.CharField(max_length=120)
    hr: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", null=True, related_name="pairs_as_hr", on_delete=fields.SET_NULL
    )
    dsn: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "tour.Agent", null=True, related_name="pairs_as_dsn", on_delete=fields.SET_NULL
    )
    base_name = fields.CharField(max_length=120)
    lat = fields.FloatField()
    lon = fields.FloatField()
    day_start: time = ClockField(default=time(9, 0))
    day_end: time = ClockField(default=time(17, 0))
    days = fields.CharField(max_length=40, default="Mo-Fr")
    lunch_min = fields.IntField(default=45)
    lunch_from: time = ClockField(default=time(11, 45))
    lunch_to: time = ClockField(default=time(14, 0))
    max_drive_min = fields.IntField(null=True)
    max_visits = fields.IntField(null=True)
    skills: list[str] = fields.JSONField(default=list)
    absences: fields.ReverseRelation[Absence]

    hr_id: Any
    dsn_id: Any


class Absence(Model):
    """Days when a pair cannot travel, ``first_day`` and ``last_day`` are included."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    pair: fields.ForeignKeyRelation[Pair] = fields.ForeignKeyField(
        "tour.Pair", related_name="absences"
    )
    first_day = fields.DateField()
    last_day = fields.DateField()
    reason = fields.CharField(max_length=200, default="")

    pair_id: Any

    @classmethod
    def touching(cls, first: date, last: date) -> QuerySet[Absence]:
        """Absences that fall, at least in part, between two days."""
        return cls.filter(first_day__lte=last, last_day__gte=first)
