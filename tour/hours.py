"""Days and hours on the Département's clock: weekdays, public holidays, and when people may be written to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from holidays import country_holidays

from tour.errors import UserError
from tour.i18n import gettext as _
from tour.settings import settings

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def is_working_day(day: date) -> bool:
    """Monday to Friday, French public holidays left out."""
    return day.weekday() < 5 and not is_public_holiday(day)


def is_public_holiday(day: date) -> bool:
    return day in _public_holidays(day.year)


@lru_cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("FR", years=year))


def days_of_week(text: str) -> frozenset[int]:
    """Weekdays of « Mo-Fr » or « Mo,Tu,Th-Sa »; 0 is Monday. Raises UserError when unreadable."""
    found: set[int] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _dash, last = (name.strip().capitalize() for name in part.partition("-"))
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise UserError(
                _("Jours illisibles : « %(text)s ». Écrivez par exemple Mo-Fr.", text=text)
            )
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        found.update((start + n) % 7 for n in range((end - start) % 7 + 1))
    if not found:
        raise UserError(_("Jours illisibles : « %(text)s ». Écrivez par exemple Mo-Fr.", text=text))
    return frozenset(found)


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
