from __future__ import annotations

from datetime import date, timedelta

import pytest

from tour.corner.catalogue.models import Item, Space
from tour.db import Document
from tour.demo.files import FOLDER
from tour.demo.load import SOURCE, load
from tour.people.models import Absence, Agent, Pair, Role, Service
from tour.planning.models import Campaign
from tour.sites.importing import Outcome, dry_run
from tour.sites.models import Ambassador, PositionState, Site, SiteManager

WEDNESDAY = date(2027, 1, 13)

pytestmark = pytest.mark.usefixtures("db")


async def test_it_works() -> None:
    campaign = await load(WEDNESDAY)
    assert (campaign.name, campaign.first_day, campaign.days) == (
        "Tour d'hiver",
        date(2027, 1, 4),
        25,
    )
    assert await campaign.pairs.all().count() == 4
    assert await campaign.sites.all().count() == 200
    assert await Site.all().count() == 201
    assert await Agent.all().count() == 13


async def test_loading_twice_changes_nothing() -> None:
    first = await load(WEDNESDAY)
    before = await counts()
    again = await load(WEDNESDAY + timedelta(days=40))
    assert (again.id, again.first_day) == (first.id, first.first_day)
    assert await counts() == before


async def counts() -> list[int]:
    models = (Agent, Pair, Absence, SiteManager, Site, Ambassador, Item, Campaign, Document)
    return [await model.all().count() for model in models]


async def test_importing_the_demo_s_file_would_change_nothing() -> None:
    await load(WEDNESDAY)
    report = await dry_run((FOLDER / "sites.csv").read_bytes(), "sites.csv", SOURCE)
    assert (report.errors, report.ignored_columns) == ([], [])
    assert {line.outcome for line in report.lines} == {Outcome.UNCHANGED}


async def test_a_removed_campaign_comes_back_alone() -> None:
    campaign = await load(WEDNESDAY)
    await campaign.delete()
    again = await load(WEDNESDAY)
    assert await again.sites.all().count() == 200
    assert await again.pairs.all().count() == 4
    assert await Agent.all().count() == 13


async def test_headquarters_is_not_to_visit() -> None:
    campaign = await load(WEDNESDAY)
    headquarters = await Site.get(kind="siege")
    assert headquarters not in await campaign.sites.all()


async def test_every_site_has_a_place_hours_and_a_manager() -> None:
    await load(WEDNESDAY)
    for site in await Site.all().select_related("manager"):
        assert site.source == "demo"
        assert site.position_state is PositionState.GIVEN
        assert site.opening_hours
        assert site.manager.email.endswith(".example")


async def test_some_managers_are_in_charge_of_several_sites() -> None:
    await load(WEDNESDAY)
    per_manager = [await manager.sites.all().count() for manager in await SiteManager.all()]
    assert sum(per_manager) == 201
    assert max(per_manager) >= 4


async def test_a_pair_is_two_tourers() -> None:
    await load(WEDNESDAY)
    for pair in await Pair.all().select_related("hr", "dsn"):
        assert (pair.hr.service, pair.dsn.service) == (Service.HR, Service.DSN)
        assert pair.hr.has(Role.TOURER)
        assert pair.dsn.has(Role.TOURER)


async def test_absences_count_from_the_first_day() -> None:
    campaign = await load(WEDNESDAY)
    last_day = campaign.first_day + timedelta(days=34)
    assert (
        await Absence.touching(campaign.first_day, last_day).count()
        == await Absence.all().count()
        == 5
    )
    third = await Absence.get(pair__ref="P3")
    assert third.first_day == date(2027, 1, 7)


async def test_tablets_hear_of_the_catalogue() -> None:
    await load(WEDNESDAY)
    assert await Document.filter(kind="item").count() == 60
    assert {item.space for item in await Item.all()} == set(Space)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 12, 1), "Tour d'hiver"),
        (date(2027, 3, 1), "Tour de printemps"),
        (date(2027, 8, 31), "Tour d'été"),
        (date(2027, 11, 30), "Tour d'automne"),
    ],
)
async def test_a_campaign_is_named_after_the_season(day: date, name: str) -> None:
    campaign = await load(day)
    assert campaign.name == name
    assert campaign.first_day.weekday() == 0
