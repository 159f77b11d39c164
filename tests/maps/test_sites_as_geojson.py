"""What the map of a campaign's sites is drawn from."""

from __future__ import annotations

from datetime import date, time

import httpx

from tests.factories import make_campaign, make_pair, make_site, make_visit
from tour.sites.models import HEADQUARTERS
from tour.visits.models import VisitState

HOSTILE = "${window.X=1}<img src=x onerror=alert(1)>"


async def test_it_works(planner: httpx.AsyncClient) -> None:
    pair = await make_pair(name="Binôme Nice")
    site = await make_site(
        name="Collège du Port", commune="Nice", kind="college", lat=43.7, lon=7.28
    )
    campaign = await make_campaign(pairs=[pair], sites=[site])
    await make_visit(
        campaign=campaign, site=site, pair=pair, day=date(2027, 1, 12), state=VisitState.CONFIRMED
    )
    answer = await planner.get(f"/sites.geojson?campaign={campaign.id}")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [7.28, 43.7]},
                "properties": {
                    "id": str(site.id),
                    "name": "Collège du Port",
                    "commune": "Nice",
                    "kind": "college",
                    "state": "confirmed",
                    "state_text": "confirmée",
                    "day": "2027-01-12",
                    "pair": "Binôme Nice",
                },
            }
        ],
    }


async def test_a_site_with_no_visit_is_still_to_plan(planner: httpx.AsyncClient) -> None:
    await make_campaign(pairs=[], sites=[await make_site()])
    assert await first_site(planner) == {
        "state": "none",
        "state_text": "à planifier",
        "day": None,
        "pair": None,
    }


async def test_a_cancelled_visit_counts_for_nothing(planner: httpx.AsyncClient) -> None:
    site = await make_site()
    campaign = await make_campaign(pairs=[], sites=[site])
    await make_visit(campaign=campaign, site=site, state=VisitState.CANCELLED)
    assert (await first_site(planner))["state"] == "none"


async def test_the_latest_of_two_visits_counts(planner: httpx.AsyncClient) -> None:
    site = await make_site()
    campaign = await make_campaign(pairs=[], sites=[site])
    for day, state in ((20, VisitState.INVITED), (12, VisitState.DECLINED)):
        await make_visit(
            campaign=campaign, site=site, day=date(2027, 1, day), start=time(9), state=state
        )
    assert (await first_site(planner))["state"] == "invited"


async def test_another_campaigns_visit_is_not_shown(planner: httpx.AsyncClient) -> None:
    site = await make_site()
    campaign = await make_campaign(pairs=[], sites=[site])
    await make_visit(
        campaign=await make_campaign(pairs=[], sites=[site], first_day=date(2026, 1, 12)), site=site
    )
    answer = await planner.get(f"/sites.geojson?campaign={campaign.id}")
    assert answer.json()["features"][0]["properties"]["state"] == "none"


async def test_without_a_campaign_all_sites_to_visit_are_shown(planner: httpx.AsyncClient) -> None:
    await make_site(name="À visiter")
    await make_site(kind=HEADQUARTERS)
    await make_site(active=False)
    names = [
        feature["properties"]["name"]
        for feature in (await planner.get("/sites.geojson")).json()["features"]
    ]
    assert names == ["À visiter"]


async def test_a_site_with_no_position_is_left_to_the_list(planner: httpx.AsyncClient) -> None:
    await make_campaign(pairs=[], sites=[await make_site(lat=None, lon=None)])
    assert (await planner.get("/sites.geojson")).json()["features"] == []


async def test_a_hostile_name_travels_as_data(planner: httpx.AsyncClient) -> None:
    await make_campaign(pairs=[], sites=[await make_site(name=HOSTILE)])
    answer = await planner.get("/sites.geojson")
    assert answer.json()["features"][0]["properties"]["name"] == HOSTILE
    assert "window.X" not in (await planner.get("/map/sites.js")).text


async def test_an_unknown_campaign_is_not_found(planner: httpx.AsyncClient) -> None:
    for wrong in ("01890000-0000-7000-8000-000000000000", "x"):
        assert (await planner.get(f"/sites.geojson?campaign={wrong}")).status_code == 404


async def first_site(planner: httpx.AsyncClient) -> dict[str, object]:
    properties = (await planner.get("/sites.geojson")).json()["features"][0]["properties"]
    return {name: properties[name] for name in ("state", "state_text", "day", "pair")}
