"""Sends one need to the desk outside, exactly once.

The need's id is its reference there: the desk is searched for it before anything is made. Before a create leaves,
``unsure_at`` is written down; it is only wiped when the desk's answer is. Whoever takes the need up after a
time-out, a cut or the death of a worker finds it and lets the desk finish (SETTLE) before it searches again.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from tour.db import now, transaction
from tour.desk import breaker
from tour.desk.connectors import connector_of
from tour.desk.connectors.base import (
    Broken,
    Connector,
    Denied,
    DeskError,
    Found,
    Refused,
    Unreachable,
    Unsure,
)
from tour.desk.deliver import desk_in_use
from tour.desk.models import Delivery, DeliveryState, Desk
from tour.desk.photos import photos_awaited, photos_of
from tour.desk.ticket_request import ticket_request_of
from tour.desk.tickets import open_mirror
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.needs.models import Need
from tour.post.outbox import HELD_FOR, CannotDeliver, Later, OutboxRow

SETTLE = timedelta(seconds=40)  # longer than a request is waited for
LONGEST = HELD_FOR * 0.8  # a delivery ends before another worker may take it
MOST_TRIES = 12  # of a need on which the desk breaks
WITHDRAWN_WAITS, WITHDRAWN_FOR = timedelta(hours=1), timedelta(days=2)


async def push(row: OutboxRow) -> None:
    """One attempt. Every way to fail leaves the delivery in a state that a page shows."""
    need = await Need.get_or_none(id=UUID(row.payload["need"])).select_related(
        "item", "site", "visit__pair", "recorded_by"
    )
    if need is None:
        raise CannotDeliver("the need no longer exists")
    delivery = await Delivery.get(need_id=need.id).select_related("desk")
    await check_still_wanted(need, delivery)
    desk = await desk_for(delivery)
    if until := breaker.open_until(desk):
        raise Later(until, desk.trouble)
    doubled = delivery.state == DeliveryState.TO_CHECK and delivery.remote_id
    state = DeliveryState.TO_CHECK if doubled else DeliveryState.SENDING
    await note(delivery, state=state, tries=delivery.tries + 1, tried_at=now())
    try:
        await attempt(need, delivery, desk)
    except Later:
        await note(delivery, tries=delivery.tries - 1)  # « not now » is no try
        raise


async def attempt(need: Need, delivery: Delivery, desk: Desk) -> None:
    try:
        async with asyncio.timeout(LONGEST.total_seconds()), connector_of(desk) as there:
            if not delivery.remote_id:
                found = await find_or_create(there, need, delivery, desk)
                await arrived(need, delivery, desk, found)
            await attach_photos(there, need, delivery)
    except (DeskError, UserError, TimeoutError) as error:
        await fell(need, delivery, desk, error)
    else:
        await breaker.succeeded(desk)


async def check_still_wanted(need: Need, delivery: Delivery) -> None:
    if delivery.remote_id:
        return
    if delivery.state.stays or need.merged_into_id:
        raise CannotDeliver("kept here")
    if need.withdrawn:
        if now() - need.received_at > WITHDRAWN_FOR:
            await note(delivery, state=DeliveryState.KEPT, problem=_("Retiré par le binôme."))
            raise CannotDeliver("withdrawn")
        raise Later(now() + WITHDRAWN_WAITS, _("Retiré par le binôme."))


async def desk_for(delivery: Delivery) -> Desk:
    """The delivery's desk. One that nothing was ever sent to follows when another desk is taken into use."""
    if not delivery.desk.in_use and not delivery.unsure_at and not delivery.remote_id:
        other = await desk_in_use()
        if other:
            delivery.desk = other
            await delivery.save(update_fields=["desk_id"])
    return delivery.desk


