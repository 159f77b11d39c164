"""Minutes of a morning when letters leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from tour.settings import settings

TUESDAY = datetime(2026, 12, 1, 10, 0)  # nobody's holiday


def at(minutes: float = 0) -> datetime:
    return TUESDAY.replace(tzinfo=settings().tz) + timedelta(minutes=minutes)
