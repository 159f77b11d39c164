"""The huey instance: SQLite file by default, Redis by URL. Tasks are declared in tour.worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huey import RedisHuey
from huey.api import Huey
from huey.storage import SqliteStorage

from tour import sqlite
from tour.settings import settings


class DurableStorage(SqliteStorage):
    """huey's SQLite file, written as the database is: a job that was asked for outlasts the power."""

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        for name, value in sqlite.pragmas(sqlite.version()).items():
            connection.execute(f"PRAGMA {name}={value}")
        return connection


def queue_file() -> Path:
    return settings().home / "jobs.sqlite3"


def make_queue() -> Huey:
    url = settings().huey_url
    if url.startswith(("redis://", "rediss://")):
        return RedisHuey("tour", url=url)
    settings().home.mkdir(parents=True, exist_ok=True)
    pragmas = sqlite.pragmas(sqlite.version())
    if pragmas["journal_mode"] != "WAL":
        sqlite.leave_wal(queue_file())
    return Huey(
        "tour",
        storage_class=DurableStorage,
        filename=str(queue_file()),
        journal_mode=pragmas["journal_mode"],
        timeout=sqlite.BUSY_S,
    )


queue = make_queue()
