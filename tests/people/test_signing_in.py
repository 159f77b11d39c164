from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from tests.factories import make_agent
from tests.people.mails import link_mailed_to, mails_to, signed_in
from tour.db import now
from tour.people import sign_in
from tour.people.models import Agent, Role, SignInLink, SignInSession
from tour.people.sign_in import LinkOver, token_for
from tour.post import outbox
from tour.post.limits import Attempts
from tour.post.outbox import OutboxRow


@pytest.fixture
async def elsewhere(client: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Another browser, which asked for nothing."""
    async with httpx.AsyncClient(
        transport=client._transport, base_url=client.base_url, headers=client.headers
    ) as browser:
        yield browser


async def ask(client: httpx.AsyncClient, address: str, **more: str) -> httpx.Response:
    return await client.post("/sign-in", data={"email": address, **more})


async def test_it_works(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    answer = await ask(client, agent.email.upper())
    assert "va y arriver" in answer.text
    path = await link_mailed_to(agent.email)
    assert (await client.get(path)).status_code == 200
    assert (await client.get("/visits")).status_code == 303  # opening the link signs nobody in
    assert (await client.post(path)).headers["location"] == "/"
    assert (await client.get("/visits")).status_code == 200


async def test_a_link_works_once_and_a_used_one_says_so_and_offers_another(
    client: httpx.AsyncClient,
) -> None:
    agent = await make_agent(Role.PLANNER)
    path = f"/sign-in/{await token_for(agent)}"
    assert (await client.post(path)).status_code == 303
    await client.post("/sign-out")
    for answer in (await client.post(path), await client.get(path)):
        assert answer.status_code == 422
        assert "a déjà servi" in answer.text
        assert 'action="/sign-in"' in answer.text
    assert (await client.get("/visits")).status_code == 303


@pytest.mark.usefixtures("db")
async def test_of_many_who_use_a_link_at_once_one_is_let_in() -> None:
    link = await sign_in.link_of(await token_for(await make_agent(Role.PLANNER)))

    async def use() -> bool:
        try:
            return bool(await sign_in.use(link, browser=""))
        except LinkOver:
            return False

    assert sum(await asyncio.gather(*(use() for _ in range(20)))) == 1
    assert await SignInSession.all().count() == 1


async def test_an_old_link_is_over(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    path = f"/sign-in/{await token_for(agent)}"
    link = await SignInLink.get()
    assert link.expires_at - link.created_at <= timedelta(minutes=20, seconds=1)
    await SignInLink.all().update(expires_at=now() - timedelta(seconds=1))
    for answer in (await client.get(path), await client.post(path)):
        assert answer.status_code == 422
        assert "demandez-en un nouveau" in answer.text.lower()


async def test_a_link_of_another_browser_wants_the_code_that_the_first_one_shows(
    client: httpx.AsyncClient, elsewhere: httpx.AsyncClient
) -> None:
    agent = await make_agent(Role.PLANNER)
    shown = re.search(r"<strong>(\d{3}) (\d{3})</strong>", (await ask(client, agent.email)).text)
    assert shown
    path = await link_mailed_to(agent.email)
    assert 'name="code"' in (await elsewhere.get(path)).text
    assert 'name="code"' not in (await client.get(path)).text
    assert (await elsewhere.post(path)).status_code == 422
    wrong = f"{(int(shown[1] + shown[2]) + 1) % 1_000_000:06d}"
    assert "pas le code" in (await elsewhere.post(path, data={"code": wrong})).text
    assert (await elsewhere.get("/visits")).status_code == 303
    # as a person types it, with its space
    assert (await elsewhere.post(path, data={"code": f"{shown[1]} {shown[2]}"})).status_code == 303
    assert (await elsewhere.get("/visits")).status_code == 200


async def test_five_wrong_codes_end_the_link_for_its_owner_too(
    client: httpx.AsyncClient, elsewhere: httpx.AsyncClient
) -> None:
    agent = await make_agent(Role.PLANNER)
    await ask(client, agent.email)
    path = await link_mailed_to(agent.email)
    code = sign_in.code_of((await SignInLink.get()).asked_by)
    for n in range(1, 6):
        wrong = f"{(int(code) + n) % 1_000_000:06d}"
        assert (await elsewhere.post(path, data={"code": wrong})).status_code == 422
    assert (await elsewhere.post(path, data={"code": code})).status_code == 422
    assert (await client.post(path)).status_code == 422


async def test_two_links_asked_in_one_browser_both_open_there(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    paths = []
    for _ in range(2):
        await ask(client, agent.email)
        paths.append(await link_mailed_to(agent.email))
    pages = [(await client.get(path)).text for path in paths]
    assert not any('name="code"' in page for page in pages)


async def test_one_lands_where_one_wanted_to_go_and_the_mail_does_not_tell(
    client: httpx.AsyncClient,
) -> None:
    agent = await make_agent(Role.PLANNER)
    away = await client.get("/visits?state=invited&q=%C3%A9t%C3%A9")
    form = await client.get(away.headers["location"])
    wanted = re.search(r'name="next"[^>]*value="([^"]*)"', form.text)
    assert wanted
    await ask(client, agent.email, next=wanted[1].replace("&amp;", "&"))
    path = await link_mailed_to(agent.email)
    assert "visits" not in path
    answer = await client.post(path)
    assert answer.headers["location"] == "/visits?state=invited&q=%C3%A9t%C3%A9"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "visits",
        "/a" * 300,
    ],
)
async def test_one_is_never_sent_to_somebody_else_s_address(
    client: httpx.AsyncClient, elsewhere: str
) -> None:
    agent = await make_agent(Role.PLANNER)
    await ask(client, agent.email, next=elsewhere)
    assert (await client.post(await link_mailed_to(agent.email))).headers["location"] == "/"
    shown = await client.get("/sign-in", params={"next": elsewhere})
    assert "evil.example" not in shown.text.replace("evil.example%", "").split("<footer")[0]


@pytest.mark.parametrize(
    ("roles", "home"),
    [
        ([Role.PLANNER], "/"),
        ([Role.ADMIN], "/"),
        ([Role.DESK], "/desk"),
        ([Role.TOURER], "/agenda"),
        ([Role.TOURER, Role.DESK], "/desk"),
        ([], "/account"),
    ],
)
async def test_each_role_lands_on_a_page_it_may_open(
    client: httpx.AsyncClient, roles: list[Role], home: str
) -> None:
    agent = await make_agent(*roles)
    answer = await client.post(f"/sign-in/{await token_for(agent)}", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, home)
    first = await client.get("/", follow_redirects=True)
    assert (first.status_code, first.url.path) == (200, home)


async def test_who_may_not_open_a_page_is_shown_the_ways_out(client: httpx.AsyncClient) -> None:
    await signed_in(client, Role.TOURER)
    answer = await client.get("/visits")
    assert answer.status_code == 403
    assert 'href="/agenda"' in answer.text
    assert 'action="/sign-out"' in answer.text


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    client: httpx.AsyncClient,
) -> None:
    agent = await make_agent(Role.PLANNER)
    pages = []
    for address in (agent.email, "nobody@departement.example"):
        client.cookies.clear()
        text = (await ask(client, address)).text.replace(address, "…")
        pages.append(re.sub(r"\d{3} \d{3}</strong>", "…", text))
    assert pages[0] == pages[1]
    assert len(await mails_to(agent.email)) == 1
    assert await mails_to("nobody@departement.example") == []
    assert await OutboxRow.filter(kind="sign_in").count() == 0  # nor is the address kept


async def test_the_same_is_done_for_an_address_that_is_not_known(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """So no clock tells them apart: the worker looks the agent up, after the answer."""
    agent = await make_agent(Role.PLANNER)
    done = []
    for address in ("nobody@departement.example", agent.email, "closed@departement.example"):
        await Attempts.all().delete()
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
            await ask(client, address)
        done.append(
            [re.sub(r"'[^']*'|[0-9a-f-]{36}", "", r.getMessage())[:60] for r in caplog.records]
        )
    assert done[0]
    assert not any('"agent"' in statement for statement in done[0])
    assert done[0] == done[1] == done[2]


async def test_the_sixth_link_in_an_hour_for_an_address_is_refused_whoever_it_is(
    client: httpx.AsyncClient,
) -> None:
    agent = await make_agent(Role.PLANNER)
    said = []
    for address in (agent.email, "nobody@departement.example"):
        said.append([(await ask(client, address)).status_code for _ in range(6)])
    assert said == [[200] * 5 + [429]] * 2
    assert len(await mails_to(agent.email)) == 5
    await Attempts.all().update(since=now() - timedelta(minutes=61))
    assert (await ask(client, agent.email)).status_code == 200


async def test_one_place_asks_for_thirty_links_an_hour_at_most(client: httpx.AsyncClient) -> None:
    said = [(await ask(client, f"a{n}@departement.example")).status_code for n in range(31)]
    assert said == [200] * 30 + [429]


async def test_a_mail_that_leaves_too_late_is_not_sent(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    await ask(client, agent.email)
    await OutboxRow.all().update(created_at=now() - timedelta(minutes=21))
    await outbox.deliver_due()
    await outbox.deliver_due()
    row = await OutboxRow.get(kind="mail")
    assert (row.state, row.last_error) == ("failed", "asked for too long ago")


async def test_a_wrong_address_says_so_and_keeps_what_was_typed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", data={"email": "pas une adresse"})
    assert answer.status_code == 422
    assert 'value="pas une adresse"' in answer.text
    assert "field-error" in answer.text


async def test_a_tampered_link_signs_nobody_in(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    answer = await client.post(f"/sign-in/{await token_for(agent)}x")
    assert answer.status_code == 422
    assert "demandez-en un nouveau" in answer.text.lower()


async def test_an_agent_who_left_cannot_come_back(client: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.PLANNER)
    token = await token_for(agent)
    await Agent.filter(id=agent.id).update(active=False)
    assert (await client.post(f"/sign-in/{token}")).status_code == 422


async def test_a_tourer_may_not_open_the_planner_s_pages(client: httpx.AsyncClient) -> None:
    await signed_in(client, Role.TOURER)
    assert (await client.get("/visits")).status_code == 403


async def test_demo_links_are_closed_outside_the_demo(client: httpx.AsyncClient) -> None:
    for path in ("/demo/planner", "/demo/tablet", "/demo/manager", "/dev/mail"):
        assert (await client.get(path)).status_code == 404
