"""What the worker does for the audit."""

from __future__ import annotations

from huey import crontab

from tour.audit import record
from tour.db import in_database
from tour.jobs import queue


@queue.periodic_task(crontab(hour="3", minute="17"))
@in_database
async def forget_old_lines() -> int:
    """Once a night: lines of more than a year go."""
    return await record.forget()
