"""Who reads what of a visit: a pair its own, the desk what a ticket needs, planners all; letters for planners only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.conftest import signed_in
from tests.factories import (
    make_agent,
    make_campaign,
    make_manager,
    make_pair,
    make_site,
    make_visit,
)
from tour.db import transaction
from tour.needs.models import Need
from tour.people.models import Agent, Pair
from tour.visits import invite
from tour.visits.life import pass_to
from tour.visits.message_models import Incoming, IncomingKind
from tour.visits.models import Actor, Visit, VisitState

LETTER = "je suis en arrêt maladie"
REASON = "opération de la hanche"


@dataclass
class Scene:
    visit: Visit
    pair: Pair
    paths: dict[str, str]


@pytest.fixture
async def scene(db: str) -> Scene:
    pair = await make_pair(hr=await make_agent(), dsn=await make_agent())
    site = await make_site(manager=await make_manager())
    campaign = await make_campaign(pairs=[pair], sites=[site])
    visit = await make_visit(site=site, pair=pair, campaign=campaign)
    await invite.invite(visit.id, by="Léa Planif")
    await invite.answer(visit.id, VisitState.DECLINED, name="Mme Roux", note=REASON)
    async with transaction():
        fallen = await Visit.get(id=visit.id)
        await pass_to(fallen, VisitState.PROPOSED, by="Léa", note="relance", actor=Actor.PLANNER)
        await pass_to(fallen, VisitState.INVITED, by="Léa", actor=Actor.PLANNER)
    await Incoming.create(
        kind=IncomingKind.REPLY, message_id="<1@x>", visit_id=visit.id, sender="r@x.fr", text=LETTER
    )
    one, tour = f"/visits/{visit.id}", f"/campaigns/{campaign.id}"
    paths = {
        "visit": one, "history": f"{one}/history", "hints": f"{one}/hints", "other dates": f"{one}/dates", "replacements": f"{one}/replacements",
        "visits": "/visits", "to decide": "/inbox", "site": f"/sites/{site.id}", "sites": "/sites", "agendas": "/agenda", "desk": "/desk",
        "own roadmap": f"{tour}/roadmaps?pair={pair.id}", "all roadmaps": f"{tour}/roadmaps", "calendar file": f"{tour}/export.ics?pair={pair.id}",
        "workbook": f"{tour}/export.xlsx", "catalogue": "/catalogue", "mailings": "/visits/mailings/new", "tablets": "/tablets", "pair": f"/pairs/{pair.id}",
        "map": "/sites.geojson", "tickets": "/desk/tickets.csv",
    }  # fmt: skip
    return Scene(visit, pair, paths)


async def planner(client: httpx.AsyncClient, scene: Scene) -> Agent:
    await signed_in(client, "planner", name="P")
    return await Agent.get(name="P")


async def of_the_pair(client: httpx.AsyncClient, scene: Scene) -> Agent:
    await signed_in(client, "tourer", name="T")
    agent = await Agent.get(name="T")
    await Pair.filter(id=scene.pair.id).update(dsn_id=agent.id)
    return agent


async def of_another_pair(client: httpx.AsyncClient, scene: Scene) -> Agent:
    await signed_in(client, "tourer", name="T")
    agent = await Agent.get(name="T")
    await make_pair(hr=agent)
    return agent


async def was_in_the_pair(client: httpx.AsyncClient, scene: Scene) -> Agent:
    """Noted a need there, and travels in no pair today."""
    await signed_in(client, "tourer", name="T")
    agent = await Agent.get(name="T")
    await Need.create(
        visit=scene.visit, site_id=scene.visit.site_id, kind="incident", text="x", recorded_by=agent
    )
    return agent


async def at_the_desk(client: httpx.AsyncClient, scene: Scene) -> Agent:
    await signed_in(client, "desk", name="D")
    return await Agent.get(name="D")


async def who_left_the_role(client: httpx.AsyncClient, scene: Scene) -> Agent:
    """Is named in the pair, but is no longer a tourer."""
    agent = await at_the_desk(client, scene)
    await Pair.filter(id=scene.pair.id).update(dsn_id=agent.id)
    return agent


ALL = {
    "visit", "history", "hints", "other dates", "replacements", "visits", "to decide", "site", "sites", "agendas", "desk", "own roadmap",
    "all roadmaps", "calendar file", "workbook", "catalogue", "mailings", "tablets", "pair", "map", "tickets",
}  # fmt: skip
DESK = {"site", "desk", "catalogue", "tickets"}
OPENS: dict[Callable[[httpx.AsyncClient, Scene], Awaitable[Agent]], set[str]] = {
    planner: ALL,
    of_the_pair: {"history", "hints", "agendas", "own roadmap"},
    of_another_pair: {"agendas"},
    was_in_the_pair: {"history", "agendas"},
    at_the_desk: DESK,
    who_left_the_role: DESK,
}


@pytest.mark.parametrize("who", OPENS, ids=lambda who: who.__name__)
async def test_each_opens_what_the_table_says_and_no_more(
    client: httpx.AsyncClient, scene: Scene, who: Callable[..., Awaitable[Agent]]
) -> None:
    await who(client, scene)
    assert scene.paths.keys() == ALL
    said = {name: (await client.get(path)).status_code for name, path in scene.paths.items()}
    assert {name for name, status in said.items() if status == 200} == OPENS[who], said
    assert {status for status in said.values() if status != 200} <= {403}


@pytest.mark.parametrize("who", OPENS, ids=lambda who: who.__name__)
async def test_letters_and_reasons_are_read_by_planners_only(
    client: httpx.AsyncClient, scene: Scene, who: Callable[..., Awaitable[Agent]]
) -> None:
    await who(client, scene)
    read = "".join([(await client.get(path)).text for path in scene.paths.values()])
    assert (LETTER in read) is (who is planner)
    assert (REASON in read) is (who is planner)


async def test_a_tourer_sees_that_a_visit_fell_and_came_back(
    client: httpx.AsyncClient, scene: Scene
) -> None:
    await of_the_pair(client, scene)
    page = (await client.get(scene.paths["history"])).text
    assert "refusé" in page
    assert "Mme Roux" in page
    assert f'href="/visits/{scene.visit.id}"' not in page


async def test_a_tourer_finds_the_roadmap_from_the_agenda(
    client: httpx.AsyncClient, scene: Scene
) -> None:
    await of_the_pair(client, scene)
    assert scene.paths["own roadmap"] in (await client.get("/agenda")).text
    sheet = (await client.get(scene.paths["own roadmap"])).text
    assert (await Visit.get(id=scene.visit.id).select_related("site")).site.name in sheet
    other = await make_pair()
    assert (await client.get(scene.paths["own roadmap"].replace(str(scene.pair.id), str(other.id)))).status_code == 403  # fmt: skip


async def test_the_desk_s_pages_lead_nowhere_it_may_not_go(
    client: httpx.AsyncClient, scene: Scene
) -> None:
    await at_the_desk(client, scene)
    assert 'href="/visits/' not in (await client.get(scene.paths["site"])).text
    need = await Need.create(visit=scene.visit, site_id=scene.visit.site_id, kind="incident")
    assert 'href="/visits/' not in (await client.get(f"/needs/{need.id}")).text
