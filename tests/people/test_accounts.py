"""``tour agents …``: accounts given, closed and changed with a shell and nothing else."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from click.testing import CliRunner, Result

from tests.factories import make_agent, make_pair, make_visit
from tests.people.mails import signed_in
from tour.app import make_app
from tour.db import in_database
from tour.errors import UserError
from tour.people import accounts
from tour.people.command import agents
from tour.people.models import Agent, Role, SignInLink
from tour.people.sign_in import token_for
from tour.post.links import Link
from tour.settings import settings
from tour.visits.models import VisitState

T = TypeVar("T")


@pytest.fixture
def shell(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database of this test's own, which commands open by themselves."""
    shutil.copy(migrated, tmp_path / "tour.sqlite3")
    with monkeypatch.context() as patch:
        patch.setenv("TOUR_DATABASE_URL", f"sqlite://{tmp_path / 'tour.sqlite3'}")
        settings.cache_clear()
        yield
    settings.cache_clear()


def run(*words: str) -> Result:
    return CliRunner().invoke(agents, words)


def do(work: Callable[[], Awaitable[T]]) -> T:
    return in_database(work)()


async def opens(path: str, page: str) -> int:
    """What a fresh browser that signs in by a link gets of a page."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=make_app()),
        base_url="http://tour.test",
        headers={"Sec-Fetch-Site": "same-origin"},
    ) as browser:
        await browser.post(path)
        return (await browser.get(page)).status_code


@pytest.mark.usefixtures("shell")
def test_the_first_account_signs_in_by_the_shell_alone() -> None:
    said = run("add", "Chef@Departement.example", "Ève Martin", "--role", "admin")
    assert said.output == "chef@departement.example: added, admin\n"
    link = run("link", "chef@departement.example")
    path = link.output.splitlines()[0].removeprefix(settings().base_url)
    assert path.startswith("/sign-in/")
    assert do(lambda: opens(path, "/visits")) == 200
    assert do(lambda: opens(path, "/visits")) == 303  # once


@pytest.mark.usefixtures("shell")
def test_the_list_tells_roles_and_state() -> None:
    run("add", "a@departement.example", "Ève", "--role", "admin")
    run("add", "b@departement.example", "Bob", "--role", "desk", "--role", "tourer")
    run("disable", "b@departement.example")
    assert run("list").output.splitlines() == [
        "a@departement.example\topen\tadmin\tÈve",
        "b@departement.example\tclosed\tdesk, tourer\tBob",
    ]


@pytest.mark.usefixtures("shell")
def test_roles_are_given_and_taken() -> None:
    run("add", "a@departement.example", "Ève", "--role", "desk")
    said = run("role", "a@departement.example", "--add", "planner", "--remove", "desk")
    assert said.output == "a@departement.example: planner\n"
    assert run("role", "a@departement.example").exit_code == 2
    assert run("role", "a@departement.example", "--add", "king").exit_code == 2


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize(
    "words",
    [
        ("disable", "a@departement.example"),
        ("role", "a@departement.example", "--remove", "admin"),
        ("add", "a@departement.example", "Ève", "--role", "planner"),
    ],
)
def test_the_last_admin_stays_one(words: tuple[str, ...]) -> None:
    run("add", "a@departement.example", "Ève", "--role", "admin")
    run("add", "b@departement.example", "Bob", "--role", "admin")
    run("disable", "b@departement.example")
    refused = run(*words)
    assert refused.exit_code == 1
    assert "last active administrator" in refused.output
    assert "Traceback" not in refused.output
    run("enable", "b@departement.example")
    assert run(*words).exit_code == 0


@pytest.mark.usefixtures("shell")
def test_what_cannot_be_done_is_said_in_a_line() -> None:
    run("add", "a@departement.example", "Ève", "--role", "admin")
    run("add", "b@departement.example", "Bob", "--role", "desk")
    run("disable", "b@departement.example")
    for words in (
        ("link", "b@departement.example"),
        ("link", "nobody@departement.example"),
        ("disable", "nobody@departement.example"),
    ):
        said = run(*words)
        assert said.exit_code == 1
        assert said.output.startswith("Error: ")
        assert len(said.output.splitlines()) == 1


@pytest.mark.usefixtures("db")
async def test_two_admins_cannot_close_each_other_at_once() -> None:
    both = [await make_agent(Role.ADMIN) for _ in range(2)]
    done = await asyncio.gather(*(accounts.close(a.email) for a in both), return_exceptions=True)
    assert sum(isinstance(result, UserError) for result in done) == 1
    assert await Agent.filter(active=True).count() == 1


async def test_closing_an_account_ends_links_and_calendar_at_once(
    client: httpx.AsyncClient,
) -> None:
    await make_visit(state=VisitState.CONFIRMED)
    agent = await signed_in(client, Role.PLANNER)
    address = await calendar_of(client)
    token = await token_for(agent)
    assert (await client.get(address)).status_code == 200
    await accounts.close(agent.email)
    assert (await client.get(address)).status_code == 404
    assert (await client.post(f"/sign-in/{token}")).status_code == 422
    assert (await client.get("/account")).status_code == 303
    await accounts.reopen(agent.email)
    assert (await client.get(address)).status_code == 404
    assert (await client.post(f"/sign-in/{token}")).status_code == 422
    assert await SignInLink.filter(used_at=None).count() == 1


async def test_a_calendar_of_all_visits_ends_with_the_role_of_planner(
    client: httpx.AsyncClient,
) -> None:
    agent = await signed_in(client, Role.PLANNER, Role.DESK)
    address = await calendar_of(client)
    await accounts.change_roles(agent.email, remove=[Role.PLANNER])
    assert (await client.get(address)).status_code == 404
    await accounts.change_roles(agent.email, add=[Role.PLANNER])
    assert (await client.get(address)).status_code == 404


async def test_whoever_closes_an_account_past_the_program_closes_its_calendar_too(
    client: httpx.AsyncClient,
) -> None:
    agent = await signed_in(client, Role.PLANNER)
    address = await calendar_of(client)
    await Agent.filter(id=agent.id).update(active=False)
    assert (await client.get(address)).status_code == 404


async def test_the_calendar_of_a_pair_stays_when_one_of_them_leaves(
    client: httpx.AsyncClient,
) -> None:
    agent = await signed_in(client, Role.TOURER)
    pair = await make_pair(dsn=agent)
    page = await client.post("/agenda", data={"pair": str(pair.id)})
    address = re.search(r"(/agenda/[^\"]+\.ics)", page.text)
    assert address
    await accounts.close(agent.email)
    assert (await client.get(address[1])).status_code == 200
    assert await Link.filter(pair_id=pair.id).count() == 1


async def calendar_of(client: httpx.AsyncClient) -> str:
    """A new address of the planner's own calendar."""
    found = re.search(r"(/agenda/[^\"]+\.ics)", (await client.post("/agenda")).text)
    assert found
    return found[1]
