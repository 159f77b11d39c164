"""Jobs about sites."""

from __future__ import annotations

from huey import crontab

from tour.db import in_database
from tour.jobs import queue
from tour.sites.geocode import geocode_waiting


@queue.task()
@in_database
async def geocode_now() -> None:
    """Looks up the sites that wait for a position; asked for after an import."""
    await geocode_waiting()


@queue.periodic_task(crontab(minute="7"))
@in_database
async def geocode_regularly() -> None:
    """Tries again, each hour, the sites the service could not be asked about."""
    await geocode_waiting()
