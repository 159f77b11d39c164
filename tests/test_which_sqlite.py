"""One SQLite for all, a fixed one where there is one, and every commit on the disk."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tortoise import Tortoise

from tour import sqlite
from tour.jobs import DurableStorage

OF_THE_VULNERABLE_RANGE = "3.40.1"
SYNCHRONOUS = {"FULL": 2, "EXTRA": 3}


async def test_database_and_queue_are_written_as_they_must(db: str, tmp_path: Path) -> None:
    expected = sqlite.pragmas(sqlite.version())
    connection = Tortoise.get_connection("default")
    queue = DurableStorage("test", str(tmp_path / "jobs.sqlite3"), journal_mode="wal")
    for name, value in expected.items():
        (row,) = await connection.execute_query_dict(f"PRAGMA {name}")
        of_queue = queue.conn.execute(f"PRAGMA {name}").fetchone()[0]
        wanted = {"FULL": "2", "EXTRA": "3", "ON": "1"}.get(value, value).lower()
        assert (name, [str(next(iter(row.values()))), str(of_queue)]) == (name, [wanted] * 2)


def test_everybody_here_has_the_same_fixed_sqlite() -> None:
    import aiosqlite
    import huey.storage

    assert aiosqlite.sqlite_version == huey.storage.sqlite3.sqlite_version == sqlite3.sqlite_version
    assert sqlite.fixed(sqlite3.sqlite_version)


@pytest.mark.parametrize(
    ("version", "is_fixed"),
    [
        (OF_THE_VULNERABLE_RANGE, False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.45.9", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.53.0", True),
    ],
)
def test_versions_that_are_fixed(version: str, is_fixed: bool) -> None:
    assert sqlite.fixed(version) == is_fixed


def test_tour_comes_before_whoever_takes_hold_of_another_sqlite() -> None:
    code = """
import sqlite3, sys
sqlite3.sqlite_version = "3.40.1"
import aiosqlite
try:
    import tour
except ImportError as error:
    sys.exit("aiosqlite" not in str(error))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


VULNERABLE = """
import sqlite3, sys
sys.modules["pysqlite3"] = None  # as where it has no wheel
sqlite3.sqlite_version = "3.40.1"
import tour
import asyncio
from tour.db import migrate
from tour.jobs import queue
asyncio.run(migrate())
queue.storage.enqueue(b"job")
print(*(queue.storage.conn.execute(f"PRAGMA {p}").fetchone()[0] for p in ("journal_mode", "synchronous")))
"""


def test_without_a_fixed_sqlite_a_rollback_journal_serves_and_files_in_wal_are_converted(
    migrated: Path, tmp_path: Path
) -> None:
    files = [tmp_path / "tour.sqlite3", tmp_path / "jobs.sqlite3"]
    for file in files:
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
            connection.execute("CREATE TABLE kept (id)")
    run = subprocess.run(
        [sys.executable, "-c", VULNERABLE],
        env={"TOUR_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["delete", str(SYNCHRONOUS["EXTRA"])]
    for file in files:
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_file_in_wal_that_is_in_use_is_not_converted_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_S", 1)
    path = tmp_path / "tour.sqlite3"
    with closing(sqlite3.connect(path)) as held:
        held.execute("PRAGMA journal_mode=WAL")
        held.execute("CREATE TABLE kept (id)")
        with pytest.raises(SystemExit, match="stop every"):
            sqlite.leave_wal(path)
