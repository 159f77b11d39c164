"""What is done for needs now and then."""

from __future__ import annotations

from huey import crontab

from tour.db import in_database
from tour.jobs import queue
from tour.needs.photos import clean_up


@queue.periodic_task(crontab(minute="37"))
@in_database
async def clean_up_photos() -> None:
    await clean_up()