async def find_or_create(there: Connector, need: Need, delivery: Delivery, desk: Desk) -> Found:
    """The need's ticket at the desk: the one that is there, else a new one."""
    was_unsure = delivery.unsure_at is not None
    if was_unsure and delivery.unsure_at and now() - delivery.unsure_at < SETTLE:
        await note(delivery, state=DeliveryState.TO_CHECK)
        raise Later(delivery.unsure_at + SETTLE, delivery.problem)
    found = await there.find(str(need.id))
    if not found:
        wanted = await ticket_request_of(need, desk)
        await note(delivery, unsure_at=now())
        try:
            made = await there.create(wanted)
        except (Unreachable, Refused, Denied):
            await note(delivery, unsure_at=None)  # a clear no: nothing was made
            raise
        found = await there.find(str(need.id)) if was_unsure else []
        found = found or [made]
    if len(found) > 1:
        words = _("Le guichet a plusieurs tickets pour ce besoin : %(all)s. Fermez-en.")
        delivery.problem = words % {"all": ", ".join(ticket.id for ticket in found)}
        delivery.state = DeliveryState.TO_CHECK
    return found[0]


async def arrived(need: Need, delivery: Delivery, desk: Desk, found: Found) -> None:
    """The desk has the need: written down with its ticket here."""
    doubled = delivery.state == DeliveryState.TO_CHECK
    async with transaction():
        await open_mirror(
            need, desk=desk.name, kind=desk.kind.value, remote_id=found.id, url=found.url
        )
        await note(
            delivery,
            state=DeliveryState.TO_CHECK if doubled else DeliveryState.SENT,
            remote_id=found.id,
            sent_at=now(),
            unsure_at=None,
            problem=delivery.problem if doubled else "",
            answer="",
        )


async def attach_photos(there: Connector, need: Need, delivery: Delivery) -> None:
    """Attaches the photos that the ticket does not have yet. One that the desk refuses does not stop the others."""
    if delivery.unsure_at and now() - delivery.unsure_at < SETTLE:
        raise Later(delivery.unsure_at + SETTLE, delivery.problem)
    photos = await photos_of(need)
    awaited = await photos_awaited(need)
    doubled = delivery.state == DeliveryState.TO_CHECK
    await note(
        delivery,
        state=DeliveryState.TO_CHECK if doubled else DeliveryState.SENT,
        photos_left=len(photos) + awaited,
        problem=delivery.problem if doubled else "",
    )
    there_already = await there.attached(delivery.remote_id) if photos else set()
    refused: Refused | None = None
    for photo in photos:
        if photo.name not in there_already:
            await note(delivery, unsure_at=now())
            try:
                await there.attach(delivery.remote_id, photo)
            except Refused as error:
                refused = error
                continue
        delivery.photos_left -= 1
    await note(delivery, photos_left=delivery.photos_left, unsure_at=None)
    if refused:
        raise refused
    if awaited:
        raise Later(now() + timedelta(minutes=2), _("Des photos ne sont pas encore arrivées."))


async def fell(
    need: Need, delivery: Delivery, desk: Desk, error: DeskError | UserError | TimeoutError
) -> None:
    """Records how an attempt failed, and says to the outbox whether there will be another."""
    words = str(error) or _("Le guichet est trop lent.")
    answer = error.answer if isinstance(error, DeskError) else ""
    state = DeliveryState.WAITING
    if isinstance(error, Refused) or (isinstance(error, Broken) and delivery.tries >= MOST_TRIES):
        state = DeliveryState.FAILED
    elif delivery.unsure_at or isinstance(error, Unsure | TimeoutError):
        state = DeliveryState.TO_CHECK
    final = state == DeliveryState.FAILED
    if delivery.remote_id:
        state = DeliveryState.SENT  # the ticket is there, photos are missing
    await note(delivery, state=state, problem=words, answer=answer)
    if final:
        raise CannotDeliver(words)
    denied = isinstance(error, Denied | UserError)
    await breaker.failed(desk, need.id, words, at_once=denied)
    if denied:
        raise Later(now() + timedelta(minutes=5), words)
    raise Unfinished(words)


class Unfinished(Exception):
    """To be tried again, with backoff."""


async def note(delivery: Delivery, **values: object) -> None:
    """Writes these values down at once."""
    await delivery.update_from_dict(values).save(update_fields=list(values))
