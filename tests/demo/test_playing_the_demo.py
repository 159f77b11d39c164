from __future__ import annotations

from datetime import date

from tour.demo.play import play
from tour.needs.models import Need
from tour.planning.models import Plan
from tour.visits.models import Visit, VisitEvent, VisitState

THURSDAY = date(2027, 1, 14)


async def test_it_works_and_playing_again_changes_nothing(db: str) -> None:
    await play(THURSDAY)
    plan = await Plan.get()
    assert plan.totals["served"] == await Visit.all().count() == 200
    assert plan.unserved == []
    done = await Visit.filter(state=VisitState.DONE).count()
    assert done == await Visit.filter(day__lt=THURSDAY).count() > 20

    before = await counts()
    await play(THURSDAY)
    assert await counts() == before


async def counts() -> list[int]:
    return [await model.all().count() for model in (Plan, Visit, VisitEvent, Need)]
