"""Sessions live on the server: what is ended there is over, whoever holds the cookie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from tests.factories import make_agent
from tests.people.mails import signed_in
from tour.app import make_app
from tour.db import now
from tour.people import accounts, sessions
from tour.people.models import Agent, Role, SignInSession
from tour.people.sign_in import token_for
from tour.settings import settings

Browser = Callable[[], httpx.AsyncClient]


@pytest.fixture
def another(client: httpx.AsyncClient) -> Browser:
    """Makes browsers that share nothing with each other."""

    def make() -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=client._transport, base_url=client.base_url, headers=client.headers
        )

    return make


async def lets_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/visits")).status_code == 200


async def test_signing_out_ends_a_copied_cookie_at_once(
    planner: httpx.AsyncClient, another: Browser
) -> None:
    thief = another()
    thief.cookies.set("tour", planner.cookies["tour"])
    assert await lets_in(thief)
    await planner.post("/sign-out")
    assert not await lets_in(thief)
    assert not await lets_in(planner)


async def test_each_sign_in_is_a_new_session_and_ends_the_one_the_browser_had(
    client: httpx.AsyncClient, another: Browser
) -> None:
    agent = await signed_in(client, Role.PLANNER)
    before, thief = client.cookies["tour"], another()
    thief.cookies.set("tour", before)
    await client.post(f"/sign-in/{await token_for(agent)}")
    assert client.cookies["tour"] != before
    assert not await lets_in(thief)
    assert await lets_in(client)


async def test_a_cookie_that_was_made_up_is_nobody_s(client: httpx.AsyncClient) -> None:
    client.cookies.set("tour", "x" * 43, domain="tour.test")
    assert not await lets_in(client)
    await client.post(f"/sign-in/{await token_for(await make_agent(Role.PLANNER))}")
    assert client.cookies["tour"] != "x" * 43


async def test_only_the_hash_of_the_cookie_is_kept(planner: httpx.AsyncClient) -> None:
    session = await SignInSession.get()
    assert planner.cookies["tour"] not in str(vars(session))
    assert session.token_hash == sessions.hashed(planner.cookies["tour"])


async def test_a_session_nobody_uses_ends_and_every_session_ends_in_the_evening(
    planner: httpx.AsyncClient,
) -> None:
    idle = timedelta(minutes=settings().session_idle_minutes)
    await SignInSession.all().update(last_seen_at=now() - idle + timedelta(minutes=1))
    assert await lets_in(planner)  # and is used again
    await SignInSession.all().update(created_at=now() - timedelta(hours=settings().session_hours))
    assert not await lets_in(planner)
    await SignInSession.all().update(created_at=now() - timedelta(hours=3))
    assert await lets_in(planner)
    await SignInSession.all().update(last_seen_at=now() - idle)
    assert not await lets_in(planner)


async def test_use_is_written_down_once_a_minute_at_most(planner: httpx.AsyncClient) -> None:
    first = (await SignInSession.get()).last_seen_at
    for _ in range(5):
        await planner.get("/visits")
    assert (await SignInSession.get()).last_seen_at == first
    await SignInSession.all().update(last_seen_at=now() - timedelta(seconds=61))
    await planner.get("/visits")
    assert (await SignInSession.get()).last_seen_at > first


async def test_an_agent_sees_where_they_are_signed_in_and_ends_one(
    client: httpx.AsyncClient, another: Browser
) -> None:
    agent = await signed_in(client, Role.DESK)
    phone = another()
    phone.headers["User-Agent"] = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1"
    )
    await phone.post(f"/sign-in/{await token_for(agent)}")
    other = another()
    await signed_in(other, Role.DESK)

    page = await client.get("/account")
    assert "Safari, iPhone" in page.text
    assert page.text.count("/removal") == 3  # two sessions, and all of them
    lost = await SignInSession.get(browser="Safari, iPhone")
    assert (await other.post(f"/account/sessions/{lost.id}/removal")).status_code == 303
    assert (await phone.get("/desk")).status_code == 200  # not somebody else's to end
    assert (await client.post(f"/account/sessions/{lost.id}/removal")).status_code == 303
    assert (await phone.get("/desk")).status_code == 303
    assert (await client.get("/desk")).status_code == 200


async def test_ending_the_session_one_is_in_signs_out(planner: httpx.AsyncClient) -> None:
    session = await SignInSession.get()
    answer = await planner.post(f"/account/sessions/{session.id}/removal")
    assert answer.headers["location"] == "/sign-in"
    assert not await lets_in(planner)


async def test_leaving_everywhere_ends_all_of_one_s_own(
    client: httpx.AsyncClient, another: Browser
) -> None:
    agent = await signed_in(client, Role.PLANNER)
    browsers = [another() for _ in range(2)]
    for browser in browsers:
        await browser.post(f"/sign-in/{await token_for(agent)}")
    other = another()
    await signed_in(other, Role.PLANNER)
    await browsers[0].post("/account/sessions/removal")
    assert [await lets_in(browser) for browser in (client, *browsers)] == [False] * 3
    assert await lets_in(other)


async def test_a_role_taken_away_or_an_account_closed_counts_at_the_next_request(
    client: httpx.AsyncClient,
) -> None:
    agent = await signed_in(client, Role.PLANNER, Role.DESK)
    await accounts.change_roles(agent.email, remove=[Role.PLANNER])
    assert (await client.get("/visits")).status_code == 403
    assert (await client.get("/desk")).status_code == 200
    await accounts.close(agent.email)
    assert (await client.get("/desk")).status_code == 303
    await accounts.reopen(agent.email)
    assert (await client.get("/desk")).status_code == 303  # what ended stays ended


async def test_what_was_let_in_while_the_account_closed_does_not_come_back_with_it(
    client: httpx.AsyncClient,
) -> None:
    agent = await make_agent(Role.PLANNER)
    await accounts.close(agent.email)
    client.cookies.set("tour", await sessions.begin(await Agent.get(id=agent.id)))
    assert not await lets_in(client)
    await accounts.reopen(agent.email)
    assert not await lets_in(client)


async def test_over_https_no_other_host_can_set_the_cookie(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "base_url", "https://tour.departement.example")
    token = await token_for(await make_agent(Role.PLANNER))
    transport = httpx.ASGITransport(app=make_app())
    async with httpx.AsyncClient(transport=transport, base_url="https://tour.test") as browser:
        answer = await browser.post(f"/sign-in/{token}", headers={"Sec-Fetch-Site": "same-origin"})
        cookie = next(
            c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-tour=")
        )
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "secure", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
        assert (await browser.get("/visits")).status_code == 200
        out = await browser.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
        assert any(c.startswith('__Host-tour="";') for c in out.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko Firefox/128.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8", ""),
        ("\x00" * 9000, ""),
    ],
)
def test_a_browser_is_named_as_its_owner_would(said: str, named: str) -> None:
    assert sessions.browser_named(said) == named
