"""What became of our tickets at the desk outside: asked for regularly, and whenever the desk says it has news."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from huey import crontab

from tour.db import in_database, now, transaction
from tour.desk import breaker
from tour.desk.connectors import connector_of
from tour.desk.connectors.base import Connector, Denied, DeskError, Status, Unreachable
from tour.desk.models import Comment, Delivery, Desk, DeskKind, Ticket
from tour.desk.news import set_need_state, tell
from tour.desk.photos import send_latecomers
from tour.errors import UserError
from tour.jobs import queue
from tour.needs.models import Need
from tour.post import outbox
from tour.post.outbox import CannotDeliver, Later, OutboxKind, OutboxRow

OVERLAP = timedelta(minutes=10)  # clocks differ, and dates there have no fractions of a second
FIRST = timedelta(days=30)
MOST_TRIES = 12  # of a ticket that cannot be read; its next change is another reason to try
SAME_SECOND = timedelta(seconds=3)
log = logging.getLogger("tour")


@queue.periodic_task(crontab(minute="*"))
@in_database
async def poll_regularly() -> int:
    await send_latecomers()
    return await poll_all()


async def poll_all() -> int:
    """Reads what has changed at every desk that holds tickets of ours; returns how many were read."""
    read = 0
    for desk in await Desk.exclude(kind=DeskKind.WEBHOOK):
        if (
            breaker.open_until(desk)
            or not await Delivery.exclude(remote_id="").filter(desk_id=desk.id).exists()
        ):
            continue
        try:
            read += await poll(desk)
        except (DeskError, UserError) as error:
            log.warning("desk %s: %s", desk.name, error)
    return read


async def poll(desk: Desk) -> int:
    """Reads the tickets of ours that changed since the last time, the latest first; raises DeskError.

    A slow desk may be stopped half-way: what people wait for was read by then, and what was read is not read again.
    """
    began = now()
    since = (desk.polled_at or began - FIRST) - OVERLAP
    read, in_vain = 0, 0
    async with connector_of(desk) as there:
        changed = dict(await there.changed(since))
        fresh = [t for t in await ours(desk, list(changed)) if not seen(t, changed[remote_of(t)])]
        for ticket in sorted(fresh, key=lambda t: changed[remote_of(t)], reverse=True):
            try:
                await receive_status(ticket, await there.read(remote_of(ticket)))
                read, in_vain = read + 1, 0
            except (DeskError, LookupError, TypeError, ValueError) as error:
                log.warning("desk %s, ticket %s: %r", desk.name, remote_of(ticket), error)
                await read_later(desk, ticket, changed[remote_of(ticket)])
                in_vain += isinstance(error, Unreachable | Denied)
                if in_vain == 2:  # in a row: not these tickets' fault, no other would pass
                    raise
    await Desk.filter(id=desk.id).update(polled_at=began)
    return read


async def read_later(desk: Desk, ticket: Ticket, updated_at: datetime) -> None:
    """Tries one ticket again apart, with waits that grow: it must not hold back the others' news."""
    remote = remote_of(ticket)
    async with transaction():
        await outbox.post(
            OutboxKind.DESK_READ,
            key=f"read/{desk.id}/{remote}/{updated_at.isoformat()}",
            payload={"desk": str(desk.id), "ticket": remote},
        )


async def ours(desk: Desk, remote_ids: list[str]) -> list[Ticket]:
    tickets: list[Ticket] = []
    for first in range(0, len(remote_ids), 500):
        tickets += await Ticket.filter(
            need__delivery__desk_id=desk.id,
            need__delivery__remote_id__in=remote_ids[first : first + 500],
        ).prefetch_related("need__delivery")
    return tickets


def remote_of(ticket: Ticket) -> str:
    return str(ticket.need.delivery.remote_id)  # type: ignore[attr-defined]


def seen(ticket: Ticket, updated_at: datetime) -> bool:
    """Whether this update was read already; one in the very second of the last reading may hide another."""
    return bool(
        ticket.remote_at
        and ticket.read_at
        and ticket.remote_at >= updated_at
        and ticket.read_at - ticket.remote_at > SAME_SECOND
    )


async def receive_status(ticket: Ticket, status: Status) -> None:
    """Writes down where a ticket stands at the desk and what was said there. Reading it twice changes nothing."""
    async with transaction():
        need = await Need.get(id=ticket.need_id)
        known = set(
            await Comment.filter(need_id=need.id)
            .exclude(remote_id="")
            .values_list("remote_id", flat=True)
        )
        fresh = [
            await Comment.create(
                need_id=need.id,
                at=n.at,
                by=n.by,
                text=n.text,
                solution=n.solution,
                remote_id=n.id,
            )
            for n in status.notes
            if n.id not in known and n.text
        ]
        await tell(need, fresh)
        await set_need_state(need, status.state)
        await Ticket.filter(id=ticket.id).update(
            remote_status=status.word,
            remote_at=status.updated_at,
            read_at=now(),
            updated_at=status.updated_at,
        )


async def read_one(row: OutboxRow) -> None:
    """Reads one ticket again, because the desk said that it changed."""
    desk = await Desk.get_or_none(id=UUID(row.payload["desk"]))
    if desk is None:
        raise CannotDeliver("the desk no longer exists")
    if until := breaker.open_until(desk):
        raise Later(until, desk.trouble)
    tickets = await ours(desk, [str(row.payload["ticket"])])
    if not tickets:
        raise CannotDeliver("not a ticket of ours")
    there: Connector
    async with connector_of(desk) as there:
        try:
            await receive_status(tickets[0], await there.read(remote_of(tickets[0])))
        except (DeskError, LookupError, TypeError, ValueError) as error:
            if row.tries < MOST_TRIES:
                raise
            raise CannotDeliver(f"read {row.tries} times in vain: {error!r}") from error
