from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from click import ClickException

from tests.factories import make_pair, make_visit
from tests.field.conftest import Device
from tour.db import local_now, now
from tour.errors import UserError
from tour.field.command import link_for
from tour.field.models import Tablet
from tour.field.pages import tablets as tablet_pages
from tour.field.tablets import busiest_pair, enrol, enrol_link, known_by
from tour.settings import settings


def path_of(link: str) -> str:
    return link.removeprefix(settings().base_url)


async def test_it_works(client: httpx.AsyncClient) -> None:
    pair = await make_pair(name="Binôme Est")
    path = path_of(await enrol_link(pair, "Tablette 1"))
    shown = await client.get(path)
    assert "Binôme Est" in shown.text
    answer = await client.post(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/field/prepare")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Path=/field" in cookie
    assert "samesite=lax" in cookie.lower()
    page = await client.get("/field/")
    assert page.status_code == 200
    assert "Binôme Est" in page.text


async def test_looking_at_the_link_does_not_use_it_up(client: httpx.AsyncClient) -> None:
    path = path_of(await enrol_link(await make_pair(), "Tablette"))
    for _scanner in range(3):
        await client.get(path)
    assert (await client.post(path)).status_code == 303


async def test_a_link_works_once(client: httpx.AsyncClient) -> None:
    path = path_of(await enrol_link(await make_pair(), "Tablette"))
    await client.post(path)
    again = await client.post(path)
    assert again.status_code == 422
    assert "Demandez-en un autre" in again.text
    assert await Tablet.all().count() == 1


async def test_a_link_lasts_ten_minutes(db: str) -> None:
    token = (await enrol_link(await make_pair(), "Tablette")).rpartition("/")[2]
    await Tablet.all().update(enrol_until=now() - timedelta(seconds=1))
    with pytest.raises(UserError):
        await enrol(token)


async def test_neither_the_link_nor_the_secret_is_kept(db: str) -> None:
    token = (await enrol_link(await make_pair(), "Tablette")).rpartition("/")[2]
    _tablet, secret = await enrol(token)
    kept = str(await Tablet.all().values())
    assert token not in kept
    assert secret not in kept
    assert await known_by(secret)


async def test_a_stranger_is_told_how_to_become_a_tablet(client: httpx.AsyncClient) -> None:
    answer = await client.get("/field/")
    assert answer.status_code == 401
    assert "Demandez un lien" in answer.text


async def test_the_planner_gets_a_link_and_its_code(planner: httpx.AsyncClient) -> None:
    pair = await make_pair()
    page = await planner.post("/tablets", data={"pair": str(pair.id), "name": "Tablette 1"})
    assert "/field/enrol/" in page.text
    assert 'class="qr"' in page.text
    assert "style=" not in page.text


async def test_a_tablet_without_a_name_is_refused(planner: httpx.AsyncClient) -> None:
    pair = await make_pair()
    answer = await planner.post("/tablets", data={"pair": str(pair.id), "name": ""})
    assert answer.status_code == 422
    assert await Tablet.all().count() == 0


async def test_a_revoked_tablet_gets_no_page(planner: httpx.AsyncClient) -> None:
    await planner.post(path_of(await enrol_link(await make_pair(), "Tablette 1")))
    tablet = await Tablet.get()
    assert "Tablette 1" in (await planner.get("/tablets")).text
    await planner.post(f"/tablets/{tablet.id}/revocation")
    assert (await planner.get("/field/")).status_code == 401
    assert "révoquée" in (await planner.get("/tablets")).text


async def test_only_planners_enrol_and_revoke(client: httpx.AsyncClient) -> None:
    pair = await make_pair()
    assert (
        await client.post("/tablets", data={"pair": str(pair.id), "name": "x"})
    ).status_code == 403
    assert (await client.get("/tablets")).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(("demo", "status"), [(True, 303), (False, 404)])
async def test_the_demo_enrols_at_once_and_only_there(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, demo: bool, status: int
) -> None:
    await make_pair()
    monkeypatch.setattr(
        tablet_pages, "settings", lambda: settings().model_copy(update={"demo": demo})
    )
    assert (await client.get("/demo/tablet")).status_code == status


async def test_the_demo_chooses_the_pair_with_most_to_do(db: str) -> None:
    today = local_now().date()
    idle, busy = await make_pair(ref="A"), await make_pair(ref="B")
    assert await busiest_pair(today) == idle
    await make_visit(pair=idle, day=today + timedelta(days=1))
    for _visit in range(2):
        await make_visit(pair=busy, day=today + timedelta(days=1))
    assert await busiest_pair(today) == busy


async def test_the_command_prints_a_link(db: str) -> None:
    await make_pair(ref="P1")
    token = (await link_for("P1", "Tablette")).rpartition("/")[2]
    assert await enrol(token)


async def test_the_command_says_which_pairs_there_are(db: str) -> None:
    await make_pair(ref="P1")
    with pytest.raises(ClickException, match="the pairs are P1"):
        await link_for("P9", "Tablette")


class TestATabletThatNobodyUses:
    async def unused(self, device: Device, days: int) -> None:
        long_ago = now() - timedelta(days=days)
        await Tablet.filter(id=device.tablet.id).update(
            enrolled_at=long_ago, last_sync_at=long_ago, seen_at=None
        )

    async def test_it_is_a_stranger_after_the_days_of_the_setting(self, device: Device) -> None:
        await self.unused(device, 91)
        assert (await device.send()).status_code == 401

    async def test_its_page_says_what_to_do(
        self, device: Device, client: httpx.AsyncClient
    ) -> None:
        await self.unused(device, 91)
        answer = await client.get("/field/", headers={"Cookie": f"tablet={device.secret}"})
        assert answer.status_code == 401
        assert "n’a pas servi depuis longtemps" in answer.text
        assert "Ce qui y est noté reste" in answer.text

    async def test_the_planner_sees_it(self, device: Device, planner: httpx.AsyncClient) -> None:
        await self.unused(device, 91)
        assert "à enrôler de nouveau" in (await planner.get("/tablets")).text

    async def test_whatever_it_asks_keeps_it_known(
        self, device: Device, client: httpx.AsyncClient
    ) -> None:
        await self.unused(device, 89)
        headers = {"Cookie": f"tablet={device.secret}"}
        assert (await client.get("/field/", headers=headers)).status_code == 200
        seen = (await Tablet.get(id=device.tablet.id)).seen_at
        assert seen
        assert seen > now() - timedelta(minutes=1)
