"""When people may be written to without having asked."""

from __future__ import annotations

from datetime import datetime, timedelta
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


def next_working_hours(at: datetime) -> datetime:
    """When people may next be written to: now, or the hour at which the next working day begins."""
    if in_working_hours(at):
        return at
    zone, day = settings().tz, at.astimezone(settings().tz).date()
    begins = (
        datetime.combine(day + timedelta(days=n), settings().send_from, tzinfo=zone)
        for n in range(15)
    )
    return next((b for b in begins if b > at and in_working_hours(b)), at + timedelta(days=1))
