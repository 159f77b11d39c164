"""A fresh real database for each test: the schema is migrated once and copied."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

# Before anything of tour is imported: nothing of the developer's own var/ is touched, no network is asked.
os.environ["TOUR_HOME"] = tempfile.mkdtemp(prefix="tour-tests-")
os.environ["TOUR_GEOCODER_URL"] = "http://127.0.0.1:9/geocodage"
os.environ["TOUR_PRIVATE_HOSTS"] = "127.0.0.1"  # where the desks of tests are
os.environ["TOUR_HOSTS"] = "tour.test, tour.example, testserver"
os.environ.pop("TOUR_DATABASE_URL", None)

if TYPE_CHECKING:
    from tests.world import World

from hypothesis import settings as hypothesis_settings

import tour  # noqa: F401  (chooses the SQLite that every test's own `import sqlite3` gets)
from tests.examples import examples

hypothesis_settings.register_profile("tour", max_examples=examples(100))
hypothesis_settings.load_profile("tour")

LONG = ("chaos", "peers", "e2e")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that no worker is alone with it at the end."""
    first = {room: place for place, room in enumerate(LONG)}
    root = Path(__file__).parent
    items.sort(key=lambda item: first.get(item.path.relative_to(root).parts[0], len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def wired() -> None:
    """The same map as in every process of the application."""
    from tour.wiring import connect

    connect()


@pytest.fixture(autouse=True)
def files_for_others() -> Iterator[None]:
    """The application's start closes new files to others for the whole process; PostgreSQL's own user is one of them."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the newest schema."""
    from tour.db import migrate

    path = tmp_path_factory.mktemp("db") / "empty.sqlite3"
    with ThreadPoolExecutor() as pool:  # the browser tests have a loop of their own in this thread
        pool.submit(lambda: asyncio.run(migrate(f"sqlite://{path}"))).result()
    return path


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One of everything that an address can name, in a database to be copied."""
    from tests.world import build

    return build(tmp_path_factory.mktemp("world") / "world.sqlite3")


@pytest.fixture
async def db(migrated: Path, tmp_path: Path) -> AsyncIterator[str]:
    """A database of this test's own; gives its URL."""
    from tour.db import database

    path = tmp_path / "tour.sqlite3"
    shutil.copy(migrated, path)
    async with database(f"sqlite://{path}"):
        yield f"sqlite://{path}"


@pytest.fixture
async def client(db: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has signed in with, talking to the whole application."""
    from tour.app import make_app

    transport = httpx.ASGITransport(app=make_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://tour.test",
        headers={"Sec-Fetch-Site": "same-origin"},
        event_hooks={"response": [as_read]},
    ) as browser:
        yield browser


async def as_read(answer: httpx.Response) -> None:
    """Pages as a person reads them: a space that does not break is a space."""
    await answer.aread()
    if answer.headers.get("content-type", "").startswith("text/html"):
        answer._content = answer.content.replace("\N{NO-BREAK SPACE}".encode(), b" ").replace(
            b"&nbsp;", b" "
        )


@pytest.fixture
async def planner(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser where a planner is signed in, as by a mailed link."""
    return await signed_in(client, "planner", name="Léa Planif")


@pytest.fixture
async def admin(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same browser where an admin is signed in."""
    return await signed_in(client, "admin", name="Ada Admin")


async def signed_in(client: httpx.AsyncClient, *roles: str, **values: str) -> httpx.AsyncClient:
    """This browser, once a new agent of these roles has signed in with it."""
    from tests.factories import make_agent
    from tour.people.models import Role
    from tour.people.sign_in import token_for

    agent = await make_agent(*map(Role, roles), **values)
    answer = await client.post(f"/sign-in/{await token_for(agent)}")
    assert answer.status_code == 303
    return client
