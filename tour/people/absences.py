"""The diaries of pairs, as their absences and working days stand in the database."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from tour.hours import days_of_week
from tour.people.models import Absence, Pair
from tour.people.travels import Diary, Span


async def diaries_of(pairs: Iterable[UUID]) -> dict[UUID, Diary]:
    """When each of these pairs travels."""
    wanted = list(set(pairs))
    if not wanted:
        return {}
    away: dict[UUID, list[Span]] = {pair_id: [] for pair_id in wanted}
    for absence in await Absence.filter(pair_id__in=wanted).order_by("first_day"):
        away[absence.pair_id].append(Span(absence.first_day, absence.last_day))
    return {
        pair.id: Diary(pair.name, days_of_week(pair.days), tuple(away[pair.id]))
        for pair in await Pair.filter(id__in=wanted).only("id", "name", "days")
    }
