from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.desk.conftest import FakeDesk, all_due
from tests.desk.news import arrived, signed
from tour.db import Document, now
from tour.desk import back
from tour.desk.connectors.base import Broken, Denied, Note, Refused, Status, Unreachable
from tour.desk.models import Comment, Desk, DeskKind, Ticket
from tour.desk.news import make_link
from tour.desk.secrets import seal
from tour.desk.signature import challenge, sign
from tour.needs.models import Need, NeedState
from tour.post import outbox

WHO = "Mme Roy anne.roy@departement.example"


def status(state: NeedState, word: str = "open", *notes: Note) -> Status:
    return Status("1", state, word, now(), notes)


async def test_it_works(there: FakeDesk) -> None:
    need = await arrived(there, requester=WHO)
    said = Note("50", datetime.now(UTC), "karim", "C’est commandé")
    there.statuses["1"] = status(NeedState.IN_PROGRESS, "open", said)
    assert await back.poll_all() == 1
    need = await Need.get(id=need.id)
    assert need.state == NeedState.IN_PROGRESS
    assert [entry["text"] for entry in need.news or []] == ["C’est commandé"]
    assert (await Ticket.get()).remote_status == "open"
    assert await Document.exists(kind="need", doc_id=need.id)
    mails = await outbox.OutboxRow.filter(kind="mail")
    assert {mail.payload["to"] for mail in mails} == {"anne.roy@departement.example"}
    assert len(mails) == 2  # what was said, and the new state


async def test_the_same_news_twice_changes_nothing(there: FakeDesk) -> None:
    await arrived(there, requester=WHO)
    said = Note("50", datetime.now(UTC), "karim", "C’est commandé")
    there.statuses["1"] = status(NeedState.IN_PROGRESS, "open", said)
    await back.poll_all()
    await back.poll_all()
    assert await Comment.all().count() == 1
    assert await outbox.OutboxRow.filter(kind="mail").count() == 2


async def three_arrived(there: FakeDesk) -> list[Need]:
    """Three needs at the desk, answered a minute after one another."""
    needs = [await arrived(there, requester="") for _ in range(3)]
    for n in range(3):
        at = now() - timedelta(minutes=3 - n)
        there.statuses[str(n + 1)] = Status(str(n + 1), NeedState.IN_PROGRESS, "open", at)
    return needs


@pytest.mark.parametrize(
    "fault",
    [
        Refused("Objet introuvable"),
        Broken("500"),
        KeyError("Status"),
        Unreachable("trop lent"),
        Denied("403"),
    ],
)
async def test_a_ticket_that_cannot_be_read_does_not_hold_back_the_others(
    there: FakeDesk, fault: Exception
) -> None:
    needs = await three_arrived(there)
    there.unread["2"] = fault
    assert await back.poll_all() == 2
    assert there.reads == ["3", "2", "1"]  # the latest first
    states = [(await Need.get(id=need.id)).state for need in needs]
    assert states == [NeedState.IN_PROGRESS, NeedState.RECEIVED, NeedState.IN_PROGRESS]
    assert (await Desk.get()).polled_at
    there.unread.clear()
    await all_due()
    assert (await Need.get(id=needs[1].id)).state == NeedState.IN_PROGRESS


async def test_a_poll_cut_short_goes_on_where_it_stopped(there: FakeDesk) -> None:
    needs = await three_arrived(there)
    there.unread = {"1": Unreachable("coupé"), "2": Unreachable("coupé")}
    assert await back.poll_all() == 0
    assert (await Desk.get()).polled_at is None
    assert (await Need.get(id=needs[2].id)).state == NeedState.IN_PROGRESS
    there.unread.clear()
    there.reads.clear()
    await back.poll_all()
    assert there.reads == ["2", "1"]


async def test_a_ticket_that_can_never_be_read_is_given_up(there: FakeDesk) -> None:
    await three_arrived(there)
    there.unread["2"] = KeyError("Status")
    await back.poll_all()
    for _try in range(back.MOST_TRIES):
        await all_due()
    row = await outbox.OutboxRow.get(kind="desk_read")
    assert row.state == outbox.OutboxState.FAILED
    assert "in vain" in row.last_error


async def test_nobody_is_mailed_who_left_no_address(there: FakeDesk) -> None:
    await arrived(there, requester="Mme Roy")
    there.statuses["1"] = status(NeedState.DELIVERED, "resolved")
    await back.poll_all()
    assert not await outbox.OutboxRow.filter(kind="mail").exists()


