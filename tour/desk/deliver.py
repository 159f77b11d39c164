"""Takes each need in, once: at the embedded desk, or on its way to the desk outside that is in use."""

from __future__ import annotations

from uuid import UUID

from tour.db import transaction
from tour.desk.models import Delivery, DeliveryState, Desk, Ticket
from tour.desk.tickets import open_embedded
from tour.needs.models import Need
from tour.post import outbox
from tour.post.outbox import CannotDeliver, OutboxKind, OutboxRow


async def deliver(row: OutboxRow) -> None:
    """A need that has a ticket or a delivery already keeps it."""
    need_id = UUID(row.payload["need"])
    async with transaction():
        need = await Need.get_or_none(id=need_id)
        if need is None:
            raise CannotDeliver("the need no longer exists")
        if await Ticket.exists(need_id=need_id) or await Delivery.exists(need_id=need_id):
            return
        desk = await desk_in_use()
        if desk is None:
            await open_embedded(need)
            return
        state = DeliveryState.TRIAGE if desk.triage else DeliveryState.WAITING
        await Delivery.create(need_id=need_id, desk=desk, state=state)
        if state == DeliveryState.WAITING:
            await send(need_id)


async def desk_in_use() -> Desk | None:
    """The desk outside that needs go to; none when the embedded desk treats them."""
    return await Desk.filter(in_use=True).first()


async def send(need_id: UUID) -> None:
    """Puts a need's delivery in the outbox, or wakes the one it has, in the caller's transaction."""
    key = f"delivery/{need_id}"
    await outbox.post(OutboxKind.DELIVERY, key, {"need": str(need_id)})
    await outbox.wake(key)
