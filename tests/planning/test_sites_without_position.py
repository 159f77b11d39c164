"""A site that nobody knows the place of counts everywhere, is planned nowhere, and is named before and after."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from tests.factories import make_campaign, make_pair, make_site, make_visit
from tests.planning.campaigns import pair_rows, site_rows, write_csv
from tests.planning.conftest import run_plan
from tour.db import local_now
from tour.planning import board as boards
from tour.planning.accept import accept
from tour.planning.copying import copy_of
from tour.planning.models import Campaign, Plan, PlannedVisit
from tour.planning.options import Options
from tour.planning.prepare import visits_asked
from tour.planning.run import run
from tour.sites.models import PositionState, Site
from tour.visits.key import VisitKey
from tour.visits.models import VisitState

LOST: dict[str, Any] = {"lat": None, "lon": None, "position_state": PositionState.NOT_FOUND}


async def campaign_of(placed: int, lost: int, **values: Any) -> Campaign:
    sites = [await make_site(name=f"Collège {n}") for n in range(placed)]
    sites += [await make_site(name=f"Perdu {n}", **LOST) for n in range(lost)]
    first_day = local_now().date() + timedelta(days=1)
    return await make_campaign(
        pairs=[await make_pair()], sites=sites, first_day=first_day, days=4, **values
    )


async def solved(campaign: Campaign) -> Plan:
    plan = await Plan.create(campaign=campaign)
    await run(plan.id, rounds=1, earliest=campaign.first_day)
    return await Plan.get(id=plan.id)


def out_of(plan: Plan) -> tuple[int, int]:
    return plan.totals["served"], plan.totals["served"] + plan.totals["unserved"]


async def test_they_are_named_before_a_plan_is_computed(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(3, 8)
    plan = await solved(campaign)
    lost = await Site.filter(lat=None).order_by("name").first()
    assert lost
    address = f"/campaigns/{campaign.id}"
    for page in (address, f"{address}/plans/{plan.id}", f"{address}/plans/{plan.id}/variant",
                 "/campaigns/new"):  # fmt: skip
        text = (await planner.get(page)).text
        assert "8 sites sans position</a> : ils ne seront pas planifiés" in text
        assert "/sites/to-check#nowhere" in text
        assert f'/sites/{lost.id}">Perdu 0</a>' in text
        assert "et 2 autres" in text


async def test_nothing_is_said_when_all_have_one(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(2, 0)
    assert "sans position" not in (await planner.get(f"/campaigns/{campaign.id}")).text


async def test_they_are_in_every_count_with_the_reason(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(3, 2)
    plan = await solved(campaign)
    assert out_of(plan) == (3, 5)
    assert [left["reason"] for left in plan.unserved] == ["no_position", "no_position"]
    assert await visits_asked(campaign, Options()) == 5
    address = f"/campaigns/{campaign.id}/plans/{plan.id}"
    assert "3 / 5" in (await planner.get(f"{address}/progress")).text
    for page in (f"/campaigns/{campaign.id}", address):
        assert "3 / 5" in (await planner.get(page)).text
    shown = (await planner.get(address)).text
    assert "2 visites à placer" in shown
    assert "Perdu 0 n’a pas de position" in shown


async def test_an_action_by_hand_does_not_forget_them(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(3, 2)
    plan = await solved(campaign)
    place = await PlannedVisit.filter(plan_id=plan.id).first()
    assert place
    await boards.move(plan, str(place.key), None, None, by="Léa")
    plan = await Plan.get(id=plan.id)
    assert out_of(plan) == (2, 5)
    address = f"/campaigns/{campaign.id}/plans/{plan.id}"
    assert "3 visites à placer" in (await planner.get(address)).text
    # The workbook and the map say what the board says.
    book = openpyxl.load_workbook(io.BytesIO((await planner.get(f"{address}/export.xlsx")).content))
    left = {row[0].value for row in list(book[book.sheetnames[-1]].rows)[1:]}
    assert left == {"Perdu 0", "Perdu 1", (await Site.get(id=place.site_id)).name}
    features = (await planner.get(f"/plans/{plan.id}/routes.geojson")).json()["features"]
    drawn = [f["properties"]["id"] for f in features if f["properties"]["layer"] == "left_out"]
    assert drawn == [str(place.site_id)]


async def test_one_that_is_found_afterwards_can_be_placed(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(1, 1)
    plan = await solved(campaign)
    site = await Site.get(name="Perdu 0")
    await Site.filter(id=site.id).update(lat=43.7, lon=7.2, position_state=PositionState.GIVEN)
    text = (await planner.get(f"/campaigns/{campaign.id}/plans/{plan.id}")).text
    assert "1 visite à placer" in text
    assert "n’a pas de position" not in text
    day = (await PlannedVisit.get(plan_id=plan.id)).day
    pair = str((await campaign.pairs.all())[0].id)
    await boards.move(plan, str(VisitKey(site.id)), (pair, day), None, by="Léa")
    assert out_of(await Plan.get(id=plan.id)) == (2, 2)
    await accept(plan.id, by="Léa")
    accepted = (await planner.get(f"/campaigns/{campaign.id}/plans/{plan.id}")).text
    assert "à placer" not in accepted  # placed by hand: no longer among those left out
    assert out_of(await copy_of(await Plan.get(id=plan.id), by_id=None)) == (2, 2)


async def test_one_that_was_visited_is_not_left_out(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(1, 1)
    site = await Site.get(name="Perdu 0")
    pair = (await campaign.pairs.all())[0]
    await make_visit(campaign=campaign, site=site, pair=pair, state=VisitState.DONE)
    assert out_of(await solved(campaign)) == (1, 1)
    assert await visits_asked(campaign, Options()) == 1
    assert "sans position" not in (await planner.get(f"/campaigns/{campaign.id}")).text


async def test_a_campaign_of_nothing_else_has_an_empty_plan(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(0, 2)
    plan = await solved(campaign)
    assert plan.error == ""
    assert out_of(plan) == (0, 2)
    assert (await planner.get(f"/campaigns/{campaign.id}/plans/{plan.id}")).status_code == 200


@pytest.fixture(autouse=True)
async def database(db: str) -> None:
    """Also for the tests that ask for no browser."""


def planned(folder: Path, *, lost: int, placed: int = 4) -> Any:
    sites = site_rows(placed)
    sites += [{"id": f"L{n}", "name": f"Perdu {n}", "lat": "", "lon": ""} for n in range(lost)]
    write_csv(folder / "sites.csv", sites)
    write_csv(folder / "pairs.csv", pair_rows())
    return run_plan(folder, seconds="0.5")


def test_the_command_names_them_first_and_counts_them(tmp_path: Path) -> None:
    result = planned(tmp_path, lost=2)
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[:2] == [
        "L0 Perdu 0: no position, it will not be planned",
        "L1 Perdu 1: no position, it will not be planned",
    ]
    assert "4 served, 2 left out" in result.stdout
    plan = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    assert plan["campaign"]["sites"] == 6
    assert plan["totals"]["unserved"] == 2
    assert [(left["site"], left["reason"]) for left in plan["unserved"]] == [
        ("L0", "no_position"),
        ("L1", "no_position"),
    ]


def test_the_command_plans_nothing_of_a_file_where_no_site_has_one(tmp_path: Path) -> None:
    result = planned(tmp_path, placed=0, lost=1)
    assert result.exit_code == 0, result.output
    assert "0 served, 1 left out" in result.stdout


def test_half_a_position_is_a_mistake(tmp_path: Path) -> None:
    write_csv(tmp_path / "sites.csv", [{"id": "A", "name": "A", "lat": "43.7", "lon": ""}])
    write_csv(tmp_path / "pairs.csv", pair_rows())
    result = run_plan(tmp_path)
    assert result.exit_code == 2
    assert "line 2: lon is missing" in result.stderr
