"""Brings each need to the desk once. The embedded desk is our own inbox; others come beside it."""

from __future__ import annotations

from uuid import UUID

from tour.db import transaction
from tour.desk.models import Ticket
from tour.needs.models import Need
from tour.outbox import CannotDeliver, OutboxRow, delivers


@delivers("ticket")
async def deliver(row: OutboxRow) -> None:
    """Opens the ticket of a need in the embedded desk; a need that has one already keeps it."""
    need_id = UUID(row.payload["need"])
    async with transaction():
        need = await Need.get_or_none(id=need_id)
        if need is None:
            raise CannotDeliver("the need no longer exists")
        if await Ticket.exists(need_id=need_id):
            return
        year = need.received_at.year
        count = await Ticket.filter(reference__startswith=f"T{year}-").count()
        await Ticket.create(need_id=need_id, reference=f"T{year}-{count + 1:05d}")
