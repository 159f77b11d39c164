"""Photos of a need: announced with it, sent after it piece by piece, once, and kept with nothing but the picture."""

from __future__ import annotations

import base64
import errno
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from PIL import Image

from tests.examples import examples
from tests.factories import make_agent, make_pair, make_visit
from tests.field.conftest import Device, make_device
from tests.field.pictures import announced, bomb, photo, sha, with_secrets
from tests.field.sending import get, note, put
from tour.db import local_now, uuid7
from tour.desk.models import Ticket
from tour.needs import photos
from tour.needs.models import Need, Photo, PhotoState
from tour.needs.photos import Progress, Sender, path_of
from tour.people.models import Role
from tour.people.sign_in import token_for
from tour.pictures import Unusable, read_picture
from tour.settings import settings


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    yield
    shutil.rmtree(settings().home / "photos", ignore_errors=True)


async def test_it_works(device: Device, planner: httpx.AsyncClient) -> None:
    first, second = photo(seed=1), photo(seed=2)
    need = await note(device, announced(second, "L’écran"), announced(first))
    held = device.docs["need", str(need.id)]
    assert [one["sha256"] for one in held["photos"]] == [sha(second), sha(first)]
    assert held["photos_missing"] == 2
    answer = await put(device, sha(first), first)
    assert (answer.status_code, answer.json()["complete"]) == (200, True)
    assert "1 photo sur 2 reçue" in (await planner.get(f"/needs/{need.id}")).text

    await put(device, sha(second), second)
    await device.exchange()
    assert device.docs["need", str(need.id)]["photos_missing"] == 0
    page = (await planner.get(f"/needs/{need.id}")).text
    assert "reçue" not in page
    assert page.index(f"/photos/{sha(second)}") < page.index(f"/photos/{sha(first)}")
    assert "L’écran" in page
    shown = await planner.get(f"/photos/{sha(first)}/small")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["content-disposition"].startswith("inline")
    assert (await get(device, f"/field/photos/{sha(first)}/small")).content == shown.content


async def test_a_need_with_no_photo_is_whole(device: Device) -> None:
    need = await note(device)
    assert device.docs["need", str(need.id)]["photos"] == []
    assert device.docs["need", str(need.id)]["photos_missing"] == 0


async def test_the_desk_sees_how_many_are_missing(
    device: Device, planner: httpx.AsyncClient
) -> None:
    listed = [announced(photo(seed=n)) for n in range(4)]
    need = await note(device, *listed)
    await Ticket.create(need=need, reference="T-1")
    for n in range(3):
        await put(device, listed[n]["sha256"], photo(seed=n))
    assert "3 photos sur 4 reçues" in (await planner.get("/desk")).text


async def test_nothing_but_the_picture_is_kept(device: Device) -> None:
    secret = with_secrets()
    assert b"Jeanne" in secret
    await note(device, announced(secret))
    await put(device, sha(secret), secret)
    for size in ("", "-small"):
        kept = path_of(sha(secret), size).read_bytes()
        assert b"Jeanne" not in kept
        with Image.open(io.BytesIO(kept)) as image:
            assert not image.getexif()
            assert {"exif", "comment", "icc_profile", "xmp"} & image.info.keys() == set()
            assert image.height > image.width  # put upright before what said so was dropped
    row = await Photo.get(sha256=sha(secret))
    assert (row.width, row.height) == (480, 640)


async def test_a_large_photo_is_made_smaller(device: Device) -> None:
    large = photo(3200, 2000)
    await note(device, announced(large))
    step = 400_000
    for start in range(0, len(large), step):
        piece = large[start : start + step]
        await put(device, sha(large), piece, f"bytes {start}-{start + len(piece) - 1}/{len(large)}")
    with Image.open(path_of(sha(large))) as image:
        assert image.size == (1600, 1000)