async def test_who_asked_follows_by_the_link(there: FakeDesk, client: httpx.AsyncClient) -> None:
    need = await arrived(there, requester=WHO)
    link = await make_link(str(need.id))
    answer = await client.get(link.partition("/follow/")[1] + link.partition("/follow/")[2])
    assert answer.status_code == 303
    assert answer.headers["location"] == "/follow"
    page = await client.get("/follow")
    assert "Touches mortes" in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_an_unknown_or_old_link_says_whom_to_call(
    there: FakeDesk, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/follow/nothing")).status_code == 404
    assert (await client.get("/follow")).status_code == 404


async def withdrawn(need: Need) -> None:
    await Need.filter(id=need.id).update(withdrawn=True)


async def of_somebody_else(need: Need) -> None:
    await Need.filter(id=need.id).update(requester="M. Autre, autre@departement.example")


async def long_over(need: Need) -> None:
    await Need.filter(id=need.id).update(state=NeedState.DELIVERED)
    await Ticket.filter(need_id=need.id).update(updated_at=now() - timedelta(days=31))


@pytest.mark.parametrize("end", [withdrawn, of_somebody_else, long_over])
async def test_a_link_ends_with_what_it_follows(
    there: FakeDesk, client: httpx.AsyncClient, end: Callable[[Need], Awaitable[None]]
) -> None:
    need = await arrived(there, requester=WHO)
    link = (await make_link(str(need.id))).removeprefix("http://localhost:8000")
    assert "Touches mortes" in (await client.get(link, follow_redirects=True)).text
    await end(need)
    for address in ("/follow", link):
        page = await client.get(address, follow_redirects=True)
        assert page.status_code == 410
        assert "Touches mortes" not in page.text


async def test_news_of_a_delivered_need_can_still_be_read_a_while(
    there: FakeDesk, client: httpx.AsyncClient
) -> None:
    need = await arrived(there, requester=WHO)
    link = (await make_link(str(need.id))).removeprefix("http://localhost:8000")
    await Need.filter(id=need.id).update(state=NeedState.DELIVERED)
    assert "Touches mortes" in (await client.get(link, follow_redirects=True)).text


@pytest.fixture
async def glpi(there: FakeDesk) -> Desk:
    await arrived(there)
    desk = await Desk.get()
    desk.kind, desk.secrets = DeskKind.GLPI_V2, seal({"hook_secret": "chut"})
    await desk.save()
    return desk


BODY = json.dumps({"item": {"id": 1, "status": 6}, "event": "update"}).encode()


async def test_glpi_tells_and_the_ticket_is_read_again(
    there: FakeDesk, glpi: Desk, client: httpx.AsyncClient
) -> None:
    there.statuses["1"] = status(NeedState.IN_PROGRESS)
    at = str(int(now().timestamp()))
    address = f"/api/hooks/glpi/{glpi.id}"
    for _ in range(2):  # a replay finds the same message
        answer = await client.post(address, content=BODY, headers=signed(BODY, at))
        assert answer.status_code == 202
    assert await outbox.OutboxRow.filter(kind="desk_read").count() == 1
    await all_due()
    assert (await Need.get()).state == NeedState.IN_PROGRESS  # as read, not as the body said


async def test_a_wrong_old_or_missing_signature_is_refused(
    glpi: Desk, client: httpx.AsyncClient
) -> None:
    fresh = str(int(now().timestamp()))
    old = str(int((now() - timedelta(minutes=6)).timestamp()))
    for headers in (
        signed(BODY, fresh, "autre"),
        signed(BODY, old),
        signed(BODY + b" ", fresh),
        {},
        {**signed(BODY, fresh), "X-GLPI-timestamp": "demain"},
    ):
        answer = await client.post(f"/api/hooks/glpi/{glpi.id}", content=BODY, headers=headers)
        assert answer.status_code == 403
    assert not await outbox.OutboxRow.filter(kind="desk_read").exists()


async def test_glpi_checks_that_the_address_is_ours(glpi: Desk, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/hooks/glpi/{glpi.id}?crc_token={'ab' * 32}")
    assert answer.text == challenge("chut", "ab" * 32)


async def test_the_webhook_desk_tells_where_a_need_stands(
    there: FakeDesk, client: httpx.AsyncClient
) -> None:
    need = await arrived(there)
    desk = await Desk.get()
    desk.kind, desk.secrets = DeskKind.WEBHOOK, seal({"secret": "chut"})
    await desk.save()
    message = {
        "ticket": "1",
        "state": "delivered",
        "status": "fermé",
        "comments": [{"id": "c1", "text": "Remplacé", "by": "Karim", "solution": True}],
    }
    body, at = json.dumps(message).encode(), str(int(now().timestamp()))
    headers = {"X-Tour-Timestamp": at, "X-Tour-Signature": sign("chut", body, at)}
    for _ in range(2):
        answer = await client.post(f"/api/hooks/tickets/{desk.id}", content=body, headers=headers)
        assert answer.status_code == 204
    need = await Need.get(id=need.id)
    assert need.state == NeedState.DELIVERED
    assert [entry["text"] for entry in need.news or []] == ["Remplacé"]
    bad = b'{"ticket": "1", "state": "nonsense"}'
    headers = {"X-Tour-Timestamp": at, "X-Tour-Signature": sign("chut", bad, at)}
    answer = await client.post(f"/api/hooks/tickets/{desk.id}", content=bad, headers=headers)
    assert answer.status_code == 422
