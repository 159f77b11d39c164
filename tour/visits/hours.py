"""When people may be written to without having asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from tour.people.travels import is_working_day
from tour.settings import settings


def in_working_hours(at: datetime) -> bool:
    """Monday to Friday, public holidays left out, between the two hours of the settings."""
    local = at.astimezone(settings().tz)
    if not is_working_day(local.date()):
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
