"""Writing to people: each message is a receipt and a row of the outbox, made in the transaction of its cause."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tour import hours
from tour.db import now, uuid7
from tour.post import outbox
from tour.post.models import Channel, LetterKind, Preference, Receipt, ReceiptState
from tour.post.outbox import CannotDeliver, Later, OutboxKind, OutboxRow
from tour.settings import settings

HELD_FOR = timedelta(minutes=15)  # then asked again whether it may go
MOST_TRIES = 48  # with an hour between the last ones: about two days


async def write(
    channel: Channel,
    event: LetterKind,
    recipient: str,
    *,
    key: str,
    payload: dict[str, Any],
    visit_id: UUID | None = None,
) -> None:
    """A receipt and its row in the outbox; a key seen before changes nothing."""
    receipt = new_receipt(channel, event, recipient, key=key, visit_id=visit_id)
    await Receipt.bulk_create([receipt], ignore_conflicts=True)
    await outbox.post(OutboxKind(channel), key, payload)


def new_receipt(
    channel: Channel, event: str, recipient: str, *, key: str, visit_id: UUID | None
) -> Receipt:
    made = uuid7()
    domain = settings().mail_address.rpartition("@")[2]
    return Receipt(
        id=made,
        key=key,
        channel=channel,
        event=event,
        recipient=recipient,
        visit_id=visit_id,
        message_id=f"<{made}@{domain}>",
    )


async def receipt_of(row: OutboxRow) -> Receipt:
    """The receipt of an outbox row; a message whose cause wrote none (a sign-in link) gets it here."""
    receipt = await Receipt.get_or_none(key=row.key)
    if receipt is None:
        visit = row.payload.get("visit")
        receipt = new_receipt(
            Channel(row.kind),
            row.payload.get("template", row.kind),
            row.payload.get("to", ""),
            key=row.key,
            visit_id=UUID(visit) if visit else None,
        )
        await receipt.save()
    return receipt


async def about_to_hand(receipt: Receipt) -> bool:
    """Whether the message still has to go; from here on a worker that dies leaves a doubt, which is not sent twice.

    A reminder that was held up waits for working hours.
    """
    if receipt.state in {ReceiptState.SENT, ReceiptState.BOUNCED}:
        return False
    if receipt.state.doubtful:
        await mark(receipt, ReceiptState.UNSURE, "the worker died while handing it over")
        raise CannotDeliver("may have left already: not sent twice")
    if receipt.event == LetterKind.REMINDER and not hours.in_working_hours(now()):
        raise Later(hours.next_working_hours(now()), "waits for working hours")
    return True


async def mark(receipt: Receipt, state: ReceiptState, error: str = "") -> None:
    receipt.state, receipt.error = state, error[:1000]
    if state == ReceiptState.SENT:
        receipt.sent_at = now()
    await receipt.save(update_fields=["state", "error", "sent_at"])


async def hold(receipt: Receipt, why: str) -> None:
    """The message waits until what it says is true; raises Later."""
    await mark(receipt, ReceiptState.WAITING, why)
    raise Later(now() + HELD_FOR, why)


async def give_up(receipt: Receipt, error: str) -> None:
    """The message will never go; raises CannotDeliver."""
    await mark(receipt, ReceiptState.FAILED, error)
    raise CannotDeliver(error)


async def try_later(row: OutboxRow, receipt: Receipt, error: Exception) -> None:
    """Notes why it did not go; raises CannotDeliver when it has been tried long enough, else ``error`` again."""
    said = f"{type(error).__name__}: {error}"
    if row.tries >= MOST_TRIES:
        await give_up(receipt, said)
    await mark(receipt, ReceiptState.WAITING, said)
    raise error


async def preference_of(email: str) -> Preference:
    """What an address wants to get; not yet kept when it never said anything."""
    return await Preference.get_or_none(email=email.lower()) or Preference(email=email.lower())
