"""A campaign with announced visits whose pair can be made absent, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from tests.factories import (
    bring,
    make_campaign,
    make_manager,
    make_pair,
    make_site,
    make_visit,
    travel_day,
)
from tour.people.models import Absence, Pair
from tour.planning.decide import Decision, Task, to_decide
from tour.planning.models import Campaign, Plan
from tour.planning.run import run
from tour.solver.problem import working_days
from tour.visits.models import Visit, VisitState

STARTS = (time(9, 30), time(10, 45), time(14, 30))


@dataclass
class Announced:
    """Two pairs; the first has three visits on each of two days. Two more sites have none."""

    campaign: Campaign
    pair: Pair
    other: Pair
    visits: list[Visit]

    @property
    def days(self) -> list[date]:
        return sorted({visit.day for visit in self.visits})

    async def make_absent(self) -> Absence:
        return await Absence.create(
            pair=self.pair, first_day=self.days[0], last_day=self.days[-1], reason="Congés"
        )

    async def computed(self) -> Plan:
        plan = await Plan.create(campaign=self.campaign)
        await run(plan.id, rounds=1)
        return await Plan.get(id=plan.id)


async def announced(state: VisitState = VisitState.INVITED) -> Announced:
    pair, other = await make_pair(name="Binôme Nice"), await make_pair(name="Binôme Menton")
    sites = [
        await make_site(manager=await make_manager(), lat=43.69, lon=7.2 + n / 500, kind="mds")
        for n in range(8)
    ]
    first = travel_day(7)
    campaign = await make_campaign(pairs=[pair, other], sites=sites, first_day=first, days=10)
    days = working_days(first, 2)
    visits = [
        await make_visit(
            campaign=campaign,
            site=site,
            pair=pair,
            day=days[n // 3],
            start=STARTS[n % 3],
            end=STARTS[n % 3].replace(hour=STARTS[n % 3].hour + 1),
        )
        for n, site in enumerate(sites[:6])
    ]
    await bring(visits, state)
    return Announced(campaign, pair, other, visits)


async def absent_tasks() -> list[Task]:
    return [task for task in await to_decide() if task.kind == Decision.ABSENT]
