"""Photos added to a need that has its ticket already: each is attached once; one removed here stays there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.desk.conftest import FakeDesk, all_due, noted
from tests.factories import make_pair
from tests.field.pictures import announced, photo, sha
from tour.db import now, transaction, uuid7
from tour.desk.models import Delivery
from tour.desk.photos import NAMED_BY, send_latecomers
from tour.desk.push import SETTLE
from tour.needs.models import Need, Photo
from tour.needs.photos import Sender, announce, receive_whole
from tour.settings import settings

ONE, TWO = photo(64, 48, seed=1), photo(64, 48, seed=2)


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    yield
    shutil.rmtree(settings().home / "photos", ignore_errors=True)


@pytest.fixture
async def sender(there: FakeDesk) -> Sender:
    return Sender(uuid7(), (await make_pair()).id)


async def lists(need: Need, *contents: bytes, sender: Sender) -> None:
    async with transaction():
        await announce({need.id: [announced(content) for content in contents]}, sender)


async def a_minute_later() -> None:
    """What the worker does each minute; a desk that had not answered has settled."""
    await Delivery.exclude(unsure_at=None).update(unsure_at=now() - SETTLE)
    await send_latecomers()
    await all_due()


def name_of(content: bytes) -> str:
    return f"photo-{sha(content)[:NAMED_BY]}.jpg"


async def test_it_works(there: FakeDesk, sender: Sender) -> None:
    need = await noted()
    await lists(need, ONE, sender=sender)
    await receive_whole(sha(ONE), ONE, sender)
    await all_due()
    await all_due()
    assert there.files == [("1", name_of(ONE))]
    await lists(need, TWO, ONE, sender=sender)
    await receive_whole(sha(TWO), TWO, sender)
    for _again in range(3):
        await a_minute_later()
    assert there.files == [("1", name_of(ONE)), ("1", name_of(TWO))]
    assert len(there.requests) == 1
    assert (await Delivery.get(need_id=need.id)).photos_left == 0


async def test_a_photo_that_another_need_brought_already(there: FakeDesk, sender: Sender) -> None:
    first, second = await noted(), await noted("L’autre")
    await lists(first, ONE, sender=sender)
    await receive_whole(sha(ONE), ONE, sender)
    await all_due()
    await all_due()
    await Photo.all().update(received_at=now() - timedelta(days=3))
    await lists(second, ONE, sender=sender)
    for _again in range(2):
        await a_minute_later()
    ticket = (await Delivery.get(need_id=second.id)).remote_id
    assert sorted(there.files) == sorted([("1", name_of(ONE)), ("2", name_of(ONE))])
    assert ticket in {"1", "2"}


async def test_a_photo_removed_here_stays_there(there: FakeDesk, sender: Sender) -> None:
    need = await noted()
    await lists(need, ONE, sender=sender)
    await receive_whole(sha(ONE), ONE, sender)
    await all_due()
    await all_due()
    await lists(need, TWO, sender=sender)
    await receive_whole(sha(TWO), TWO, sender)
    await a_minute_later()
    assert there.files == [("1", name_of(ONE)), ("1", name_of(TWO))]


async def test_a_photo_removed_before_it_arrived_is_waited_for_no_more(
    there: FakeDesk, sender: Sender
) -> None:
    need = await noted()
    await lists(need, ONE, TWO, sender=sender)
    await receive_whole(sha(ONE), ONE, sender)
    await all_due()
    await all_due()
    assert (await Delivery.get(need_id=need.id)).photos_left == 1
    await lists(need, ONE, sender=sender)
    await all_due()
    assert (await Delivery.get(need_id=need.id)).photos_left == 0
    assert there.files == [("1", name_of(ONE))]


async def test_a_file_that_leaves_meanwhile_stops_no_delivery(
    there: FakeDesk, sender: Sender
) -> None:
    need = await noted()
    await lists(need, ONE, TWO, sender=sender)
    for content in (ONE, TWO):
        await receive_whole(sha(content), content, sender)
    shutil.rmtree(settings().home / "photos" / sha(ONE)[:2])
    await all_due()
    await all_due()
    assert there.files == [("1", name_of(TWO))]
