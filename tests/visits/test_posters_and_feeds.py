from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from tests.factories import make_agent, make_item, make_pair, make_visit
from tests.visits.ical import by_icaljs, strictly
from tour.db import now
from tour.people.models import Role
from tour.people.sign_in import token_for
from tour.post.links import Link, LinkKind
from tour.visits.links import make_link
from tour.visits.models import Announcement, Visit, VisitState


@pytest.fixture
async def visit(db: str) -> Visit:
    return await make_visit(state=VisitState.CONFIRMED)


async def poster_path(visit: Visit) -> str:
    return (await make_link(visit, LinkKind.POSTER)).removeprefix("http://localhost:8000")


async def test_an_agent_says_beforehand_and_nobody_sees_it_until_it_is_read(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    item = await make_item(name="Clavier")
    page = await client.get(await poster_path(visit), follow_redirects=True)
    assert page.url.path == "/p"
    assert page.headers["x-robots-tag"] == "noindex"
    assert "Clavier" in page.text
    empty = await client.post("/p", data={"text": " ", "name": "Zoé"})
    assert (empty.status_code, 'value="Zoé"' in empty.text) == (422, True)
    sent = await client.post("/p", data={"item": item.ref, "text": "<b>rouge</b>"})
    assert sent.status_code == 303
    manager = (await make_link(visit)).removeprefix("http://localhost:8000")
    assert "rouge" not in (await client.get(manager, follow_redirects=True)).text

    await client.post(f"/sign-in/{await token_for(await make_agent(Role.PLANNER))}")
    said = await Announcement.get()
    assert "&lt;b&gt;rouge" in (await client.get(f"/visits/{visit.id}/hints")).text
    await client.post(f"/visits/{visit.id}/hints/{said.id}/decision", data={"decision": "keep"})
    await client.get(manager)
    assert "rouge" in (await client.get(f"/v/visits/{visit.id}")).text


async def test_the_pair_reads_its_own_and_no_other(client: httpx.AsyncClient, visit: Visit) -> None:
    tourer = await make_agent(Role.TOURER)
    mine = await make_visit(pair=await make_pair(hr=tourer))
    await client.post(f"/sign-in/{await token_for(tourer)}")
    assert (await client.get(f"/visits/{mine.id}/hints")).status_code == 200
    assert (await client.get(f"/visits/{visit.id}/hints")).status_code == 403
    said = await Announcement.create(visit_id=visit.id, text="x")
    await client.post(f"/visits/{mine.id}/hints/{said.id}/decision", data={"decision": "keep"})
    assert (await Announcement.get()).state == "to_read"  # not by way of another visit either


async def test_too_many_are_refused_and_the_text_stays(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await client.get(await poster_path(visit))
    for n in range(30):
        assert (await client.post("/p", data={"text": f"besoin {n}"})).status_code == 303
    last = await client.post("/p", data={"text": "le trente et unième"})
    assert (last.status_code, "le trente et unième" in last.text) == (429, True)


async def test_an_old_poster_opens_nothing_and_says_whom_to_call(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    path = await poster_path(visit)
    await client.get(path)
    await Link.all().update(expires_at=now() - timedelta(minutes=1))
    assert (await client.get(path)).status_code == 410
    assert (await client.post("/p", data={"text": "x"})).status_code == 404
    assert (
        await client.get((await make_link(visit)).replace("/v/", "/p/")[21:])
    ).status_code == 404


async def test_the_poster_carries_its_code_and_link(
    planner: httpx.AsyncClient, visit: Visit
) -> None:
    page = await planner.post(f"/visits/{visit.id}/poster")
    link = re.search(r"http://localhost:8000(/p/\S+)</p>", page.text)
    assert link
    assert "<svg" in page.text
    assert (await planner.get(link[1])).status_code == 303


async def test_a_feed_is_subscribed_to_without_signing_in(
    planner: httpx.AsyncClient, visit: Visit
) -> None:
    other = await make_visit(state=VisitState.INVITED)
    page = await planner.post("/agenda", data={"pair": str(visit.pair_id)})
    address = re.search(r'value="http://localhost:8000(/agenda/[^"]+\.ics)"', page.text)
    assert address
    assert address[1] not in (await planner.get("/agenda")).text  # shown once
    planner.cookies.clear()
    feed = await planner.get(address[1])
    assert feed.headers["content-type"].startswith("text/calendar")
    strictly(feed.content, "PUBLISH")
    uids = [event["uid"] for event in by_icaljs(feed.content)["events"]]
    assert uids == [f"visit-{visit.id}@tour"]
    assert str(other.id) not in feed.text
    assert (await planner.get("/agenda/wrong.ics")).status_code == 404


async def test_a_new_address_replaces_the_old_one(planner: httpx.AsyncClient, visit: Visit) -> None:
    pages = [await planner.post("/agenda") for _ in range(2)]
    old, new = (re.search(r"(/agenda/[^\"]+\.ics)", page.text)[1] for page in pages)  # type: ignore[index]
    assert (await planner.get(old)).status_code == 404
    assert str(visit.id) in (await planner.get(new)).text


async def test_a_tourer_gets_the_feed_of_the_own_pair_only(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    tourer = await make_agent(Role.TOURER)
    pair = await make_pair(dsn=tourer)
    await client.post(f"/sign-in/{await token_for(tourer)}")
    assert (await client.post("/agenda", data={"pair": str(pair.id)})).status_code == 200
    for wrong in (str(visit.pair_id), "", "x"):
        assert (await client.post("/agenda", data={"pair": wrong})).status_code == 404


async def test_the_history_tells_passages_and_messages(
    planner: httpx.AsyncClient, visit: Visit
) -> None:
    from tour.visits import invite

    fresh = await make_visit()
    await invite.invite(fresh.id, by="Léa Planif")
    await invite.answer(fresh.id, VisitState.DECLINED, name="Mme Roux", note="Travaux au hall")
    page = await planner.get(f"/visits/{fresh.id}/history")
    for words in ("Léa Planif", "Mme Roux", "responsable", "Travaux au hall", "Invitation"):
        assert words in page.text
