"""Tickets of the embedded desk, and the numbers they were given."""

from __future__ import annotations

from tests.factories import make_visit
from tour.corner.catalogue.models import NeedKind
from tour.db import transaction
from tour.desk.models import Ticket
from tour.desk.tickets import open_embedded
from tour.needs.models import Need

AT_ONCE = 50


async def make_needs(count: int) -> list[Need]:
    visit = await make_visit()
    return [
        await Need.create(visit=visit, site_id=visit.site_id, kind=NeedKind.IDEA, text=str(n))
        for n in range(count)
    ]


async def open_one(need: Need) -> Ticket:
    async with transaction():
        return await open_embedded(need)


async def numbers() -> list[int]:
    return sorted(int(t.reference.partition("-")[2]) for t in await Ticket.all())
