"""Every drive shows where its minutes come from; planners correct those they know better."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.factories import make_campaign, make_pair, make_site
from tests.travel.osrm import Service, osrm_service
from tour.planning.models import Campaign, Plan, PlannedVisit, PlanState
from tour.planning.run import run
from tour.settings import settings
from tour.travel.matrix import Source
from tour.travel.models import TravelCorrection


@pytest.fixture
async def osrm(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    async with osrm_service() as service:
        monkeypatch.setattr(settings(), "router_url", service.url)
        yield service


async def campaign_of_two() -> Campaign:
    pair = await make_pair(base_name="Nice", lat=43.70, lon=7.26)
    sites = [
        await make_site(name="Collège de Menton", commune="Menton", lat=43.775, lon=7.50),
        await make_site(name="Crèche d’Antibes", commune="Antibes", lat=43.58, lon=7.12),
    ]
    return await make_campaign(pairs=[pair], sites=sites)


async def solved(campaign: Campaign) -> Plan:
    plan = await Plan.create(campaign_id=campaign.id, seconds=1)
    await run(plan.id, rounds=1, earliest=campaign.first_day)
    return await Plan.get(id=plan.id)


async def test_it_works(planner: httpx.AsyncClient, osrm: Service) -> None:
    plan = await solved(await campaign_of_two())
    assert plan.state == PlanState.READY, plan.error
    assert {place.drive_source async for place in PlannedVisit.filter(plan_id=plan.id)} == {
        Source.ROAD
    }
    shown = (await planner.get(f"/campaigns/{plan.campaign_id}/plans/{plan.id}?week=all")).text
    assert "trajets par la route (OSRM, 127.0.0.1) : 2" in shown
    assert "≈" not in shown


async def test_estimates_carry_their_mark(planner: httpx.AsyncClient) -> None:
    plan = await solved(await campaign_of_two())
    shown = (await planner.get(f"/campaigns/{plan.campaign_id}/plans/{plan.id}?week=all")).text
    assert "≈ trajets estimés à vol d’oiseau : 2" in shown
    assert shown.count('title="estimé à vol d’oiseau"') == 2


async def test_a_router_that_fails_does_not_keep_a_plan_from_being_made(
    planner: httpx.AsyncClient, osrm: Service
) -> None:
    osrm.fails_after = 0
    plan = await solved(await campaign_of_two())
    assert plan.state == PlanState.READY
    assert "OSRM, 127.0.0.1 ne répond pas" in plan.notes[0]
    shown = (await planner.get(f"/campaigns/{plan.campaign_id}/plans/{plan.id}?week=all")).text
    assert "ne répond pas" in shown


async def test_a_site_added_on_the_board_has_its_drives_by_road(
    planner: httpx.AsyncClient, osrm: Service
) -> None:
    plan = await solved(await campaign_of_two())
    site = await make_site(name="MSD de Vence", commune="Vence", lat=43.72, lon=7.11)
    base = f"/campaigns/{plan.campaign_id}/plans/{plan.id}"
    osrm.asked.clear()
    added = await planner.post(f"{base}/sites", data={"do": "include", "key": str(site.id)})
    assert added.status_code == 303
    assert sum(rows * columns for rows, columns in osrm.asked) == 6  # three to it, three from it
    place = await PlannedVisit.filter(plan_id=plan.id).first()
    assert place
    day = {"day": place.day.isoformat(), "pair": str(place.pair_id)}
    await planner.post(f"{base}/moves", data={"key": str(site.id)} | day)
    assert (await PlannedVisit.get(plan_id=plan.id, site_id=site.id)).drive_source == Source.ROAD


async def test_a_correction_by_hand(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of_two()
    pair, site = (
        await campaign.pairs.all().first(),
        await campaign.sites.filter(commune="Menton").first(),
    )
    assert pair
    assert site
    asked = {"start": f"base:{pair.id}", "end": f"site:{site.id}", "minutes": "75"}
    made = await planner.post("/travel", data=asked | {"both_ways": "y", "radius_km": "2"})
    assert made.status_code == 303
    shown = (await planner.get("/travel")).text
    assert "Nice ↔ Collège de Menton" in shown
    assert "1 h 15" in shown
    plan = await solved(campaign)
    place = await PlannedVisit.get(plan_id=plan.id, site_id=site.id)
    assert place.drive_source == Source.PLANNER or place.drive_after_min == 75
    row = await TravelCorrection.get()
    await planner.post(f"/travel/{row.id}/removal")
    assert not await TravelCorrection.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"start": ""}, "Choisissez un lieu."),
        ({"end": "commune:Menton"}, "Choisissez un autre lieu."),
        ({"start": "commune:Atlantis"}, "field-error"),
        ({"minutes": "0"}, "field-error"),
        ({"minutes": "une heure"}, "field-error"),
        ({"radius_km": "400"}, "field-error"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    planner: httpx.AsyncClient, wrong: dict[str, str], said: str
) -> None:
    await campaign_of_two()
    good = {
        "start": "commune:Menton",
        "end": "commune:Antibes",
        "minutes": "75",
        "radius_km": "2.5",
    }
    answer = await planner.post("/travel", data=good | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert (wrong.get("minutes") or "75") in answer.text
    assert not await TravelCorrection.exists()


async def test_only_planners_correct(client: httpx.AsyncClient) -> None:
    assert (await client.get("/travel")).status_code in {303, 401, 403}
    assert (await client.post("/travel", data={})).status_code in {303, 401, 403}