async def test_sending_again_changes_nothing(device: Device) -> None:
    content = photo()
    await note(device, announced(content))
    answers = [(await put(device, sha(content), content)).json() for _ in range(3)]
    assert all(answer["complete"] for answer in answers)
    before = path_of(sha(content)).stat().st_mtime_ns
    await device.exchange()
    await put(device, sha(content), content)
    assert path_of(sha(content)).stat().st_mtime_ns == before
    assert (await device.exchange())["docs"] == []
    assert list((settings().home / "photos" / "parts").iterdir()) == []


async def test_a_cut_between_any_two_pieces_costs_at_most_one(device: Device) -> None:
    content = photo()
    await note(device, announced(content))
    step = len(content) // 5 + 1
    start = sent = 0
    while True:
        # After each cut the tablet asks where the server is, and goes on from there.
        asked = (await put(device, sha(content), b"", f"bytes */{len(content)}")).json()
        assert asked["received"] == start
        piece = content[start : start + step]
        answer = await put(
            device, sha(content), piece, f"bytes {start}-{start + len(piece) - 1}/{len(content)}"
        )
        assert answer.status_code == 200
        sent += len(piece)
        start = answer.json()["received"]
        if answer.json()["complete"]:
            break
    assert sent == len(content)
    assert (await Photo.get(sha256=sha(content))).state == PhotoState.RECEIVED


async def test_a_piece_that_leaves_a_hole_is_told_where_to_go_on(device: Device) -> None:
    content = photo()
    await note(device, announced(content))
    answer = await put(device, sha(content), content[100:200], f"bytes 100-199/{len(content)}")
    assert (answer.status_code, answer.json()["received"]) == (409, 0)


async def test_other_content_than_announced_starts_again(device: Device) -> None:
    content, other = photo(seed=1), photo(seed=2)
    await note(device, announced(content))
    answer = await put(device, sha(content), other)
    assert (answer.status_code, answer.json()["received"]) == (409, 0)
    assert not path_of(sha(content)).exists()
    assert (await put(device, sha(content), content)).json()["complete"]


@pytest.mark.parametrize(
    "content",
    [
        b"<script>alert(1)</script>",
        b"GIF89a" + bytes(200),
        photo()[:-2000],
        bomb(),
        b"\xff\xd8\xff",
    ],
    ids=["page", "gif", "truncated", "bomb", "three bytes"],
)
async def test_what_is_no_photo_is_refused_for_good(device: Device, content: bytes) -> None:
    await note(device, announced(content))
    answer = await put(device, sha(content), content, **{"Content-Type": "image/jpeg"})
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert not path_of(sha(content)).exists()
    assert (await Photo.get(sha256=sha(content))).state == PhotoState.EXPECTED


async def test_a_png_named_a_jpeg_is_kept_as_what_it_shows(device: Device) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (60, 40), (255, 0, 0, 0)).save(out, "PNG")
    await note(device, announced(out.getvalue()))
    await put(device, sha(out.getvalue()), out.getvalue())
    with Image.open(path_of(sha(out.getvalue()))) as image:
        assert image.format == "JPEG"
        assert image.getpixel((5, 5)) == (255, 255, 255)  # what was clear is white


async def test_a_photo_nobody_announced_is_not_taken(device: Device) -> None:
    assert (await put(device, sha(photo()), photo())).status_code == 404
    assert (await put(device, "../../secret", photo())).status_code == 404


async def test_a_tablet_of_another_pair_neither_sends_nor_sees(
    device: Device, client: httpx.AsyncClient
) -> None:
    content = photo()
    await note(device, announced(content))
    stranger = await make_device(client, await make_pair())
    assert (await put(stranger, sha(content), content)).status_code == 404
    await put(device, sha(content), content)
    assert (await get(stranger, f"/field/photos/{sha(content)}")).status_code == 404
    assert (await get(device, f"/field/photos/{sha(content)}")).status_code == 200
    colleague = await make_device(client, device.pair)
    assert (await get(colleague, f"/field/photos/{sha(content)}/small")).status_code == 200
    unknown = Device(client, device.pair, device.tablet, "wrong")
    assert (await put(unknown, sha(content), content)).status_code == 401


