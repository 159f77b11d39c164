"""What is sent to people, what became of it, and what they want to get."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.db import now, uuid7


class Channel(enum.StrEnum):
    MAIL = "mail"
    SMS = "sms"
    CALENDAR = "calendar"  # pushed to a CalDAV server


class LetterKind(enum.StrEnum):
    """What a letter says. For a mail it is the name of its template too."""

    INVITATION = "invitation"
    MOVED = "moved"  # another date, hour or pair
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    VISITS = "visits"  # a manager's visits, by one link
    NEED_NEWS = "need_news"
    SIGN_IN = "sign_in"
    CALENDAR = "calendar"  # the visit itself, to a calendar server

    @property
    def gives_the_date(self) -> bool:
        """It tells a manager when the visit is and asks for an answer."""
        return self in {LetterKind.INVITATION, LetterKind.MOVED}

    @property
    def expects_the_visit(self) -> bool:
        """It is true only while its reader is the site's manager and the visit is to come."""
        return self.gives_the_date or self in {LetterKind.CONFIRMED, LetterKind.REMINDER}


class ReceiptState(enum.StrEnum):
    WAITING = "waiting"
    HANDING = "handing"  # being handed to the server: a worker that dies now leaves a doubt
    SENT = "sent"
    UNSURE = "unsure"  # the worker died while handing it over: it may have left
    FAILED = "failed"
    BOUNCED = "bounced"  # sent, and came back

    @property
    def undelivered(self) -> bool:
        return self in {ReceiptState.FAILED, ReceiptState.BOUNCED}

    @property
    def doubtful(self) -> bool:
        """It may have left: it is not handed over twice."""
        return self in {ReceiptState.HANDING, ReceiptState.UNSURE}

    @property
    def left(self) -> bool:
        """Its recipient has it, as far as one knows."""
        return self in {ReceiptState.SENT, ReceiptState.UNSURE}

    @property
    def lost(self) -> bool:
        """Nobody can count on its having been read: a person sees to it."""
        return self == ReceiptState.UNSURE or self.undelivered


class Receipt(Model):
    """One message to one person: what it was, and what became of it. ``key`` is its row's in the outbox."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    key = fields.CharField(max_length=200, unique=True)
    channel = fields.CharEnumField(Channel, max_length=8)
    event = fields.CharField(max_length=24)  # a LetterKind
    visit: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "tour.Visit", null=True, related_name="receipts"
    )
    recipient = fields.CharField(max_length=254)
    message_id = fields.CharField(max_length=250, unique=True)
    state = fields.CharEnumField(ReceiptState, default=ReceiptState.WAITING, max_length=8)
    error = fields.TextField(default="")
    created_at: datetime = fields.DatetimeField(default=now)
    sent_at: datetime | None = fields.DatetimeField(null=True)

    visit_id: Any

    class Meta:
        ordering = ["created_at", "id"]


class Preference(Model):
    """What an address wants to get. Reminders and calendar files are two different wishes."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    email = fields.CharField(max_length=254, unique=True)
    reminders = fields.BooleanField(default=True)
    calendar = fields.BooleanField(default=True)
