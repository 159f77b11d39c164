"""What the worker does by itself for visits: mailings, reminders, the mailbox, visits long past."""

from __future__ import annotations

from huey import crontab

from tour.db import in_database
from tour.jobs import queue
from tour.people import sessions, sign_in
from tour.post import limits
from tour.visits import incoming, mailing, remind


@queue.periodic_task(crontab(minute="*"))
@in_database
async def every_minute() -> None:
    await mailing.release()


@queue.periodic_task(crontab(minute="*/5"))
@in_database
async def read_mailbox() -> None:
    await incoming.fetch()


@queue.periodic_task(crontab(minute="7"))
@in_database
async def every_hour() -> None:
    await remind.remind()
    await remind.close_past()
    await limits.forget()
    await sign_in.forget()
    await sessions.forget()
