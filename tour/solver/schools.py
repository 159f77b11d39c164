"""School holidays: a collège is closed then. Zone B (académie de Nice), Ministry of Education's calendar."""

from __future__ import annotations

from datetime import date
from functools import cache

from vacances_scolaires_france import SchoolHolidayDates, UnsupportedYearException

from tour.i18n import gettext as _

ZONE = "B"
SCHOOL_KINDS = frozenset({"college", "ecole"})


def school_holidays(days: list[date]) -> tuple[frozenset[date], list[str]]:
    """Which of these days are in the holidays; and a sentence when some are beyond the calendar that is known."""
    known, closed, unknown = calendar(), set(), []
    last_known = max(known.data)
    for day in days:
        try:
            if day > last_known:
                raise UnsupportedYearException
            if known.is_holiday_for_zone(day, ZONE):
                closed.add(day)
        except UnsupportedYearException:
            unknown.append(day)
    notes = []
    if unknown:
        notes.append(
            _(
                "Les vacances scolaires ne sont pas connues après le %(last)s : les collèges sont tenus pour ouverts du %(day)s à la fin.",
                last=f"{last_known:%d/%m/%Y}",
                day=f"{unknown[0]:%d/%m/%Y}",
            )
        )
    return frozenset(closed), notes


@cache
def calendar() -> SchoolHolidayDates:
    return SchoolHolidayDates()
