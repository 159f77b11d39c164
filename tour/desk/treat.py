"""What people at the embedded desk do with a ticket."""

from __future__ import annotations

from uuid import UUID

from tour.db import now, touch, transaction
from tour.desk.models import Ticket
from tour.needs.models import NeedState


async def set_state(ticket_id: UUID, state: NeedState, *, by: str) -> Ticket:
    """Sets where a ticket's need stands; the tablets that hold it and its visit's page will show it."""
    async with transaction():
        ticket = await Ticket.get(id=ticket_id).select_related("need")
        ticket.treated_by, ticket.updated_at = by, now()
        await ticket.save(update_fields=["treated_by", "updated_at"])
        if ticket.need.state != state:
            ticket.need.state = state
            await ticket.need.save(update_fields=["state"])
            await touch("need", [ticket.need_id])
    return ticket