async def test_the_other_tablet_of_the_pair_may_send_it(
    device: Device, client: httpx.AsyncClient
) -> None:
    content = photo()
    await note(device, announced(content))
    colleague = await make_device(client, device.pair)
    assert (await put(colleague, sha(content), content)).json()["complete"]


async def test_a_visit_that_passed_to_another_pair_keeps_its_photos_coming(device: Device) -> None:
    content = photo()
    need = await note(device, announced(content))
    await need.fetch_related("visit")
    need.visit.pair_id = (await make_pair()).id
    await need.visit.save()
    assert (await put(device, sha(content), content)).json()["complete"]


async def test_a_photo_on_its_way_has_a_sign_in_its_place(device: Device) -> None:
    content = photo()
    await note(device, announced(content))
    answer = await get(device, f"/field/photos/{sha(content)}/small")
    assert answer.headers["content-type"].startswith("image/svg")
    assert answer.headers["cache-control"] == "no-store"


async def test_who_is_no_planner_and_no_desk_does_not_look(
    device: Device, client: httpx.AsyncClient
) -> None:
    content = photo()
    await note(device, announced(content))
    await put(device, sha(content), content)
    assert (await client.get(f"/photos/{sha(content)}")).status_code == 303
    agent = await make_agent(Role.TOURER)
    await client.post(f"/sign-in/{await token_for(agent)}")
    assert (await client.get(f"/photos/{sha(content)}")).status_code == 403


async def test_one_photo_of_two_needs_is_sent_once(device: Device) -> None:
    content = photo()
    one, other = await note(device, announced(content)), await note(device, announced(content))
    await put(device, sha(content), content)
    await device.exchange()
    for need in (one, other):
        assert device.docs["need", str(need.id)]["photos_missing"] == 0


async def test_a_photo_taken_away_and_another_added(device: Device) -> None:
    first, second = photo(seed=1), photo(seed=2)
    need = await note(device, announced(first), announced(second))
    await device.exchange(device.change("need", need.id, photos=[announced(second, "Le bon")]))
    assert device.docs["need", str(need.id)]["photos"] == [announced(second, "Le bon")]
    assert (await put(device, sha(first), first)).status_code == 404


@pytest.mark.parametrize(
    "listed",
    [
        "x",
        [{}],
        [{**announced(photo()), "sha256": "../../x"}],
        [{**announced(photo()), "size": -1}],
        [announced(photo()), announced(photo())],
        [announced(photo(seed=n)) for n in range(13)],
    ],
)
async def test_a_list_that_makes_no_sense_is_refused(device: Device, listed: Any) -> None:
    visit = await make_visit(pair=device.pair, day=local_now().date())
    change = device.change(
        "need", uuid7(), visit=str(visit.id), kind="idea", text="x", photos=listed
    )
    answer = await device.exchange(change)
    assert [(r["id"], r["field"]) for r in answer["refused"]] == [(change["id"], "photos")]


async def test_too_large_a_piece(device: Device) -> None:
    content = photo()
    await note(device, announced(content))
    assert (await put(device, sha(content), bytes(1_000_001))).status_code == 413


@pytest.mark.parametrize("where", ["bytes 5-2/10", "x", "bytes 0-9/5", "bytes 0-999/2000"])
async def test_a_range_that_lies(device: Device, where: str) -> None:
    content = photo()
    await note(device, announced(content))
    assert (await put(device, sha(content), content[:10], where)).status_code == 400


