"""What is done for tablets now and then."""

from __future__ import annotations

from huey import crontab

from tour.db import in_database
from tour.field import unreadable
from tour.jobs import queue


@queue.periodic_task(crontab(minute="23", hour="3"))
@in_database
async def purge_unreadable() -> None:
    await unreadable.purge()
