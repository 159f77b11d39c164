"""Visits still ahead whose pair does not travel that day: each waits for a decision, and no letter promises the pair."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from tour.db import local_now
from tour.people.absences import diaries_of
from tour.visits.models import Visit, VisitState


async def stranded(pair_id: UUID | None = None) -> dict[UUID, tuple[Visit, str]]:
    """All of them, or a pair's, each with why, by day and hour; they come with their site, manager and pair."""
    states = [state for state in VisitState if state.ahead]
    ahead = Visit.filter(state__in=states, day__gte=local_now().date())
    if pair_id is not None:
        ahead = ahead.filter(pair_id=pair_id)
    visits = {visit.id: visit for visit in await ahead.select_related("site__manager", "pair")}
    return {id_: (visits[id_], why) for id_, why in (await why_stranded(visits.values())).items()}


async def why_stranded(visits: Iterable[Visit]) -> dict[UUID, str]:
    """Of these visits those that are stranded, with why in words."""
    today = local_now().date()
    ahead = [visit for visit in visits if visit.state.ahead and visit.day >= today]
    diaries = await diaries_of(visit.pair_id for visit in ahead)
    whys = {visit.id: diaries[visit.pair_id].why_not(visit.day) for visit in ahead}
    return {id_: why for id_, why in whys.items() if why}


async def why_not_coming(visit: Visit) -> str:
    """Why the visit's pair will not come that day; nothing when it will."""
    return (await why_stranded([visit])).get(visit.id, "")
