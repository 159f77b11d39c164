"""« Does this pair travel that day? », answered here and nowhere else.

The solver, the board, acceptance, roadmaps, replacements, other dates, calendars and letters all ask this. Plain
values: absences are read from the database in absences.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from tour.hours import is_public_holiday
from tour.i18n import gettext as _
from tour.wording import short_day


class Away(Protocol):
    """The days of an absence, wherever they are kept."""

    def __contains__(self, day: date, /) -> bool: ...


def travels(day: date, weekdays: frozenset[int], away: Away) -> bool:
    """Whether a pair travels on a day: a weekday on which it works (0 is Monday), no public holiday, not away."""
    return day.weekday() in weekdays and not is_public_holiday(day) and day not in away


@dataclass(frozen=True)
class Span:
    """Days of absence, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def between(self, first: date, last: date) -> Iterator[date]:
        """Its days that fall between two others, however long it is."""
        day = max(self.first, first)
        while day <= min(self.last, last):
            yield day
            day += timedelta(days=1)


@dataclass(frozen=True)
class Diary:
    """When a pair travels."""

    name: str
    weekdays: frozenset[int]
    away: tuple[Span, ...] = ()

    def __contains__(self, day: date) -> bool:
        """Whether the pair is away that day."""
        return any(day in span for span in self.away)

    def travels(self, day: date) -> bool:
        return travels(day, self.weekdays, self)

    def why_not(self, day: date) -> str:
        """Why the pair does not travel that day, in words; nothing when it does."""
        if self.travels(day):
            return ""
        told = {"pair": self.name, "day": short_day(day)}
        if day in self:
            return _("%(pair)s est absent le %(day)s", **told)
        if is_public_holiday(day):
            return _("%(pair)s ne se déplace pas le %(day)s, jour férié", **told)
        return _("%(pair)s ne travaille pas le %(day)s", **told)
