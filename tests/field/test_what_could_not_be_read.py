"""What tablets send and the server cannot read: kept once, within bounds, shown to planners, and purged."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.factories import make_pair, make_visit
from tests.field.conftest import Device, make_device
from tour.db import local_now, now
from tour.field import unreadable
from tour.field.models import Unreadable


def files() -> list[str]:
    return sorted(path.name for path in unreadable.folder().iterdir())


@pytest.fixture(autouse=True)
def an_empty_folder() -> None:
    for path in unreadable.folder().iterdir():
        path.unlink()


async def test_the_same_body_sent_forty_times_is_one_file_with_a_count(device: Device) -> None:
    for _ in range(40):
        assert (await device.post(b"not json")).status_code == 400
    (row,) = await Unreadable.all()
    assert (row.count, row.size, row.tablet_id) == (40, 8, device.tablet.id)
    assert await unreadable.content(row) == b"not json"
    assert files() == [unreadable.path_of(row).name]
    assert unreadable.path_of(row).stat().st_mode & 0o777 == 0o600


async def test_changes_that_cannot_be_read_are_kept_together(device: Device) -> None:
    visit = await make_visit(pair=device.pair, day=local_now().date())
    bad = [device.change("visit", visit.id, met=n) | {"stamp": "no"} for n in range(30)]
    good = device.change("visit", visit.id, met=3)
    answer = await device.exchange(*bad, good)
    assert len(answer["refused"]) == 30
    assert answer["applied"] == [good["id"]]
    (row,) = await Unreadable.all()
    kept = (await unreadable.content(row)).decode()
    assert all(one["id"] in kept for one in bad)


async def test_a_tablet_keeps_its_newest_and_takes_no_others_place(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unreadable, "MOST_PER_TABLET", 3)
    other = await make_device(device.http, await make_pair())
    await other.post(b"theirs")
    for n in range(9):
        await device.post(b"not json %d" % n)
    rows = await Unreadable.filter(tablet_id=device.tablet.id)
    assert {await unreadable.content(row) for row in rows} == {
        b"not json 6",
        b"not json 7",
        b"not json 8",
    }
    assert await Unreadable.filter(tablet_id=other.tablet.id).count() == 1
    assert len(files()) == 4


async def test_all_together_never_fill_the_disk(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unreadable, "MOST_BYTES", 50)
    for n in range(9):
        await device.post(b"x" * 19 + b"%d" % n)
    rows = await Unreadable.all().order_by("last_at")
    assert [(await unreadable.content(row))[-1:] for row in rows] == [b"7", b"8"]
    assert len(files()) == 2


async def test_they_are_forgotten_after_a_while(device: Device) -> None:
    await device.post(b"old")
    await Unreadable.all().update(last_at=now() - unreadable.KEPT - timedelta(hours=1))
    await device.post(b"new")
    await unreadable.purge()
    (row,) = await Unreadable.all()
    assert await unreadable.content(row) == b"new"
    assert len(files()) == 1


async def test_a_planner_sees_downloads_and_files_them(
    planner: httpx.AsyncClient, device: Device
) -> None:
    body = b"<script>alert(1)</script>"
    for _ in range(2):
        await device.post(body)
    (row,) = await Unreadable.all()
    shown = (await planner.get("/tablets")).text
    assert "Envois illisibles" in shown
    assert "reçu 2 fois" in shown
    got = await planner.get(f"/tablets/unreadable/{row.id}")
    assert got.content == body
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert (await planner.post(f"/tablets/unreadable/{row.id}/filing")).status_code == 303
    assert "Envois illisibles" not in (await planner.get("/tablets")).text
    await device.post(body)  # sent again: somebody must look again
    assert "reçu 3 fois" in (await planner.get("/tablets")).text


async def test_strangers_get_nothing(client: httpx.AsyncClient, device: Device) -> None:
    await device.post(b"secret")
    (row,) = await Unreadable.all()
    assert (await client.get(f"/tablets/unreadable/{row.id}")).status_code == 303
    assert (await client.post(f"/tablets/unreadable/{row.id}/filing")).status_code == 403
