"""Pairs are made and changed on a page; bad input keeps what was typed and says what to do."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import httpx
import pytest

from tests.factories import make_agent, make_campaign, make_pair, make_site
from tour.people.models import Absence, Pair, Role
from tour.planning.models import Overnight
from tour.planning.prepare import prepare

GOOD: dict[str, Any] = {
    "ref": "EST", "name": "Binôme Est", "base_name": "Menton", "lat": "43.77", "lon": "7.49",
    "days": ["Mo", "Tu", "Th"], "day_start": "08:30", "day_end": "16:30", "lunch_min": "45",
    "lunch_from": "11:45", "lunch_to": "14:00", "max_drive_min": "", "max_visits": "4", "skills": "réseau, réseau, italien",
}  # fmt: skip


async def test_it_works(planner: httpx.AsyncClient) -> None:
    agent = await make_agent(Role.TOURER, name="Anne RH")
    made = await planner.post("/pairs", data=GOOD | {"hr": str(agent.id), "dsn": ""})
    assert made.status_code == 303
    pair = await Pair.get(ref="EST")
    assert (pair.days, pair.day_start, pair.max_visits, pair.max_drive_min) == (
        "Mo,Tu,Th",
        time(8, 30),
        4,
        None,
    )
    assert (pair.skills, pair.hr_id) == (["italien", "réseau"], agent.id)
    shown = (await planner.get(f"/pairs/{pair.id}")).text
    assert 'value="43.77"' in shown
    assert (
        await planner.post(f"/pairs/{pair.id}", data=GOOD | {"name": "Binôme Roya"})
    ).status_code == 303
    assert (await Pair.get(ref="EST")).name == "Binôme Roya"


@pytest.mark.parametrize(("code", "monday"), [("fr", "lundi"), ("en", "Monday")])
async def test_working_days_are_named_in_the_reader_s_language(
    planner: httpx.AsyncClient, code: str, monday: str
) -> None:
    planner.cookies.set("lang", code)
    assert monday in (await planner.get("/pairs/new")).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"day_end": "08:00"}, "La fin de la journée vient après son début."),
        ({"lunch_to": "12:00"}, "Le déjeuner ne tient pas entre ces deux heures."),
        ({"days": []}, "Choisissez au moins un jour."),
        ({"lat": "4377"}, "field-error"),
        ({"name": ""}, "field-error"),
    ],
)
async def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
    planner: httpx.AsyncClient, wrong: dict[str, Any], said: str
) -> None:
    answer = await planner.post("/pairs", data=GOOD | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert "réseau, réseau, italien" in answer.text
    assert not await Pair.exists()


async def test_a_code_is_given_once(planner: httpx.AsyncClient) -> None:
    await make_pair(ref="EST")
    assert "Un autre binôme a déjà ce code." in (await planner.post("/pairs", data=GOOD)).text


async def test_absences_come_and_go(planner: httpx.AsyncClient) -> None:
    pair = await make_pair()
    wrong = await planner.post(
        f"/pairs/{pair.id}/absences", data={"first_day": "2027-01-12", "last_day": "2027-01-11"}
    )
    assert "Le dernier jour vient après le premier." in wrong.text
    await planner.post(
        f"/pairs/{pair.id}/absences",
        data={"first_day": "2027-01-11", "last_day": "2027-01-12", "reason": "Congés"},
    )
    absence = await Absence.get(pair_id=pair.id)
    assert "Congés" in (await planner.get(f"/pairs/{pair.id}")).text
    await planner.post(f"/pairs/{pair.id}/absences/{absence.id}/removal")
    assert not await Absence.exists()


async def test_a_night_away_reaches_the_solver(planner: httpx.AsyncClient) -> None:
    pair, site = (
        await make_pair(),
        await make_site(commune="Saint-Étienne-de-Tinée", lat=44.26, lon=6.93),
    )
    campaign = await make_campaign(pairs=[pair], sites=[site], first_day=date(2027, 1, 11), days=5)
    sent = {"campaign": str(campaign.id), "day": "2027-01-12", "near": site.commune, "name": "Gîte"}
    assert (await planner.post(f"/pairs/{pair.id}/nights", data=sent)).status_code == 303
    assert "dort déjà" in (await planner.post(f"/pairs/{pair.id}/nights", data=sent)).text
    prepared = await prepare(campaign)
    assert [night.day for night in prepared.problem.pairs[0].nights] == [date(2027, 1, 12)]
    assert len(prepared.problem.minutes) == 3

    friday = sent | {"day": "2027-01-15"}
    await planner.post(f"/pairs/{pair.id}/nights", data=friday)
    assert "la nuit à Gîte n’est pas comptée" in (await prepare(campaign)).notes[0]
    night = await Overnight.get(day=date(2027, 1, 12))
    await planner.post(f"/pairs/{pair.id}/nights/{night.id}/removal")
    assert not await Overnight.exists(id=night.id)