async def test_a_full_disk_asks_to_come_again(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = photo()
    await note(device, announced(content))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(photos, "write_whole", full)
        assert (await put(device, sha(content), content)).status_code == 507
        assert (await Photo.get(sha256=sha(content))).state == PhotoState.EXPECTED
    assert (await put(device, sha(content), b"", f"bytes */{len(content)}")).json()["complete"]


async def test_a_server_that_dies_before_the_commit_takes_it_again(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = photo()
    await note(device, announced(content))

    async def die(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(photos, "mark_received", die)
        assert (await put(device, sha(content), content)).status_code == 500
    assert (await put(device, sha(content), content)).json()["complete"]
    assert len(list(path_of(sha(content)).parent.iterdir())) == 2


async def test_a_saved_copy_brings_its_photos(device: Device, planner: httpx.AsyncClient) -> None:
    good, lost = photo(seed=1), photo(seed=2)
    visit = await make_visit(pair=device.pair, day=local_now().date() + timedelta(days=1))
    change = device.change(
        "need",
        uuid7(),
        visit=str(visit.id),
        kind="incident",
        text="Écran fendu",
        photos=[announced(good)],
    )
    copy = {
        "protocol": 2,
        "device": "",
        "pair": device.pair.name,
        "changes": [change],
        "photos": [
            {"sha256": sha(good), "base64": base64.b64encode(good).decode()},
            {"sha256": sha(lost), "base64": base64.b64encode(lost).decode()},
            {"sha256": "x"},
            7,
        ],
    }
    for _again in range(2):
        answer = await planner.post("/tablets/copies", files={"file": ("tour.json", json.dumps(copy))})  # fmt: skip
        assert "1 photo est reçue." in answer.text
        assert "3 saisies sont refusées" in answer.text
    assert await Photo.filter(state=PhotoState.RECEIVED).count() == 1


async def test_without_a_worker_photos_come_with_the_form(device: Device) -> None:
    visit = await make_visit(pair=device.pair, day=local_now().date())
    secret = with_secrets()

    async def post(*files: bytes) -> httpx.Response:
        return await device.http.post(
            f"/field/changes/need/{uuid7()}",
            data={"visit": str(visit.id), "page": f"/field/visits/{visit.id}/needs/new", "kind": "idea", "text": "Une idée"},
            files=[("files", (f"{n}.jpg", content)) for n, content in enumerate(files)],
            headers={"Cookie": f"tablet={device.secret}"},
        )  # fmt: skip

    wrong = await post(b"no photo")
    assert wrong.status_code == 422
    assert "pas une photo lisible" in wrong.text
    assert "Une idée" in wrong.text
    assert "12 photos au plus" in (await post(*[secret] * 13)).text
    assert await Need.all().count() == 0
    assert (await post(secret, photo(seed=3))).status_code == 303
    need = await Need.get().prefetch_related("photos__photo")
    assert (len(need.photos), need.photos_here) == (2, 2)
    assert b"Jeanne" not in path_of(sha(secret)).read_bytes()


@tries(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_pieces_in_any_order_any_number_of_times_make_the_same_photo(
    device: Device, data: st.DataObject
) -> None:
    content = photo()
    await Photo.all().delete()
    shutil.rmtree(settings().home / "photos", ignore_errors=True)
    await note(device, announced(content))
    sender = Sender(device.tablet.id, device.pair.id)
    progress = Progress(0, complete=False)
    for _ in range(200):
        start = data.draw(st.one_of(st.just(progress.received), st.integers(0, len(content) - 1)))
        end = min(len(content), start + data.draw(st.integers(1, len(content))))
        told = await photos.receive(
            sha(content), content[start:end], start=start, total=len(content), sender=sender
        )
        assert told.received >= progress.received
        assert told.fits == (start <= progress.received) or told.complete
        progress = told
        if progress.complete:
            break
    else:
        await photos.receive_whole(sha(content), content, sender)
    assert path_of(sha(content)).exists()


@tries(max_examples=examples(150), deadline=None)
@given(
    st.binary(max_size=300).flatmap(
        lambda junk: st.sampled_from([junk, photo(32, 24)[: len(junk)] + junk, bomb() + junk])
    )
)
def test_no_bytes_break_the_reading(content: bytes) -> None:
    with suppress(Unusable):
        assert read_picture(content).mode == "RGB"
