from __future__ import annotations

import io
from datetime import timedelta

import httpx
from openpyxl import load_workbook

from tests.desk.conftest import noted
from tests.factories import make_agent, make_item
from tour.corner.catalogue.models import Space
from tour.db import Document, local_now
from tour.desk.models import Comment, SavedView, Ticket
from tour.needs.models import Need, NeedState, Urgency
from tour.people.models import Role
from tour.post import outbox


async def tickets(count: int, **values: object) -> list[Ticket]:
    for n in range(count):
        await noted(**({"text": f"Besoin {n}"} | values))  # type: ignore[arg-type]
    while await outbox.deliver_due():
        pass
    return await Ticket.all().order_by("opened_at")


async def test_it_works(planner: httpx.AsyncClient) -> None:
    [ticket] = await tickets(1)
    page = await planner.get("/desk")
    assert "Besoin 0" in page.text
    assert ticket.reference in (await planner.get(f"/desk/{ticket.id}")).text


async def test_an_empty_desk_says_so(planner: httpx.AsyncClient) -> None:
    assert "Rien à traiter ici" in (await planner.get("/desk")).text


async def test_two_hundred_tickets_come_in_pages(planner: httpx.AsyncClient) -> None:
    item = await make_item()
    await tickets(200, item=item)
    first = (await planner.get("/desk")).text
    assert first.count('class="ticket"') == 50
    assert "200 tickets" in first
    last = (await planner.get("/desk?page=4")).text
    assert last.count('class="ticket"') == 50


async def test_filters(planner: httpx.AsyncClient) -> None:
    lab = await make_item(space=Space.LAB, name="Casque")
    await tickets(1, item=lab, urgency=Urgency.HIGH)
    await tickets(1, text="Écran noir", requester="Mme Été")
    today = local_now().date()
    late = await Ticket.get(need__text="Écran noir")
    await Ticket.filter(id=late.id).update(due_on=today - timedelta(days=1), to_bring=True)
    for query, seen, unseen in (
        ("space=lab", "Casque", "Écran noir"),
        ("urgency=high", "Casque", "Écran noir"),
        ("late=1", "Écran noir", "Casque"),
        ("bring=1", "Écran noir", "Casque"),
        ("q=noir", "Écran noir", "Casque"),
        ("assignee=none&q=casque", "Casque", "Écran noir"),
    ):
        rows = (await planner.get(f"/desk/tickets.csv?{query}")).text
        assert seen in rows, query
        assert unseen not in rows, query


async def test_an_item_s_delay_makes_a_promise(planner: httpx.AsyncClient) -> None:
    await tickets(1, item=await make_item(delay_days=5))
    assert (await Ticket.get()).due_on == local_now().date() + timedelta(days=5)


async def test_several_at_once(planner: httpx.AsyncClient) -> None:
    made = await tickets(3)
    karim = await make_agent(Role.DESK, name="Karim")
    chosen = [str(t.id) for t in made[:2]]
    await planner.post("/desk/batch", data={"action": "assign", "agent": str(karim.id), "ticket": chosen})  # fmt: skip
    assert await Ticket.filter(assignee_id=karim.id).count() == 2
    await planner.post("/desk/batch", data={"action": "bring", "ticket": chosen})
    assert await Ticket.filter(to_bring=True).count() == 2
    answer = await planner.post("/desk/batch", data={"action": "refused", "ticket": chosen})
    assert answer.status_code == 422
    assert "Dites pourquoi" in answer.text
    await planner.post("/desk/batch", data={"action": "delivered", "ticket": chosen, "reason": "Au magasin"})  # fmt: skip
    assert await Need.filter(state=NeedState.DELIVERED).count() == 2
    assert [e["text"] for e in (await Need.filter(state=NeedState.DELIVERED))[0].news or []] == ["Au magasin"]  # fmt: skip


async def test_nothing_ticked_is_said(planner: httpx.AsyncClient) -> None:
    await tickets(1)
    answer = await planner.post("/desk/batch", data={"action": "delivered"})
    assert answer.status_code == 422
    assert "Cochez d’abord" in answer.text


async def test_what_is_to_bring_shows_on_tablets(planner: httpx.AsyncClient) -> None:
    [ticket] = await tickets(1)
    await planner.post(f"/desk/{ticket.id}/bring", data={"bring": "1"})
    assert await Document.exists(kind="need", doc_id=ticket.need_id)
    from tour.field.documents import build

    [document] = await build([("need", str(ticket.need_id))])
    assert document.data["to_bring"] is True


async def test_a_private_comment_stays_at_the_desk(planner: httpx.AsyncClient) -> None:
    [ticket] = await tickets(1)
    await planner.post(f"/desk/{ticket.id}/comments", data={"text": "entre nous"})
    await planner.post(f"/desk/{ticket.id}/comments", data={"text": "pour tous", "public": "1"})
    assert await Comment.all().count() == 2
    need = await Need.get()
    assert [entry["text"] for entry in need.news or []] == ["pour tous"]
    answer = await planner.post(f"/desk/{ticket.id}/comments", data={"text": " "})
    assert answer.status_code == 422


async def test_a_view_is_kept_and_forgotten(planner: httpx.AsyncClient) -> None:
    await tickets(1)
    await planner.post("/desk/views?late=1&q=clavier", data={"name": "Claviers en retard"})
    assert "Claviers en retard" in (await planner.get("/desk")).text
    view = await SavedView.get()
    assert view.query == "late=1&q=clavier"
    await planner.post(f"/desk/views/{view.id}/removal")
    assert not await SavedView.exists()


async def test_exports_hold_no_formula(planner: httpx.AsyncClient) -> None:
    await tickets(1, text="=HYPERLINK(1)", requester="@SUM(1)")
    rows = (await planner.get("/desk/tickets.csv")).text
    assert "'=HYPERLINK(1)" in rows
    assert "'@SUM(1)" in rows
    book = load_workbook(io.BytesIO((await planner.get("/desk/tickets.xlsx")).content))
    cells = [cell for row in book.worksheets[0].iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    quoted = {cell.value for cell in cells if cell.quotePrefix}
    assert quoted == {"=HYPERLINK(1)", "@SUM(1)"}
    assert (await planner.get("/desk/tickets.pdf")).status_code == 404
