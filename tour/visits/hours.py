"""When people may be written to without having asked."""

from __future__ import annotations

from datetime import datetime

from tour.people.travels import is_working_day
from tour.settings import settings


def in_working_hours(at: datetime) -> bool:
    """Monday to Friday, public holidays left out, between the two hours of the settings."""
    local = at.astimezone(settings().tz)
    if not is_working_day(local.date()):
        return False
    return settings().send_from <= local.time() < settings().send_to
