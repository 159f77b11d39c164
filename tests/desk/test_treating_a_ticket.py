from __future__ import annotations

import pytest

from tests.factories import make_item, make_visit
from tour.corner.catalogue.models import NeedKind
from tour.db import Document, transaction
from tour.desk import deliver
from tour.desk.models import Ticket
from tour.desk.treat import set_state
from tour.needs.models import Need, NeedState
from tour.post import outbox

pytestmark = pytest.mark.usefixtures("db")
assert deliver.deliver  # registers how tickets are delivered


async def noted_need() -> Need:
    visit = await make_visit()
    async with transaction():
        need = await Need.create(
            visit=visit,
            site_id=visit.site_id,
            item=await make_item(),
            kind=NeedKind.INCIDENT,
            text="Touches mortes",
        )
        await outbox.post("ticket", f"ticket/{need.id}", {"need": str(need.id)})
    return need


async def test_it_works() -> None:
    need = await noted_need()
    await outbox.deliver_due()
    ticket = await Ticket.get(need_id=need.id)
    assert ticket.reference.endswith("-00001")

    await set_state(ticket.id, NeedState.IN_PROGRESS, by="Karim")
    await set_state(ticket.id, NeedState.DELIVERED, by="Karim")
    assert (await Need.get(id=need.id)).state == NeedState.DELIVERED
    assert (await Ticket.get(id=ticket.id)).treated_by == "Karim"


async def test_tablets_hear_of_each_new_state() -> None:
    need = await noted_need()
    await outbox.deliver_due()
    ticket = await Ticket.get(need_id=need.id)
    await set_state(ticket.id, NeedState.IN_PROGRESS, by="Karim")
    first = (await Document.get(kind="need", doc_id=need.id)).version
    await set_state(ticket.id, NeedState.DELIVERED, by="Karim")
    assert (await Document.get(kind="need", doc_id=need.id)).version > first


async def test_the_same_state_twice_tells_nobody() -> None:
    need = await noted_need()
    await outbox.deliver_due()
    ticket = await Ticket.get(need_id=need.id)
    before = (await Document.get(kind="need", doc_id=need.id)).version
    await set_state(ticket.id, NeedState.RECEIVED, by="Karim")
    assert (await Document.get(kind="need", doc_id=need.id)).version == before


async def test_a_need_delivered_twice_is_one_ticket() -> None:
    need = await noted_need()
    row = await outbox.OutboxRow.get(key=f"ticket/{need.id}")
    await deliver.deliver(row)
    await deliver.deliver(row)
    assert await Ticket.filter(need_id=need.id).count() == 1
