"""Neither the outbox nor the database holds a token that opens anything: it is made for the mail that carries it."""

from __future__ import annotations

import re
from email.message import EmailMessage

import httpx

from tests.factories import make_agent, make_manager, make_site, make_visit
from tests.people.mails import mails_to
from tour.corner.catalogue.models import NeedKind
from tour.db import now, transaction
from tour.desk.news import mail_requester
from tour.needs.models import Need
from tour.people.models import Role
from tour.post.outbox import OutboxRow, OutboxState
from tour.settings import settings
from tour.visits import invite
from tour.visits.models import Visit

TOKEN = re.compile(r"/(?:sign-in|follow|v|v/reminders|p|agenda)/([\w-]{30,})")


async def asked_for_all(client: httpx.AsyncClient) -> dict[str, Visit | None]:
    """Every way to be mailed a link; gives the addresses."""
    agent = await make_agent(Role.PLANNER)
    manager = await make_manager()
    visit = await make_visit(site=await make_site(manager=manager))
    await client.post("/sign-in", data={"email": agent.email})
    await client.post("/v", data={"email": manager.email})
    await invite.invite(visit.id, by="Léa")
    need = await Need.create(
        site_id=visit.site_id,
        visit_id=visit.id,
        kind=NeedKind.INCIDENT,
        text="clavier",
        requester="anne.roy@departement.example",
        recorded_at=now(),
    )
    async with transaction():
        await mail_requester(need, "received/1")
    return {agent.email: None, manager.email: visit, "anne.roy@departement.example": visit}


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body
    return str(body.get_content())


async def test_no_row_of_the_outbox_holds_a_token_before_or_after(
    client: httpx.AsyncClient,
) -> None:
    addresses = await asked_for_all(client)
    before = str([row.payload for row in await OutboxRow.all()])
    mailed = [
        token
        for address in addresses
        for message in await mails_to(address)
        for token in TOKEN.findall(text_of(message))
    ]
    assert len(set(mailed)) == 4  # sign-in, my visits, the visit, the need
    rows = await OutboxRow.all()
    assert all(row.state == OutboxState.SENT for row in rows)
    kept = before + str([(row.payload, row.last_error) for row in rows])
    assert "http" not in kept
    assert not any(token in kept for token in mailed)


async def test_each_mailed_link_opens(client: httpx.AsyncClient) -> None:
    for address in await asked_for_all(client):
        for message in await mails_to(address):
            found = re.search(r"http://localhost:8000(/\S+)", text_of(message))
            assert found
            answer = await client.get(found[1], follow_redirects=True)
            assert answer.status_code == 200, found[1]


async def test_without_a_mail_server_the_file_is_read_by_eye(client: httpx.AsyncClient) -> None:
    """``cat`` shows sentences with their accents, and the link whole on its line."""
    agent = await make_agent(Role.PLANNER, name="Élodie Noël-Béranger")
    await client.post("/sign-in", data={"email": agent.email})
    await mails_to(agent.email)
    newest = max(settings().mail_dir.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    text = newest.read_text()
    assert "Bonjour Élodie Noël-Béranger," in text
    lines = [line for line in text.splitlines() if "http://localhost:8000/sign-in/" in line]
    assert len(lines) == 2  # text and HTML
    for line in lines:
        found = TOKEN.search(line)
        assert found
        assert (await client.get(f"/sign-in/{found[1]}")).status_code == 200
