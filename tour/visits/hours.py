"""When people may be written to without having asked."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from holidays import HolidayBase, country_holidays

from tour.settings import settings


@cache
def closed() -> HolidayBase:
    return country_holidays("FR")


def in_working_hours(at: datetime) -> bool:
    """Monday to Friday, public holidays left out, between the two hours of the settings."""
    local = at.astimezone(settings().tz)
    if local.weekday() > 4 or local.date() in closed():
        return False
    return settings().send_from <= local.time() < settings().send_to
