"""A real CalDAV server (Radicale), in a process of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from huey import SqliteHuey

from tests.factories import (
    make_agent,
    make_manager,
    make_pair,
    make_site,
    make_visit,
    travel_day,
)
from tests.visits.conftest import Knobs
from tests.visits.ical import by_vobject, strictly
from tour.db import transaction
from tour.people.models import Absence, Pair, Role
from tour.post import outbox
from tour.post.models import Receipt
from tour.post.outbox import OutboxRow
from tour.visits import caldav
from tour.visits.life import move, pass_to
from tour.visits.models import Visit, VisitState


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("radicale")
    (folder / "users").write_text("tour:secret\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "radicale", "--config", ""]
    options = {
        "server-hosts": f"127.0.0.1:{port}",
        "storage-filesystem-folder": folder / "collections",
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": folder / "users",
        "auth-htpasswd-encryption": "plain",
        "auth-delay": "0",
        "logging-level": "error",
    }
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    process = subprocess.Popen(command)
    until = time.monotonic() + 20
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/.web/", timeout=1)
            break
        except httpx.HTTPError:
            assert time.monotonic() < until, "Radicale did not start"
            time.sleep(0.05)
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture
def there(server: str, setting: Knobs, db: str) -> httpx.Client:
    setting(caldav_url=f"http://tour:secret@{server}/tour/{{pair}}/")
    return httpx.Client(base_url=f"http://{server}/tour", auth=("tour", "secret"))


def kept(there: httpx.Client, pair: Pair, visit: Visit) -> bytes | None:
    answer = there.get(f"/{pair.ref}/visit-{visit.id}@tour.ics")
    return answer.content if answer.status_code == 200 else None


async def test_invitation_change_and_cancellation_reach_it(there: httpx.Client) -> None:
    east, west = await make_pair(name="Est"), await make_pair(name="Ouest")
    visit = await make_visit(pair=east)
    async with transaction():
        await pass_to(visit, VisitState.INVITED, by="Léa")
    assert await outbox.deliver_due() == 1
    first = kept(there, east, visit)
    assert first
    assert strictly(first, None)["STATUS"] == "TENTATIVE"

    async with transaction():
        await pass_to(visit, VisitState.PROPOSED, by="Léa")
        await move(
            visit,
            pair_id=west.id,
            day=travel_day(8),
            start=visit.start,
            end=visit.end,
            by="Léa",
        )
        await pass_to(visit, VisitState.INVITED, by="Léa")
    await outbox.deliver_due()
    assert kept(there, east, visit) is None  # not in two calendars
    second = kept(there, west, visit)
    assert second
    (event,) = by_vobject(second)
    assert event.dtstart.value.date() == visit.day
    assert strictly(second, None)["UID"] == strictly(first, None)["UID"]

    async with transaction():
        await pass_to(visit, VisitState.CANCELLED, by="Léa", note="Neige")
    await outbox.deliver_due()
    assert kept(there, west, visit) is None
    assert set(await Receipt.filter(channel="calendar").values_list("state", flat=True)) == {"sent"}


async def test_a_server_that_does_not_answer_is_tried_again(setting: Knobs, db: str) -> None:
    setting(caldav_url="http://127.0.0.1:9/{pair}/")
    visit = await make_visit()
    async with transaction():
        await pass_to(visit, VisitState.INVITED, by="Léa")
    await outbox.deliver_due()
    row = await OutboxRow.get()
    assert (row.state, row.tries) == ("waiting", 1)


IN_THE_BROWSER = """
import asyncio, sys
import httpx
from tour.app import make_app
from tour.db import database
from tour.people.models import Agent
from tour.people.sign_in import token_for

async def act(visit):
    browser = httpx.AsyncClient(
        transport=httpx.ASGITransport(make_app()), base_url="http://tour.test",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    async with database(), browser:
        await browser.post(f"/sign-in/{await token_for(await Agent.get())}")
        answer = await browser.post(f"/visits/{visit}/invitation")
        assert answer.status_code == 303, answer.text

asyncio.run(act(sys.argv[1]))
"""


async def test_what_is_done_in_the_browser_reaches_it(
    there: httpx.Client, db: str, tmp_path: Path
) -> None:
    """In processes as they run: one that has imported the pages and nothing else, and a worker."""
    await make_agent(Role.PLANNER)
    visit = await make_visit(site=await make_site(manager=await make_manager()))
    pair = await Pair.get(id=visit.pair_id)
    here = os.environ | {"TOUR_HOME": str(tmp_path), "TOUR_DATABASE_URL": db}

    act = [sys.executable, "-c", IN_THE_BROWSER, str(visit.id)]
    await asyncio.to_thread(subprocess.run, act, check=True, env=here)
    assert await OutboxRow.filter(kind="calendar", state="waiting").count() == 1

    asked = SqliteHuey("tour", filename=str(tmp_path / "jobs.sqlite3"))
    assert asked.pending_count() == 1

    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tour", "worker", "--processes", "1", env=here
    )
    try:
        async with asyncio.timeout(120):
            while not kept(there, pair, visit):
                await asyncio.sleep(0.1)
                assert worker.returncode is None
    finally:
        worker.terminate()
        await worker.wait()


@pytest.mark.usefixtures("db")
async def test_off_unless_a_server_is_set() -> None:
    visit = await make_visit()
    async with transaction():
        await pass_to(visit, VisitState.INVITED, by="Léa")
    assert await OutboxRow.filter(kind="calendar").count() == 0


async def test_a_visit_leaves_its_pair_s_calendar_while_the_pair_is_away(
    there: httpx.Client,
) -> None:
    pair = await make_pair()
    visit = await make_visit(pair=pair, state=VisitState.CONFIRMED)
    await caldav.push_days(pair.id)
    await outbox.deliver_due()
    assert kept(there, pair, visit)
    absence = await Absence.create(pair=pair, first_day=visit.day, last_day=visit.day)
    await caldav.push_days(pair.id)
    await outbox.deliver_due()
    assert kept(there, pair, visit) is None
    await absence.delete()
    await caldav.push_days(pair.id)
    await outbox.deliver_due()
    assert kept(there, pair, visit)
