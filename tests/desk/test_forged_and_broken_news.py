"""News that nobody can believe, or that cannot be read, change nothing, crash nothing, and are not lost in silence."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.conftest import FakeDesk
from tests.desk.news import arrived, signed
from tour.audit.models import AuditLine
from tour.audit.who import ByKind
from tour.db import now
from tour.desk.models import Comment, Desk, DeskKind, Ticket
from tour.desk.pages.hooks import LARGEST, read_status, ticket_in
from tour.desk.secrets import seal
from tour.desk.signature import challenge, good, sign
from tour.needs.models import Need, NeedState
from tour.post import outbox


@pytest.fixture
async def desk(there: FakeDesk) -> Desk:
    await arrived(there)
    desk = await Desk.get()
    desk.kind, desk.secrets = DeskKind.WEBHOOK, seal({"secret": "chut"})
    await desk.save()
    return desk


async def tell(client: httpx.AsyncClient, desk: Desk, message: Any, at: str = "") -> httpx.Response:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    at = at or str(int(now().timestamp()))
    headers = {"X-Tour-Timestamp": at, "X-Tour-Signature": sign("chut", body, at)}
    return await client.post(f"/api/hooks/tickets/{desk.id}", content=body, headers=headers)


async def test_glpi_s_challenge_signs_no_message(
    there: FakeDesk, client: httpx.AsyncClient
) -> None:
    await arrived(there)
    desk = await Desk.get()
    desk.kind, desk.secrets = DeskKind.GLPI_V2, seal({"hook_secret": "chut"})
    await desk.save()
    body, at = b'{"item": {"id": 1}}', str(int(now().timestamp()))
    address = f"/api/hooks/glpi/{desk.id}"
    answer = await client.get(address, params={"crc_token": body.decode() + at})
    assert (answer.status_code, answer.text) == (403, "")
    forged = {"X-GLPI-signature": answer.text or "0" * 64, "X-GLPI-timestamp": at}
    assert (await client.post(address, content=body, headers=forged)).status_code == 403
    assert not await outbox.OutboxRow.filter(kind="desk_read").exists()


@given(st.text())
def test_what_a_challenge_signs_is_never_a_message(token: str) -> None:
    if challenge("chut", token):
        assert ticket_in(token.encode()) == ""


@pytest.mark.parametrize("at", ["²", "٣", "1e9", "-1", " 1", "9" * 40, "", "1700000000.0"])
def test_a_timestamp_is_ascii_digits(at: str) -> None:
    assert not good("chut", b"{}", at, sign("chut", b"{}", at))


@pytest.mark.parametrize("at", ["²", "9" * 40])
async def test_an_odd_timestamp_is_refused_and_no_crash(
    desk: Desk, client: httpx.AsyncClient, at: str
) -> None:
    headers = [(b"X-Tour-Timestamp", at.encode("latin-1")), (b"X-Tour-Signature", b"0")]
    for address in (f"/api/hooks/tickets/{desk.id}", f"/api/hooks/glpi/{desk.id}"):
        assert (await client.post(address, content=b"{}", headers=headers)).status_code == 403


FINE = {"ticket": "1", "state": "delivered"}


@pytest.mark.parametrize(
    "message",
    [
        b"not json", b"\xff\xfe", b"[" * 100_000, [], None, 3, {}, {"ticket": "1"}, FINE | {"state": "NaN"}, FINE | {"ticket": ""},
        FINE | {"ticket": "1\0"}, FINE | {"ticket": "\ud83d"}, FINE | {"ticket": "1" * 65}, FINE | {"comments": 3},
        FINE | {"comments": ["x"]}, FINE | {"comments": [{"text": "x"}]}, FINE | {"comments": [{"id": "", "text": "x"}]},
        FINE | {"comments": [{"id": "c", "text": "x", "at": "0001-01-01T00:00:00+02:00"}]},
        FINE | {"comments": [{"id": "c", "text": "x", "at": "9999-12-31T23:59:59-02:00"}]},
        FINE | {"comments": [{"id": "c", "text": "x", "at": "2027-01-01T00:00:00"}]},
        FINE | {"comments": [{"id": "c", "text": "x", "at": 5}]},
        FINE | {"comments": [{"id": str(n), "text": "x"} for n in range(501)]},
    ],
)  # fmt: skip
async def test_a_signed_message_that_cannot_be_read_is_answered_and_shown(
    desk: Desk, client: httpx.AsyncClient, message: Any
) -> None:
    answer = await tell(client, desk, message)
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert (await Need.get()).state == NeedState.RECEIVED
    assert not await Comment.exists()
    assert "ne se lit pas" in (await Desk.get()).trouble


async def test_half_a_character_or_a_nul_loses_no_news(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    comments = [{"id": "c1", "text": "Livr\0é \ud83d", "by": "K\0arim", "at": None}]
    assert (await tell(client, desk, FINE | {"comments": comments})).status_code == 204
    assert (await Comment.get()).text == "Livré ?"
    assert (await Need.get()).state == NeedState.DELIVERED


async def test_the_same_comment_twice_is_one(desk: Desk, client: httpx.AsyncClient) -> None:
    comments = [{"id": "c1", "text": "Livré"}] * 2
    assert (await tell(client, desk, FINE | {"comments": comments})).status_code == 204
    assert await Comment.all().count() == 1


async def test_the_audit_says_which_desk_told(desk: Desk, client: httpx.AsyncClient) -> None:
    assert (await tell(client, desk, FINE)).status_code == 204
    [line] = await AuditLine.filter(what__startswith="POST /api/hooks")
    assert (line.by_kind, line.by_id, line.by_label) == (ByKind.DESK, str(desk.id), desk.name)


async def test_too_long_a_message_is_refused(desk: Desk, client: httpx.AsyncClient) -> None:
    assert (await tell(client, desk, b" " * (LARGEST + 1))).status_code == 413


async def test_an_old_message_sent_again_takes_nothing_back(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    before = str(int((now() - timedelta(minutes=2)).timestamp()))
    first = {"ticket": "1", "state": "in_progress", "comments": [{"id": "c1", "text": "Commandé"}]}
    await tell(client, desk, first, before)
    await tell(client, desk, FINE)
    assert (await tell(client, desk, first, before)).status_code == 204
    assert (await Need.get()).state == NeedState.DELIVERED
    late = first | {"comments": [{"id": "c0", "text": "Reçu"}]}
    await tell(client, desk, late, before)
    assert (await Need.get()).state == NeedState.DELIVERED
    assert {c.text for c in await Comment.all()} == {"Commandé", "Reçu"}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["ticket", "state", "status", "comments", "id", "text", "at", "by"]), inner)))  # fmt: skip
def test_any_json_is_read_or_refused(values: Any) -> None:
    try:
        read_status(values, now())
    except (LookupError, TypeError, ValueError, AttributeError):
        return


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "//evil.example", "https:", "http:///x", "ht\ntp://x"],
)  # fmt: skip
async def test_a_ticket_s_address_leads_to_a_page_or_nowhere(
    there: FakeDesk, planner: httpx.AsyncClient, url: str
) -> None:
    from tour.wording import web_address

    assert web_address(url) == ""
    await arrived(there)
    await Ticket.all().update(url=url, desk="webhook")  # as an older version kept it
    ticket = await Ticket.get()
    for page in ("/desk", f"/desk/{ticket.id}"):
        text = (await planner.get(page)).text
        assert "Ouvrir dans l’autre guichet" not in text
        assert url not in text


async def test_a_desk_s_page_is_linked_when_it_is_one(
    there: FakeDesk, planner: httpx.AsyncClient
) -> None:
    await arrived(there)
    await Ticket.all().update(url="https://rt.example/1?a=1&b=2", desk="rt")
    text = (await planner.get(f"/desk/{(await Ticket.get()).id}")).text
    assert 'href="https://rt.example/1?a=1&amp;b=2"' in text


assert signed
