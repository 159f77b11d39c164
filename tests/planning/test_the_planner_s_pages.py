from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.factories import make_campaign, make_pair, make_site, make_visit
from tour.db import local_now
from tour.planning.models import Campaign, Plan, PlanState
from tour.planning.run import run
from tour.visits.models import Visit, VisitState


async def small_campaign() -> Campaign:
    pair = await make_pair()
    sites = [await make_site(name=f"Collège {n}") for n in range(3)]
    first_day = local_now().date() + timedelta(days=1)
    return await make_campaign(pairs=[pair], sites=sites, first_day=first_day, days=4)


async def test_with_nothing_yet_the_page_says_where_to_begin(planner: httpx.AsyncClient) -> None:
    assert "Importer des sites" in (await planner.get("/")).text
    await make_site()
    assert "Créer une campagne" in (await planner.get("/")).text


async def test_the_campaign_shows_each_site_with_its_state(planner: httpx.AsyncClient) -> None:
    campaign = await small_campaign()
    site = await campaign.sites.all().first()
    await make_visit(
        campaign=campaign,
        site=site,
        pair=await campaign.pairs.all().first(),
        state=VisitState.CONFIRMED,
    )
    text = (await planner.get("/")).text
    assert text.count("data-site=") == 3
    assert "confirmée" in text
    assert "à planifier" in text


async def test_the_list_is_searched_without_the_rest_of_the_page(
    planner: httpx.AsyncClient,
) -> None:
    await small_campaign()
    fragment = await planner.get(
        "/campaigns/" + str((await Campaign.get()).id) + "?q=collège+1",
        headers={"HX-Request": "true"},
    )
    assert fragment.text.count("data-site=") == 1
    assert "<html" not in fragment.text


async def test_a_plan_is_made_shown_and_accepted(planner: httpx.AsyncClient) -> None:
    campaign = await small_campaign()
    address = (
        await planner.post(f"/campaigns/{campaign.id}/plans", data={"seconds": "5"})
    ).headers["location"]
    assert "Le calcul va commencer" in (await planner.get(address)).text

    plan = await Plan.get()
    await run(plan.id, rounds=1)
    shown = await planner.get(address)
    assert shown.text.count('class="stop"') == 3
    assert (await planner.post(f"{address}/acceptance")).status_code == 303
    assert await Visit.filter(state=VisitState.PROPOSED).count() == 3


async def test_progress_ends_with_the_event_that_shows_the_plan(planner: httpx.AsyncClient) -> None:
    campaign = await small_campaign()
    plan = await Plan.create(campaign=campaign, seconds=1)
    await run(plan.id, rounds=1)
    stream = (await planner.get(f"/campaigns/{campaign.id}/plans/{plan.id}/progress")).text
    assert "3 / 3" in stream
    assert stream.rstrip().endswith("data:")
    assert "event: plan-ready" in stream


async def test_stopping_is_remembered(planner: httpx.AsyncClient) -> None:
    campaign = await small_campaign()
    plan = await Plan.create(campaign=campaign)
    await planner.post(f"/campaigns/{campaign.id}/plans/{plan.id}/stop")
    await run(plan.id)
    assert (await Plan.get(id=plan.id)).state == PlanState.READY


async def test_a_site_with_no_position_is_left_out_with_the_remedy(
    planner: httpx.AsyncClient,
) -> None:
    campaign = await small_campaign()
    await campaign.sites.add(await make_site(name="Site perdu", lat=None, lon=None))
    plan = await Plan.create(campaign=campaign)
    await run(plan.id, rounds=1)
    text = (await planner.get(f"/campaigns/{campaign.id}/plans/{plan.id}")).text
    assert "Site perdu" in text
    assert "complétez son adresse" in text


async def test_a_failed_plan_says_why(planner: httpx.AsyncClient) -> None:
    campaign = await small_campaign()
    await campaign.sites.add(
        await make_site(name="Site bizarre", opening_hours="quand il fait beau")
    )
    plan = await Plan.create(campaign=campaign)
    await run(plan.id)
    text = (await planner.get(f"/campaigns/{campaign.id}/plans/{plan.id}")).text
    assert "Horaires illisibles pour Site bizarre" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name-error"),
        ({"days": "0"}, "days-error"),
        ({"first_day": "demain"}, "first_day-error"),
        ({"first_day": "0202-01-11"}, "l’année n’est pas entre 2000 et 2100"),
        ({"first_day": "9999-12-31"}, "l’année n’est pas entre 2000 et 2100"),
        ({"pairs": []}, "Choisissez au moins un binôme."),
    ],
)
async def test_a_campaign_form_with_a_mistake_says_which(
    planner: httpx.AsyncClient, change: dict[str, object], message: str
) -> None:
    pair = await make_pair()
    good = {"name": "Tour", "first_day": "2027-01-11", "days": "5", "pairs": [str(pair.id)]}
    answer = await planner.post("/campaigns", data=good | change)
    assert answer.status_code == 422
    assert message in answer.text
    assert await Campaign.all().count() == 0
