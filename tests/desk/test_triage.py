from __future__ import annotations

import httpx
import pytest

from tests.desk.conftest import FakeDesk, all_due, noted
from tests.factories import make_item, make_site, make_visit
from tour.db import Document
from tour.desk import triage
from tour.desk.models import Delivery, DeliveryState, Desk, Ticket
from tour.errors import UserError
from tour.needs.models import Need, NeedState, Urgency


@pytest.fixture
async def looked_at(there: FakeDesk) -> FakeDesk:
    await Desk.all().update(triage=True)
    return there


async def in_triage(**values: object) -> Need:
    need = await noted(**values)  # type: ignore[arg-type]
    await all_due()
    return need


async def test_it_works(looked_at: FakeDesk, planner: httpx.AsyncClient) -> None:
    need = await in_triage()
    await all_due()
    assert looked_at.requests == []
    page = await planner.get("/desk/triage")
    assert "Touches mortes" in page.text
    await planner.post("/desk/triage/release", data={"need": str(need.id)})
    await all_due()
    assert [wanted.ref for wanted in looked_at.requests] == [str(need.id)]


async def test_the_same_asked_at_several_sites_becomes_one(looked_at: FakeDesk) -> None:
    item = await make_item()
    needs = []
    for name in ("Collège A", "Collège B", "Collège C"):
        visit = await make_visit(site=await make_site(name=name))
        needs.append(await in_triage(item=item, visit=visit, text="Clavier cassé", requester=f"M. {name[-1]}"))  # fmt: skip
    waiting = await triage.waiting()
    alike = triage.lookalikes(waiting)
    assert sum(len(others) for others in alike.values()) == 3
    first, *others = [need.id for need in needs]
    assert await triage.merge([first, *others], first, by="Léa") == 2
    await triage.release([first])
    await all_due()
    assert len(looked_at.requests) == 1
    text = "\n".join(looked_at.requests[0].lines)
    assert "Collège B (M. B)" in text
    assert "Collège C (M. C)" in text

    ticket = await Ticket.get(need_id=first).select_related("need")
    from tour.db import transaction
    from tour.desk.news import set_need_state

    async with transaction():
        await set_need_state(ticket.need, NeedState.DELIVERED)
    assert {need.state for need in await Need.all()} == {NeedState.DELIVERED}


async def test_completing_says_better_what_is_asked(looked_at: FakeDesk) -> None:
    need = await in_triage()
    await triage.complete(
        need.id, text="Clavier AZERTY sans fil", item=None, urgency=Urgency.HIGH, requester="Anne"
    )
    need = await Need.get(id=need.id)
    assert (need.text, need.urgency, need.requester) == ("Clavier AZERTY sans fil", "high", "Anne")
    assert await Document.exists(kind="need", doc_id=need.id)


async def test_splitting_makes_a_need_of_its_own(looked_at: FakeDesk) -> None:
    need = await in_triage(text="Clavier cassé et demande de formation")
    other = await triage.split(need.id, "Demande de formation")
    assert other.site_id == need.site_id
    await triage.release([need.id, other.id])
    await all_due()
    assert len(looked_at.requests) == 2


async def test_refusing_says_why_to_all(looked_at: FakeDesk) -> None:
    need = await in_triage()
    with pytest.raises(UserError):
        await triage.refuse(need.id, "  ", by="Léa")
    await triage.refuse(need.id, "Déjà livré en mai", by="Léa")
    need = await Need.get(id=need.id)
    assert need.state == NeedState.REFUSED
    assert [entry["text"] for entry in need.news or []] == ["Déjà livré en mai"]
    await triage.release([need.id])
    await all_due()
    assert looked_at.requests == []


async def test_what_has_left_is_no_longer_triaged(looked_at: FakeDesk) -> None:
    need = await in_triage()
    await triage.release([need.id])
    with pytest.raises(UserError):
        await triage.split(need.id, "x")


async def test_a_need_can_be_treated_here_instead(there: FakeDesk) -> None:
    from tour.desk.connectors.base import Refused

    there.plan = [("before", Refused("non"))]
    need = await noted()
    await all_due()
    await all_due()
    await triage.keep_here(await Delivery.get(need_id=need.id))
    assert (await Ticket.get(need_id=need.id)).desk == "embedded"
    await all_due()
    assert there.requests == []
    assert (await Delivery.get(need_id=need.id)).state == DeliveryState.KEPT


async def test_an_error_keeps_what_was_typed(
    looked_at: FakeDesk, planner: httpx.AsyncClient
) -> None:
    item = await make_item()
    need = await in_triage(item=item)
    answer = await planner.post(
        f"/desk/triage/{need.id}", data={"text": "", "requester": "Anne <b>", "urgency": "high"}
    )
    assert answer.status_code == 422
    assert "Anne &lt;b&gt;" in answer.text
