from __future__ import annotations

import enum
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise import connections

from tour.db import now, transaction
from tour.errors import UserError
from tour.post import outbox
from tour.post.outbox import LONGEST_WAIT, CannotDeliver, Later, OutboxRow, OutboxState, wait_after

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went out. A payload {"fail": error} makes the delivery fail."""
    out: list[str] = []

    async def deliver(row: OutboxRow) -> None:
        if row.payload.get("fail") == "for good":
            raise CannotDeliver("no such address")
        if row.payload.get("fail"):
            raise ConnectionError("no route")
        out.append(row.key)

    monkeypatch.setitem(outbox.deliverers, "parcel", deliver)
    return out


async def post(key: str, **payload: str) -> OutboxRow:
    async with transaction():
        await outbox.post("parcel", key, payload)
    return await OutboxRow.get(key=key)


async def test_it_works(sent: list[str]) -> None:
    row = await post("a")
    assert await outbox.deliver_due() == 1
    assert sent == ["a"]
    assert (await OutboxRow.get(id=row.id)).state == OutboxState.SENT


async def test_the_same_cause_posts_once(sent: list[str]) -> None:
    await post("a")
    await post("a")
    await outbox.deliver_due()
    assert sent == ["a"]


async def test_a_rollback_posts_nothing(sent: list[str]) -> None:
    async def post_then_fail() -> None:
        async with transaction():
            await outbox.post("parcel", "a", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await post_then_fail()
    assert await OutboxRow.all().count() == 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For each time the worker was asked to deliver: how many messages another connection saw then."""
    seen: list[int] = []

    def ask() -> None:
        path = str(connections.get("default").filename)  # type: ignore[attr-defined]
        with closing(sqlite3.connect(path)) as database:
            seen.append(database.execute("SELECT count(*) FROM outboxrow").fetchone()[0])

    monkeypatch.setattr(outbox, "deliver_now", ask)
    return seen


async def test_posting_asks_for_delivery_once_its_transaction_is_committed(
    sent: list[str], asked: list[int]
) -> None:
    async with transaction():
        await outbox.post("parcel", "a", {})
        async with transaction():
            await outbox.post("parcel", "b", {})
        assert asked == []
    assert asked == [2]


async def test_waking_a_message_asks_for_its_delivery(sent: list[str], asked: list[int]) -> None:
    await post("a")
    async with transaction():
        await outbox.wake("a")
    assert asked == [1, 1]


async def test_what_is_undone_asks_for_nothing(sent: list[str], asked: list[int]) -> None:
    async def undone() -> None:
        async with transaction():
            await outbox.post("parcel", "a", {})
            raise UserError("no")

    with pytest.raises(UserError):
        await undone()
    async with transaction():
        with suppress(UserError):
            await undone()
    assert asked == []
    async with transaction():
        await outbox.post("parcel", "b", {})
        with suppress(UserError):
            await undone()
    assert asked == [1]


async def test_a_queue_that_is_away_does_not_undo_what_was_committed(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise ConnectionError("redis is away")

    monkeypatch.setattr(outbox, "deliver_now", away)
    await post("a")
    assert await outbox.deliver_due() == 1


async def test_a_failure_waits_longer_each_time_and_keeps_the_reason(sent: list[str]) -> None:
    row = await post("a", fail="once")
    waits = []
    for _ in range(3):
        await OutboxRow.filter(id=row.id).update(next_at=now() - timedelta(seconds=1))
        await outbox.deliver_due()
        row = await OutboxRow.get(id=row.id)
        waits.append((row.next_at - now()).total_seconds())
    assert waits[0] < waits[1] < waits[2]
    assert "no route" in row.last_error
    assert row.state == OutboxState.WAITING
    assert row.tries == 3


async def test_one_bad_row_does_not_stop_the_others(sent: list[str]) -> None:
    bad = await post("a", fail="for good")
    await post("b")
    assert await outbox.deliver_due() == 1
    assert sent == ["b"]
    assert (await OutboxRow.get(id=bad.id)).state == OutboxState.FAILED


async def test_a_row_taken_by_one_worker_is_left_alone_by_another(sent: list[str]) -> None:
    row = await post("a")
    same = await OutboxRow.get(id=row.id)
    assert await outbox.take(row)
    assert not await outbox.take(same)
    assert await outbox.deliver_due() == 0


async def test_a_row_whose_worker_died_is_taken_again_later(sent: list[str]) -> None:
    row = await post("a")
    await outbox.take(row)
    await OutboxRow.filter(id=row.id).update(next_at=now() - timedelta(seconds=1))
    assert await outbox.deliver_due() == 1
    assert sent == ["a"]


@given(st.integers(0, 10_000))
def test_waits_grow_up_to_a_bound_whatever_the_number_of_tries(tries: int) -> None:
    assert wait_after(tries) <= wait_after(tries + 1) <= LONGEST_WAIT
    assert wait_after(tries) >= timedelta(seconds=10)


@pytest.mark.parametrize("tries", [43, 44, 1_000, 10_000])
async def test_a_row_that_failed_very_often_stops_nobody(sent: list[str], tries: int) -> None:
    row = await post("a", fail="once more")
    await OutboxRow.filter(id=row.id).update(tries=tries)
    await post("b")
    assert await outbox.deliver_due() == 1
    assert sent == ["b"]
    row = await OutboxRow.get(id=row.id)
    assert row.tries == tries + 1
    assert row.state == OutboxState.WAITING
    assert row.next_at > now()


@pytest.mark.parametrize("words", ["half a \ud83d character", "a NUL \x00", "a novel " * 10_000])
@pytest.mark.parametrize("error", [CannotDeliver, ConnectionError])
async def test_whatever_an_error_says_the_others_leave(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], words: str
) -> None:
    async def deliver(row: OutboxRow) -> None:
        if row.key == "bad":
            raise error(words)

    monkeypatch.setitem(outbox.deliverers, "parcel", deliver)
    await post("bad")
    await post("good")
    assert await outbox.deliver_due() == 1
    assert (await OutboxRow.get(key="bad")).last_error


class Turn(enum.Enum):
    """What may happen when a row's time comes."""

    LATER = "not now"
    FAILED = "a failure"
    DIED = "the worker dies holding it"


async def happen(turn: Turn, row: OutboxRow, monkeypatch: pytest.MonkeyPatch) -> None:
    async def deliver(row: OutboxRow) -> None:
        if turn is Turn.LATER:
            raise Later(now() + timedelta(days=1), "out of hours")
        raise ConnectionError("no route")

    monkeypatch.setitem(outbox.deliverers, "parcel", deliver)
    await OutboxRow.filter(id=row.id).update(next_at=now() - timedelta(seconds=1))
    if turn is Turn.DIED:
        assert await outbox.take(await OutboxRow.get(id=row.id))
    else:
        assert await outbox.deliver_due() == 0


@pytest.mark.parametrize("turns", [[Turn.LATER] * 60, [*Turn, *Turn, Turn.LATER, Turn.LATER]])
async def test_not_now_costs_no_try(
    sent: list[str], turns: list[Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sent == []
    row = await post("a")
    for turn in turns:
        await happen(turn, row, monkeypatch)
    row = await OutboxRow.get(id=row.id)
    assert row.tries == sum(turn is not Turn.LATER for turn in turns)
    if turns[-1] is Turn.LATER:
        assert row.next_at > now() + timedelta(hours=23)
