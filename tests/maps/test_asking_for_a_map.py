"""The routes of a map: who may ask, what a browser may keep, what the base map holds."""

from __future__ import annotations

from itertools import pairwise

import httpx
import pytest

from tests.factories import make_campaign, make_site
from tour.maps import base
from tour.people.models import Role
from tour.planning.models import Plan
from tour.settings import settings

GUARDED = ["/map/sites.js", "/sites.geojson"]


async def test_it_works(planner: httpx.AsyncClient) -> None:
    answer = await planner.get("/map/sites.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert 'TourMap.sites("/sites.geojson"' in answer.text


async def test_a_campaigns_map_asks_for_its_sites(planner: httpx.AsyncClient) -> None:
    campaign = await make_campaign(pairs=[], sites=[])
    await make_campaign(pairs=[], sites=[])
    answer = await planner.get(f"/map/sites.js?campaign={campaign.id}")
    assert f'TourMap.sites("/sites.geojson?campaign={campaign.id}"' in answer.text


async def test_a_plans_map_asks_for_its_routes(planner: httpx.AsyncClient) -> None:
    plan = await Plan.create(campaign=await make_campaign(pairs=[], sites=[]))
    answer = await planner.get(f"/map/plans/{plan.id}.js")
    assert f'TourMap.routes("/plans/{plan.id}/routes.geojson"' in answer.text


@pytest.mark.parametrize("address", [*GUARDED, "/base.geojson"])
async def test_what_the_browser_has_is_not_sent_again(
    planner: httpx.AsyncClient, address: str
) -> None:
    first = await planner.get(address)
    again = await planner.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


async def test_what_has_changed_is_sent(planner: httpx.AsyncClient) -> None:
    before = await planner.get("/sites.geojson")
    await make_site()
    after = await planner.get("/sites.geojson", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200


@pytest.mark.parametrize("address", GUARDED)
async def test_who_is_not_signed_in_is_sent_to_sign_in(
    visitor: httpx.AsyncClient, address: str
) -> None:
    answer = await visitor.get(address)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("address", GUARDED)
async def test_who_does_not_plan_is_told_no(visitor: httpx.AsyncClient, address: str) -> None:
    visitor.headers["X-Role"] = Role.DESK
    assert (await visitor.get(address)).status_code == 403


async def test_no_tile_setting_means_no_tile_layer(
    planner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "tile_url", "")
    answer = await planner.get("/map/sites.js")
    assert "TourMap.tiles" not in answer.text
    assert "http" not in answer.text


async def test_the_base_map_is_for_everybody_and_kept(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/base.geojson")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    layers = {feature["properties"]["layer"] for feature in answer.json()["features"]}
    assert layers == {"land", "border", "departement", "graticule", "place"}
    names = {feature["properties"].get("name") for feature in answer.json()["features"]}
    assert {"Nice", "Saint-Étienne-de-Tinée", "Monaco"} <= names


async def test_towns_of_the_departement_stand_on_its_land(visitor: httpx.AsyncClient) -> None:
    features = (await visitor.get("/base.geojson")).json()["features"]
    places = {
        f["properties"]["name"]: f["geometry"]["coordinates"]
        for f in features
        if "name" in f["properties"]
    }
    (departement,) = [
        f["geometry"]["coordinates"] for f in features if f["properties"]["layer"] == "departement"
    ]
    for town in ("Grasse", "Vence", "Sospel", "Isola", "Puget-Théniers"):
        assert any(inside(places[town], polygon[0]) for polygon in departement), town
    assert not any(inside(places["Coni"], polygon[0]) for polygon in departement)


async def test_a_departement_without_data_of_its_own_still_has_land(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings(), "departement_code", "29")
    base.base_geojson.cache_clear()
    base.centre.cache_clear()
    try:
        assert "place" not in base.base_geojson()
        assert '"land"' in base.base_geojson()
        assert base.centre() == base.CENTRE_OF_FRANCE
    finally:
        base.base_geojson.cache_clear()
        base.centre.cache_clear()


def inside(point: list[float], ring: list[list[float]]) -> bool:
    """Whether a point is inside a ring: a ray to the east crosses it an odd number of times."""
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            crossings += 1
    return crossings % 2 == 1
