"""A sample of ``make chaos-power``: cuts under load lose nothing that was promised, and would be noticed if they did."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.power.campaign import suffer
from tests.chaos.power.disk import Disk, File, Op, Record, change, read_log, torn
from tests.examples import DEEP

SEED = int(os.environ.get("SEED", "20261127"))
CUTS = 20 if DEEP else 10  # a thousand: `make chaos-power`
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="the shim is compiled by gcc")


@needs_gcc
async def test_every_receipt_outlasts_every_cut(tmp_path: Path) -> None:
    had = await suffer(tmp_path, CUTS, SEED)
    assert had.cuts == CUTS
    assert had.receipts > 0
    assert had.unsynced > 0, "no cut fell between a write and its sync"


@needs_gcc
async def test_receipts_given_before_the_sync_are_found_missing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="not in the journal"):
        await suffer(tmp_path, 60, SEED, "synchronous=NORMAL")


@needs_gcc
async def test_a_rollback_journal_keeps_them_too(tmp_path: Path) -> None:
    had = await suffer(tmp_path, 3, SEED, "journal_mode=DELETE,synchronous=EXTRA")
    assert had.receipts > 0


writes = st.builds(
    Record,
    st.just(Op.WRITE),
    st.just("a"),
    st.integers(0, 9000),
    st.binary(min_size=1, max_size=5000),
)
truncations = st.builds(Record, st.just(Op.TRUNCATE), st.just("a"), st.integers(0, 9000))
done = st.lists(st.one_of(writes, truncations), max_size=6)


def content_after(records: list[Record]) -> bytes:
    content = bytearray()
    for record in records:
        change(content, record)
    return bytes(content)


@given(done, done, st.integers(), st.sampled_from((512, 4096)))
def test_what_was_synced_is_there_and_nothing_is_invented(
    synced: list[Record], since: list[Record], seed: int, sector: int
) -> None:
    file = File(since=list(synced))
    file.sync()
    file.since = list(since)
    dice = random.Random(seed)
    assert file.after_a_cut(dice, 0.0, sector) == content_after(synced)
    assert file.after_a_cut(dice, 1.0, sector) == content_after(synced + since)
    apart = [part for record in since for part in torn(record, sector)]
    assert content_after(synced + apart) == content_after(synced + since)
    assert all(
        p.offset // sector == (p.offset + len(p.data) - 1) // sector for p in apart if p.data
    )


def test_a_name_is_safe_once_its_folder_is_synced() -> None:
    disk = Disk({})
    for record in (Record(Op.CREATE, "a"), Record(Op.WRITE, "a", 0, b"x"), Record(Op.SYNC, "a")):
        disk.happen(record)
    assert {bool(disk.cut(random.Random(seed))) for seed in range(20)} == {True, False}
    disk.happen(Record(Op.SYNC_FOLDER, "folder"))
    assert all(disk.cut(random.Random(seed)) == {"a": b"x"} for seed in range(20))
    disk.happen(Record(Op.UNLINK, "a"))
    assert {bool(disk.cut(random.Random(seed))) for seed in range(20)} == {True, False}


def test_a_log_that_ends_in_the_middle_of_a_record_is_read_up_to_there() -> None:
    head = bytes([ord("w"), 0]) + (4).to_bytes(2, "little") + (3).to_bytes(4, "little")
    record = head + (7).to_bytes(8, "little") + b"/f/aabc"
    for length in range(len(record), 2 * len(record)):
        assert list(read_log((record * 2)[:length])) == [Record(Op.WRITE, "a", 7, b"abc")]
