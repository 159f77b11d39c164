"""Whatever a document reads, a change of it reaches the tablet, whoever writes it and however; nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise import Tortoise

from tests.factories import make_item, make_manager, make_site, make_visit
from tests.field.columns import READ, follows_each_column
from tests.field.conftest import Device
from tour.corner.catalogue.models import NeedKind
from tour.db import local_now
from tour.field.documents import watched
from tour.field.models import Change
from tour.needs.models import Need
from tour.sites.importing import apply, dry_run
from tour.sites.models import Ambassador, SiteManager
from tour.visits.models import Visit


@pytest.mark.parametrize("model", READ, ids=lambda model: model.__name__)
async def test_each_column_that_a_document_reads_reaches_the_tablet(
    device: Device, model: Any
) -> None:
    await follows_each_column(device, model)


@pytest.mark.usefixtures("db")
async def test_each_table_that_documents_read_is_tried() -> None:
    tables = {table.table for table in watched()}
    assert tables == {model._meta.db_table for model in (*READ, Change)}


async def visits_of_one_manager(device: Device, manager: SiteManager) -> list[Visit]:
    today = local_now().date()
    return [
        await make_visit(
            pair=device.pair, day=today, site=await make_site(source="t", source_id=ref, manager=manager)
        )
        for ref in ("A", "B")
    ]  # fmt: skip


async def test_a_manager_s_new_phone_from_an_import_reaches_all_their_visits(
    device: Device,
) -> None:
    manager = await make_manager(email="resp@departement.example")
    visits = await visits_of_one_manager(device, manager)
    await device.exchange()
    table = f"id;nom;commune;lat;lon;responsable_nom;responsable_mail;responsable_tel\nA;{(await visits[0].site).name};Nice;43,70;7,25;{manager.name};{manager.email};0493000009\n"
    await apply(await dry_run(table.encode(), "sites.csv", "t"))
    await device.exchange()
    phones = {device.docs["visit", str(visit.id)]["manager_phone"] for visit in visits}
    assert phones == {(await SiteManager.get(id=manager.id)).phone}
    assert phones != {""}


async def test_a_renamed_item_reaches_the_needs_that_show_its_name(device: Device) -> None:
    item = await make_item(name="Écran")
    visit = await make_visit(pair=device.pair, day=local_now().date())
    need = await Need.create(visit=visit, site_id=visit.site_id, kind=NeedKind.IDEA, item=item)
    await device.exchange()
    await Tortoise.get_connection("default").execute_query(
        "UPDATE item SET name = 'Écran large' WHERE name = 'Écran'"
    )
    await device.exchange()
    assert device.docs["need", str(need.id)]["item_name"] == "Écran large"


async def test_who_comes_and_who_goes_at_a_site_reaches_its_visits(device: Device) -> None:
    visit = await make_visit(pair=device.pair, day=local_now().date())
    await device.exchange()
    await Ambassador.bulk_create([Ambassador(site_id=visit.site_id, name="Ana")])
    await device.exchange()
    assert device.docs["visit", str(visit.id)]["ambassadors"] == [{"name": "Ana", "phone": ""}]
    await Ambassador.all().delete()
    await device.exchange()
    assert device.docs["visit", str(visit.id)]["ambassadors"] == []
