"""What tablets say of a visit and of an article's questions, and values that lost a conflict."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.factories import make_agent, make_item, make_visit
from tests.field.conftest import Device, make_device
from tour.corner.catalogue.edit import save_item
from tour.corner.catalogue.models import Item
from tour.db import local_now, now, uuid7
from tour.field.merge import make_stamp
from tour.field.models import Change
from tour.needs.models import Need
from tour.people.models import Pair
from tour.visits.models import Visit, VisitReport

QUESTIONS = [
    {"id": "liaison", "label": "Liaison", "type": "choice", "choices": ["Filaire", "Sans fil"], "required": True},
    {"id": "combien", "label": "Combien ?", "type": "number", "choices": [], "required": False, "max": 9},
]  # fmt: skip


@pytest.fixture
async def visit(device: Device) -> Visit:
    return await make_visit(pair=device.pair, day=local_now().date())


@pytest.fixture
async def item() -> Item:
    made = await make_item(name="Souris")
    return await save_item(made, {"questions": QUESTIONS})  # version 2


def answering(
    device: Device, visit: Visit, item: Item, version: int, **answers: Any
) -> dict[str, Any]:
    return device.change(
        "need", uuid7(), visit=str(visit.id), kind="incident", item=str(item.id), item_version=version,
        answers=answers,
    )  # fmt: skip


REPORT: dict[str, Any] = {
    "met": 4,
    "met_managers": 1,
    "met_ambassadors": 0,
    "demonstrations": ["d_ai"],
    "themes": ["t_device", "t_ai"],
    "autonomy": "partial",
    "duration_min": 45,
    "equipment": ["e_tablet"],
    "referral": "yes",
    "referral_to": "Mission locale",
    "report": "Bon accueil",
}


async def test_a_report_comes_back_whole(device: Device, visit: Visit) -> None:
    answer = await device.exchange(device.change("visit", visit.id, **REPORT))
    assert len(answer["applied"]) == 1
    held = device.docs["visit", str(visit.id)]
    assert {name: held[name] for name in REPORT} == REPORT
    await device.exchange(device.change("visit", visit.id, themes=[], referral=""))
    report = await VisitReport.get(visit_id=visit.id)
    assert (report.themes, report.referral, report.autonomy) == ([], "", "partial")


@pytest.mark.parametrize(
    ("field", "value"),
    [("themes", ["t_magic"]), ("themes", "t_ai"), ("autonomy", "x"), ("duration_min", 901)],
)
async def test_a_report_that_will_not_do_is_refused(
    device: Device, visit: Visit, field: str, value: Any
) -> None:
    answer = await device.exchange(device.change("visit", visit.id, **{field: value}))
    assert answer["refused"][0]["field"] == field


async def test_answers_are_kept_with_the_version_they_answer(
    device: Device, visit: Visit, item: Item
) -> None:
    change = answering(device, visit, item, 2, liaison="Filaire", combien=3)
    await device.exchange(change)
    await save_item(item, {"questions": [{"id": "autre", "label": "Autre ?", "type": "text"}]})
    need = await Need.get(id=change["doc"])
    assert (need.item_version, need.answers) == (2, {"liaison": "Filaire", "combien": 3})
    await device.exchange()
    held = device.docs["need", change["doc"]]
    assert [question["label"] for question in held["questions"]] == ["Liaison", "Combien ?"]
    assert device.docs["item", str(item.id)]["version"] == 3


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "answers.liaison"),
        ({"liaison": "Radio"}, "answers.liaison"),
        ({"liaison": "Filaire", "combien": 10}, "answers.combien"),
        ({"liaison": "Filaire", "couleur": "bleu"}, "answers.couleur"),
    ],
)
async def test_answers_that_do_not_fit_are_refused(
    device: Device, visit: Visit, item: Item, answers: dict[str, Any], field: str
) -> None:
    answer = await device.exchange(answering(device, visit, item, 2, **answers))
    assert answer["refused"][0]["field"] == field
    assert await Need.all().count() == 0


async def test_an_old_version_is_answered_by_its_own_questions(
    device: Device, visit: Visit, item: Item
) -> None:
    """A tablet in the valley still has the questions of yesterday."""
    await save_item(
        item, {"questions": [{"id": "autre", "label": "?", "type": "text", "required": True}]}
    )
    answer = await device.exchange(answering(device, visit, item, 2, liaison="Sans fil"))
    assert answer["refused"] == []


async def test_a_tablet_that_shows_no_questions_answers_none(
    device: Device, visit: Visit, item: Item
) -> None:
    change = device.change("need", uuid7(), visit=str(visit.id), kind="incident", item=str(item.id))
    assert (await device.exchange(change))["refused"] == []


class TestWhatLostAConflict:
    @pytest.fixture
    async def other(self, device: Device, client: httpx.AsyncClient) -> Device:
        return await make_device(client, device.pair)

    async def test_it_is_shown_and_comes_back_in_one_change(
        self, device: Device, other: Device, visit: Visit
    ) -> None:
        ana = await make_agent(name="Ana")
        await Pair.filter(id=device.pair.id).update(hr_id=ana.id)
        early, late = now() - timedelta(minutes=9), now() - timedelta(minutes=5)
        mine = device.change("visit", visit.id, report="le mien", stamp=make_stamp(early, "one"))
        await device.exchange({**mine, "by": "Ana"})
        theirs = other.change("visit", visit.id, report="le leur", stamp=make_stamp(late, "two"))
        await other.exchange(theirs)
        await device.exchange()
        held = device.docs["visit", str(visit.id)]
        assert held["report"] == "le leur"
        (lost,) = held["lost"]
        assert (lost["field"], lost["value"], lost["by"]) == ("report", "le mien", "Ana")
        await device.exchange(device.change("visit", visit.id, report=lost["value"]))
        held = device.docs["visit", str(visit.id)]
        assert (held["report"], held["lost"]) == ("le mien", [])
        assert await Change.all().count() == 3  # the journal keeps all of them

    async def test_it_does_not_depend_on_who_comes_first(
        self, device: Device, other: Device, visit: Visit
    ) -> None:
        early, late = now() - timedelta(minutes=9), now() - timedelta(minutes=5)
        theirs = other.change("visit", visit.id, met=9, stamp=make_stamp(late, "two"))
        await other.exchange(theirs)
        await device.exchange(
            device.change("visit", visit.id, met=2, stamp=make_stamp(early, "one"))
        )
        held = device.docs["visit", str(visit.id)]
        assert (held["met"], [lost["value"] for lost in held["lost"]]) == (9, [2])

    async def test_a_correction_is_no_conflict(
        self, device: Device, other: Device, visit: Visit
    ) -> None:
        await device.exchange(device.change("visit", visit.id, report="avec une faute"))
        await other.exchange(other.change("visit", visit.id, report="sans faute"))
        assert other.docs["visit", str(visit.id)]["lost"] == []

    async def test_the_same_value_twice_is_no_conflict(
        self, device: Device, other: Device, visit: Visit
    ) -> None:
        stamps = [make_stamp(now() - timedelta(minutes=n), f"d{n}") for n in (9, 5)]
        await device.exchange(device.change("visit", visit.id, met=4, stamp=stamps[0]))
        await other.exchange(other.change("visit", visit.id, met=4, stamp=stamps[1]))
        assert other.docs["visit", str(visit.id)]["lost"] == []


async def test_the_planner_reads_the_report(
    device: Device, visit: Visit, planner: httpx.AsyncClient
) -> None:
    await device.exchange(device.change("visit", visit.id, **REPORT))
    page = (await planner.get(f"/visits/{visit.id}")).text
    for words in ("prise en main du matériel, usages de l’IA", "45 min", "oui : Mission locale"):
        assert words in page
