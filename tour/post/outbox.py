"""The outbox: whatever leaves the house waits here, written in the same transaction as its cause.

How a kind of message is delivered stands in ``tour.wiring``; the worker delivers each row once, with
backoff, holding the row while it works on it. Posting asks for delivery by itself once its transaction is committed.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from huey import crontab
from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from tour.db import after_commit, in_database, now, transaction, uuid7
from tour.jobs import queue

HELD_FOR = timedelta(minutes=5)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
DOUBLINGS = 9  # after which a wait is LONGEST_WAIT anyway


class OutboxKind(enum.StrEnum):
    """What a message is: who delivers it is in ``tour.wiring``."""

    MAIL = "mail"
    SMS = "sms"
    CALENDAR = "calendar"  # a visit, to a CalDAV server
    SIGN_IN = "sign_in"  # somebody asks for a link: who that is, is looked up out of their sight
    TICKET = "ticket"  # a need noted: it becomes a ticket, here or at a desk outside
    DELIVERY = "delivery"  # a need on its way to a desk outside
    DESK_READ = "desk_read"  # a desk outside says that a ticket has changed


class OutboxState(enum.StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class OutboxRow(Model):
    """One message to deliver. ``key`` is unique: the same cause never makes two messages."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharField(max_length=32)
    key = fields.CharField(max_length=200, unique=True)
    payload: dict[str, Any] = fields.JSONField()
    state = fields.CharEnumField(OutboxState, default=OutboxState.WAITING, max_length=16)
    tries = fields.IntField(default=0)
    next_at = fields.DatetimeField(db_index=True)
    last_error = fields.TextField(default="")
    created_at = fields.DatetimeField(default=now)
    sent_at = fields.DatetimeField(null=True)


class CannotDeliver(Exception):
    """This message will never go: no retry."""


class Later(Exception):
    """Not now, the one way to say it: to be tried again at ``when``, and the try does not count."""

    def __init__(self, when: datetime, why: str) -> None:
        super().__init__(why)
        self.when = when


Deliver = Callable[[OutboxRow], Awaitable[None]]
Deliverers = Mapping[OutboxKind, Deliver]
deliverers: dict[str, Deliver] = {}


def connect(by_kind: Deliverers) -> None:
    """Sets what delivers each kind of message; only ``tour.wiring`` calls it."""
    deliverers.clear()
    deliverers.update((kind.value, deliver) for kind, deliver in by_kind.items())


def check_known(kind: str) -> None:
    """A message that nothing delivers would be tried for ever: it is a mistake of the process that posts it."""
    if kind not in deliverers:
        raise LookupError(
            f"nothing delivers {kind!r}: call tour.wiring.connect() when the process starts"
        )


async def post(kind: str, key: str, payload: dict[str, Any]) -> None:
    """Puts a message in the outbox, in the caller's transaction. A key seen before changes nothing."""
    await post_all(kind, {key: payload})


async def post_all(kind: str, payloads: Mapping[str, dict[str, Any]]) -> None:
    """The same for several, by key."""
    check_known(kind)
    rows = [
        OutboxRow(kind=kind, key=key, payload=payload, next_at=now())
        for key, payload in payloads.items()
    ]
    await OutboxRow.bulk_create(rows, ignore_conflicts=True)
    after_commit(deliver_now)


async def wake(key: str) -> None:
    """Makes a message due now, with its tries forgotten; one that a worker holds is left to it."""
    await (
        OutboxRow.filter(key=key)
        .exclude(state=OutboxState.SENDING)
        .update(state=OutboxState.WAITING, next_at=now(), tries=0)
    )
    after_commit(deliver_now)


async def deliver_due(limit: int = 100) -> int:
    """Delivers what is due; returns how many rows were sent."""
    if not deliverers:
        raise LookupError("call tour.wiring.connect() when the process starts")
    sent = 0
    due = (
        await OutboxRow.filter(
            Q(state=OutboxState.WAITING) | Q(state=OutboxState.SENDING), next_at__lte=now()
        )
        .order_by("next_at")
        .limit(limit)
    )
    for row in due:
        if await take(row):
            sent += await deliver(row)
    return sent


async def take(row: OutboxRow) -> bool:
    """Takes a row for delivery, for at most HELD_FOR; false when another worker has it."""
    async with transaction():
        changed = await OutboxRow.filter(id=row.id, next_at=row.next_at, state=row.state).update(
            state=OutboxState.SENDING, next_at=now() + HELD_FOR, tries=row.tries + 1
        )
    row.tries += 1
    return changed == 1


async def deliver(row: OutboxRow) -> bool:
    """Delivers a row already taken, and records what became of it."""
    try:
        await deliverers[row.kind](row)
    except CannotDeliver as error:
        await OutboxRow.filter(id=row.id).update(
            state=OutboxState.FAILED, last_error=readable(str(error))
        )
        return False
    except Later as error:
        await OutboxRow.filter(id=row.id).update(
            state=OutboxState.WAITING,
            next_at=error.when,
            tries=max(0, row.tries - 1),
            last_error=readable(str(error)),
        )
        return False
    except Exception as error:  # one bad row must not stop the others
        await OutboxRow.filter(id=row.id).update(
            state=OutboxState.WAITING,
            next_at=now() + wait_after(row.tries) * random.uniform(0.8, 1.2),
            last_error=readable(f"{type(error).__name__}: {error}"),
        )
        return False
    await OutboxRow.filter(id=row.id).update(state=OutboxState.SENT, sent_at=now(), last_error="")
    return True


def wait_after(tries: int) -> timedelta:
    """How long a row that failed so many times waits: twice as long each time, up to LONGEST_WAIT."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(max(tries - 1, 0), DOUBLINGS))


def readable(error: str) -> str:
    """What a database takes of an error's words: no half characters, no NUL, no novel."""
    return error.encode(errors="replace").decode().replace("\x00", "")[:2000]


@queue.task()
@in_database
async def deliver_now() -> int:
    """The job that empties the outbox; each transaction that posted asks for it once it is committed."""
    return await deliver_due()


@queue.periodic_task(crontab(minute="*"))
@in_database
async def deliver_regularly() -> int:
    """Catches what was posted but never asked for (a crash in between), and retries that have come due."""
    return await deliver_due()
