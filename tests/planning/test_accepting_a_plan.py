from __future__ import annotations

from datetime import date, time

import pytest

from tests.factories import make_campaign, make_pair, make_site, make_visit
from tour.db import Document
from tour.errors import UserError
from tour.people.models import Pair
from tour.planning.accept import accept
from tour.planning.models import Campaign, Plan, PlannedVisit, PlanState
from tour.planning.options import Options
from tour.planning.prepare import prepare, visits_asked
from tour.sites.models import Site
from tour.visits.models import Visit, VisitEvent, VisitState

pytestmark = pytest.mark.usefixtures("db")
MONDAY = date(2027, 1, 11)


async def ready_plan(
    campaign: Campaign, pair: Pair, *sites: Site, start: time = time(10, 0)
) -> Plan:
    plan = await Plan.create(campaign=campaign, state=PlanState.READY)
    for site in sites:
        await PlannedVisit.create(
            plan=plan, site=site, pair=pair, day=MONDAY, start=start, end=time(start.hour + 1, 0)
        )
    return plan


async def test_it_works() -> None:
    pair, site = await make_pair(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    plan = await ready_plan(campaign, pair, site)
    assert await accept(plan.id, by="Léa") == 1

    visit = await Visit.get(site_id=site.id)
    assert (visit.state, visit.day, visit.start) == (VisitState.PROPOSED, MONDAY, time(10, 0))
    assert (await VisitEvent.get(visit_id=visit.id)).by == "Léa"
    assert await Document.exists(kind="visit", doc_id=visit.id)
    assert (await Plan.get(id=plan.id)).state == PlanState.ACCEPTED


async def test_a_plan_is_accepted_once() -> None:
    pair, site = await make_pair(), await make_site()
    plan = await ready_plan(await make_campaign(pairs=[pair], sites=[site]), pair, site)
    await accept(plan.id, by="Léa")
    with pytest.raises(UserError, match="déjà accepté"):
        await accept(plan.id, by="Léa")
    assert await Visit.all().count() == 1


async def test_a_proposed_visit_moves_and_says_so() -> None:
    pair, site = await make_pair(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    await accept((await ready_plan(campaign, pair, site)).id, by="Léa")
    await accept((await ready_plan(campaign, pair, site, start=time(14, 0))).id, by="Léa")
    visit = await Visit.get(site_id=site.id)
    assert (visit.start, visit.sequence) == (time(14, 0), 1)
    notes = await VisitEvent.filter(visit_id=visit.id).values_list("note", flat=True)
    assert "11/01 10:00 → 11/01 14:00" in notes


@pytest.mark.parametrize("state", [VisitState.INVITED, VisitState.CONFIRMED, VisitState.DONE])
async def test_what_managers_know_of_stays(state: VisitState) -> None:
    pair, site = await make_pair(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    visit = await make_visit(
        campaign=campaign, site=site, pair=pair, state=state, day=MONDAY, start=time(10, 0)
    )
    assert await accept((await ready_plan(campaign, pair, site)).id, by="Léa") == 0
    assert await Visit.filter(id=visit.id, state=state, start=time(10, 0)).exists()


async def test_a_plan_that_has_become_untrue_is_not_accepted() -> None:
    """Invited since, at another hour: accepting would leave two visits at once."""
    pair, site, other = await make_pair(), await make_site(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site, other])
    plan = await ready_plan(campaign, pair, site, other)
    await make_visit(
        campaign=campaign,
        site=site,
        pair=pair,
        state=VisitState.INVITED,
        day=MONDAY,
        start=time(14, 0),
    )
    with pytest.raises(UserError, match="1 visite a été fixée à une autre heure"):
        await accept(plan.id, by="Léa")
    assert (await Plan.get(id=plan.id)).state == PlanState.READY
    assert await Visit.all().count() == 1


async def test_a_declined_visit_is_proposed_again_elsewhere() -> None:
    pair, site = await make_pair(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    visit = await make_visit(campaign=campaign, site=site, pair=pair, state=VisitState.DECLINED)
    await accept((await ready_plan(campaign, pair, site)).id, by="Léa")
    visit = await Visit.get(id=visit.id)
    assert (visit.state, visit.day) == (VisitState.PROPOSED, MONDAY)


async def test_a_site_left_out_loses_its_proposed_visit_only() -> None:
    pair, proposed, invited = await make_pair(), await make_site(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[proposed, invited])
    await make_visit(campaign=campaign, site=proposed, pair=pair)
    await make_visit(campaign=campaign, site=invited, pair=pair, state=VisitState.INVITED)
    await accept((await ready_plan(campaign, pair)).id, by="Léa")
    assert (await Visit.get(site_id=proposed.id)).state == VisitState.CANCELLED
    assert (await Visit.get(site_id=invited.id)).state == VisitState.INVITED


async def test_an_announced_visit_that_the_plan_leaves_out_keeps_its_hour() -> None:
    pair, site, other = await make_pair(), await make_site(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site, other])
    await make_visit(
        campaign=campaign, site=site, pair=pair, part=2, day=MONDAY, state=VisitState.CONFIRMED
    )
    at_the_same_time = await ready_plan(campaign, pair, other)
    with pytest.raises(UserError, match="calculez de nouveau"):
        await accept(at_the_same_time.id, by="Léa")
    later = await ready_plan(campaign, pair, other, start=time(14, 0))
    assert await accept(later.id, by="Léa") == 1


async def test_an_announced_part_stands_in_a_plan_that_splits_nothing() -> None:
    pair, site = await make_pair(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    second = await make_visit(
        campaign=campaign, site=site, pair=pair, part=2, day=MONDAY, state=VisitState.CONFIRMED
    )
    specs = {spec.id: spec for spec in (await prepare(campaign)).problem.sites}
    assert specs[str(second.key)].pin
    assert specs[str(second.key)].visit_min == 60
    assert await visits_asked(campaign, Options()) == len(specs)
