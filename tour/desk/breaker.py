"""The circuit breaker of a desk: while a desk is down, its needs wait without knocking one after the other."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import F

from tour.db import now
from tour.desk.models import Desk

FAILURES = 4  # of different needs in a row
SHORTEST, LONGEST = timedelta(seconds=20), timedelta(minutes=15)


def open_until(desk: Desk) -> datetime | None:
    """Until when nothing is sent to this desk; none when it may be tried."""
    if desk.open_until and desk.open_until > now():
        return desk.open_until + timedelta(seconds=random.uniform(0, 3))
    return None


async def succeeded(desk: Desk) -> None:
    if desk.failures or desk.open_until or desk.trouble:
        await Desk.filter(id=desk.id).update(
            failures=0, failed_with=None, open_until=None, trouble=""
        )


async def failed(desk: Desk, need_id: UUID, words: str, *, at_once: bool = False) -> None:
    """Counts a failure of the desk. One need that fails again and again counts once: it must not stop others."""
    if desk.failed_with != need_id:
        await Desk.filter(id=desk.id).update(failures=F("failures") + 1, failed_with=need_id)
        await desk.refresh_from_db(fields=["failures", "failed_with"])
    if desk.failures < FAILURES and not at_once:
        return
    wait = min(LONGEST, SHORTEST * 2 ** min(10, max(0, desk.failures - FAILURES)))
    until = now() + wait * random.uniform(0.8, 1.2)
    await Desk.filter(id=desk.id).update(open_until=until, trouble=words)
