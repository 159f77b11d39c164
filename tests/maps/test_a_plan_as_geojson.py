"""What the map of a plan is drawn from."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import httpx

from tests.factories import make_campaign, make_pair, make_site
from tour.people.models import Pair
from tour.planning.models import Plan, PlannedVisit
from tour.sites.models import Site
from tour.visits.key import VisitKey

MONDAY, TUESDAY = date(2027, 1, 11), date(2027, 1, 12)


async def place(
    plan: Plan, pair: Pair, site: Site, day: date, start: time, drive: int = 20, back: int = 0
) -> None:
    await PlannedVisit.create(
        plan=plan,
        pair=pair,
        site=site,
        day=day,
        start=start,
        end=start.replace(hour=start.hour + 1),
        drive_before_min=drive,
        drive_after_min=back,
    )


async def features(planner: httpx.AsyncClient, plan: Plan, layer: str) -> list[dict[str, Any]]:
    answer = await planner.get(f"/plans/{plan.id}/routes.geojson")
    return [
        feature for feature in answer.json()["features"] if feature["properties"]["layer"] == layer
    ]


async def test_it_works(planner: httpx.AsyncClient) -> None:
    pair = await make_pair(
        ref="B1", name="Binôme Nice", base_name="Nice Arénas", lat=43.66, lon=7.2
    )
    first = await make_site(name="Premier", commune="Vence", lat=43.72, lon=7.11)
    second = await make_site(name="Second", lat=43.8, lon=7.3)
    plan = await Plan.create(campaign=await make_campaign(pairs=[pair], sites=[first, second]))
    await place(plan, pair, second, MONDAY, time(14), drive=25, back=40)
    await place(plan, pair, first, MONDAY, time(9, 30))

    (line,) = await features(planner, plan, "route")
    assert line["geometry"] == {
        "type": "LineString",
        "coordinates": [[7.2, 43.66], [7.11, 43.72], [7.3, 43.8], [7.2, 43.66]],
    }
    assert line["properties"] == {
        "layer": "route",
        "pair": "Binôme Nice",
        "pair_id": str(pair.id),
        "index": 1,
        "day": "2027-01-11",
        "label": "Binôme Nice · lun. 11 janv. · 1 h 25",
        "minutes": 85,
        "visits": 2,
    }
    stops = await features(planner, plan, "stop")
    assert [(stop["properties"]["order"], stop["properties"]["name"]) for stop in stops] == [
        (1, "Premier"),
        (2, "Second"),
    ]
    assert stops[0]["geometry"]["coordinates"] == [7.11, 43.72]
    assert stops[0]["properties"]["when"] == "lun. 11 janv., 9\u00a0h\u00a030"
    (base,) = await features(planner, plan, "base")
    assert base["properties"]["name"] == "Nice Arénas"


async def test_each_pair_and_day_has_its_line(planner: httpx.AsyncClient) -> None:
    pairs = [await make_pair(ref="Z2"), await make_pair(ref="A1")]
    sites = [await make_site() for _ in range(4)]
    plan = await Plan.create(campaign=await make_campaign(pairs=pairs, sites=sites))
    days = [MONDAY, MONDAY, TUESDAY, TUESDAY]
    for site, pair, day in zip(sites, pairs * 2, days, strict=True):
        await place(plan, pair, site, day, time(9))
    lines = [line["properties"] for line in await features(planner, plan, "route")]
    assert [(line["day"], line["index"], line["pair"]) for line in lines] == [
        ("2027-01-11", 1, pairs[1].name),
        ("2027-01-11", 2, pairs[0].name),
        ("2027-01-12", 1, pairs[1].name),
        ("2027-01-12", 2, pairs[0].name),
    ]


async def test_a_ninth_pair_takes_the_first_colour_again(planner: httpx.AsyncClient) -> None:
    pairs = [await make_pair(ref=f"B{n}") for n in range(9)]
    site = await make_site()
    plan = await Plan.create(campaign=await make_campaign(pairs=pairs, sites=[site]))
    await place(plan, pairs[8], site, MONDAY, time(9))
    (line,) = await features(planner, plan, "route")
    assert line["properties"]["index"] == 1


async def test_sites_left_out_are_shown(planner: httpx.AsyncClient) -> None:
    site = await make_site(name="Trop loin")
    plan = await Plan.create(
        campaign=await make_campaign(pairs=[], sites=[site]),
        unserved=[{"site": str(site.id), "text": "trop loin"}],
    )
    (point,) = await features(planner, plan, "left_out")
    assert point["properties"]["name"] == "Trop loin"


async def test_a_site_of_which_a_part_is_left_out_is_shown_once(planner: httpx.AsyncClient) -> None:
    site = await make_site(name="En deux visites")
    nowhere = await make_site(name="Nulle part", lat=None, lon=None)
    plan = await Plan.create(
        campaign=await make_campaign(pairs=[], sites=[site, nowhere]),
        unserved=[
            {"site": str(VisitKey(site.id, 2)), "reason": "days_full", "text": "jours pleins"},
            {"site": str(VisitKey(site.id, 3)), "reason": "days_full", "text": "jours pleins"},
            {"site": str(nowhere.id), "reason": "no_position", "text": "sans position"},
        ],
    )
    (point,) = await features(planner, plan, "left_out")
    assert point["properties"]["id"] == str(site.id)


async def test_an_empty_plan_is_an_empty_map(planner: httpx.AsyncClient) -> None:
    plan = await Plan.create(campaign=await make_campaign(pairs=[], sites=[]))
    answer = await planner.get(f"/plans/{plan.id}/routes.geojson")
    assert answer.json() == {"type": "FeatureCollection", "features": []}


async def test_an_unknown_plan_is_not_found(planner: httpx.AsyncClient) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"
    for address in (f"/plans/{unknown}/routes.geojson", f"/map/plans/{unknown}.js"):
        assert (await planner.get(address)).status_code == 404
