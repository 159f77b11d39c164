"""The huey instance: SQLite file by default, Redis by URL. Tasks are declared in tour.worker."""

from __future__ import annotations

from huey import RedisHuey, SqliteHuey
from huey.api import Huey

from tour.settings import settings


def make_queue() -> Huey:
    url = settings().huey_url
    if url.startswith(("redis://", "rediss://")):
        return RedisHuey("tour", url=url)
    settings().home.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("tour", filename=str(settings().home / "jobs.sqlite3"), fsync=False)


queue = make_queue()
