from __future__ import annotations

import httpx

from tests.factories import make_agent
from tour.outbox import OutboxRow
from tour.people.models import Agent, Role
from tour.people.sign_in import token_for


async def test_it_works(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    answer = await client.post("/sign-in", data={"email": agent.email.upper()})
    assert "vient d’y être envoyé" in answer.text
    link = (await OutboxRow.get()).payload["link"]

    path = link.removeprefix("http://localhost:8000")
    assert (await client.get(path)).status_code == 200
    assert (await client.get("/visits")).status_code == 303  # opening the link signs nobody in
    assert (await client.post(path)).status_code == 303
    assert (await client.get("/visits")).status_code == 200


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/sign-in", data={"email": "nobody@departement.example"})
    assert "vient d’y être envoyé" in answer.text
    assert await OutboxRow.all().count() == 0


async def test_a_wrong_address_says_so_and_keeps_what_was_typed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", data={"email": "pas une adresse"})
    assert answer.status_code == 422
    assert 'value="pas une adresse"' in answer.text
    assert "field-error" in answer.text


async def test_a_tampered_link_signs_nobody_in(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    answer = await client.post(f"/sign-in/{token_for(agent)}x")
    assert answer.status_code == 422
    assert "demandez-en un nouveau" in answer.text.lower()


async def test_an_agent_who_left_cannot_come_back(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    token = token_for(agent)
    await Agent.filter(id=agent.id).update(active=False)
    assert (await client.post(f"/sign-in/{token}")).status_code == 422


async def test_a_tourer_may_not_open_the_planner_s_pages(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.TOURER)
    await client.post(f"/sign-in/{token_for(agent)}")
    assert (await client.get("/visits")).status_code == 403


async def test_signing_out_forgets(planner: httpx.AsyncClient) -> None:
    await planner.post("/sign-out")
    assert (await planner.get("/visits")).status_code == 303


async def test_demo_links_are_closed_outside_the_demo(client: httpx.AsyncClient) -> None:
    for path in ("/demo/planner", "/demo/tablet", "/demo/manager", "/dev/mail"):
        assert (await client.get(path)).status_code == 404
