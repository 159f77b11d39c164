"""Opening the ticket of a need, at the embedded desk or as the mirror of one outside."""

from __future__ import annotations

from datetime import date, timedelta

from tour.corner.catalogue.models import Item
from tour.db import take_numbers
from tour.desk.models import Ticket
from tour.needs.models import Need
from tour.settings import settings
from tour.wording import web_address


async def open_embedded(need: Need) -> Ticket:
    """The need's ticket at the embedded desk, in the caller's transaction; the one it has already if it has one."""
    if ticket := await Ticket.get_or_none(need_id=need.id):
        return ticket
    year = need.received_at.year
    number = await take_numbers(series_of(year))
    return await Ticket.create(
        need_id=need.id, reference=reference_of(year, number), due_on=await promised_for(need)
    )


def series_of(year: int) -> str:
    return f"ticket-{year}"


def reference_of(year: int, number: int) -> str:
    return f"T{year}-{number:05d}"


async def open_mirror(need: Need, *, desk: str, kind: str, remote_id: str, url: str) -> Ticket:
    """The ticket that shows here what stands at a desk outside, in the caller's transaction."""
    ticket, _new = await Ticket.get_or_create(
        need_id=need.id,
        defaults={
            "desk": kind,
            "reference": f"{desk} {remote_id}",
            "url": web_address(url)[:400],
            "due_on": await promised_for(need),
        },
    )
    return ticket


async def promised_for(need: Need) -> date | None:
    """The day by which the item's delay promises it."""
    if need.item_id is None:
        return None
    item = await Item.get_or_none(id=need.item_id)
    if item is None or item.delay_days is None:
        return None
    return need.received_at.astimezone(settings().tz).date() + timedelta(days=item.delay_days)
