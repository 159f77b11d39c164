"""A visit falls through in the morning: who could be visited instead, and who to call."""

from __future__ import annotations

from datetime import date, time, timedelta

import httpx
import pytest

from tests.factories import bring, make_campaign, make_manager, make_pair, make_site, make_visit
from tour.db import local_now
from tour.errors import UserError
from tour.people.models import Pair
from tour.planning.models import Campaign, Plan, PlanState
from tour.planning.prepare import minute_of
from tour.planning.replace import MOST, cancel, candidates, take_over
from tour.solver.problem import working_days
from tour.visits.models import Visit, VisitEvent, VisitState

pytestmark = pytest.mark.usefixtures("db")
MONDAY, TUESDAY = date(2027, 1, 11), date(2027, 1, 12)


async def fallen(*, near: int = 2, day: date = MONDAY) -> Visit:
    """A cancelled visit at 9:30, another that stays at 14:00, and sites ever farther that are free."""
    pair = await make_pair()
    gone, stays = await make_site(lat=43.71, lon=7.25), await make_site(lat=43.71, lon=7.26)
    free = [
        await make_site(
            lat=43.72 + n / 30, lon=7.25, manager=await make_manager(phone="0493000000")
        )
        for n in range(near)
    ]
    campaign = await make_campaign(pairs=[pair], sites=[gone, stays, *free], first_day=day, days=5)
    await make_visit(
        campaign=campaign,
        site=stays,
        pair=pair,
        day=day,
        start=time(14),
        end=time(15),
        state=VisitState.CONFIRMED,
    )
    return await make_visit(
        campaign=campaign, site=gone, pair=pair, day=day, state=VisitState.CANCELLED
    )


async def test_it_works() -> None:
    visit = await fallen()
    found = await candidates(visit)
    assert [c.extra_min for c in found] == sorted(c.extra_min for c in found)
    assert len(found) == 2
    assert found[0].site.manager
    assert found[0].site.manager.phone == "0493000000"


async def test_at_most_five_and_the_nearest() -> None:
    visit = await fallen(near=8)
    found = await candidates(visit)
    assert len(found) == MOST
    assert max(c.site.lat or 0 for c in found) < 43.72 + 5 / 30


async def test_a_site_its_manager_expects_another_day_is_not_proposed() -> None:
    visit = await fallen()
    site = (await candidates(visit))[0].site
    await make_visit(
        campaign=await visit.campaign,
        site=site,
        pair=await visit.pair,
        day=TUESDAY,
        state=VisitState.INVITED,
    )
    assert site.id not in [c.site.id for c in await candidates(visit)]


async def test_one_that_nobody_was_told_of_moves_and_its_history_says_so() -> None:
    visit = await fallen()
    site = (await candidates(visit))[0].site
    later = await make_visit(
        campaign=await visit.campaign, site=site, pair=await visit.pair, day=TUESDAY
    )
    assert next(c for c in await candidates(visit) if c.site.id == site.id).planned is not None
    taken = await take_over(visit, site.id, by="Léa")
    assert (taken.id, taken.day, taken.state) == (later.id, MONDAY, VisitState.PROPOSED)
    assert "12/01" in (await VisitEvent.filter(visit_id=later.id).order_by("-at").first()).note  # type: ignore[union-attr]


async def test_one_without_a_visit_gets_one_that_leaves_the_agreed_one_in_peace() -> None:
    visit = await fallen()
    site = (await candidates(visit))[0].site
    taken = await take_over(visit, site.id, by="Léa")
    other = await Visit.get(campaign_id=visit.campaign_id, state=VisitState.CONFIRMED)
    assert taken.end <= other.start or taken.start >= other.end
    with pytest.raises(UserError, match="ne tient plus"):
        await take_over(visit, site.id, by="Léa")


async def test_late_in_the_day_nothing_fits() -> None:
    visit = await fallen()
    assert await candidates(visit, now_min=16 * 60 + 30) == []


async def test_cancelling_keeps_why() -> None:
    visit = await fallen()
    await bring([visit], VisitState.CONFIRMED)
    visit = await Visit.get(id=visit.id)
    await cancel(visit, "Inondation", by="Léa")
    event = await VisitEvent.get(visit_id=visit.id, after=VisitState.CANCELLED)
    assert (event.note, event.by) == ("Inondation", "Léa")


async def test_the_page_cancels_then_proposes_and_places(planner: httpx.AsyncClient) -> None:
    day = working_days(local_now().date() + timedelta(days=1), 1)[0]
    visit = await fallen(day=day)
    await bring([visit], VisitState.CONFIRMED)
    address = f"/visits/{visit.id}"
    asked = await planner.post(f"{address}/cancellation", data={"reason": " "})
    assert (asked.status_code, "Dites pourquoi" in asked.text) == (422, True)
    assert (
        await planner.post(f"{address}/cancellation", data={"reason": "Grève"})
    ).status_code == 303
    shown = (await planner.get(f"{address}/replacements")).text
    site = (await candidates(await Visit.get(id=visit.id)))[0].site
    assert site.name in shown
    assert "tel:0493000000" in shown
    wrong = await planner.post(f"{address}/replacements", data={"site": "nobody"})
    assert wrong.status_code == 422
    assert (
        await planner.post(f"{address}/replacements", data={"site": str(site.id)})
    ).status_code == 303
    assert await Visit.filter(site_id=site.id, day=day, state=VisitState.PROPOSED).exists()


async def test_half_of_a_split_visit_keeps_its_place_and_its_length() -> None:
    visit = await fallen(near=1)
    site = (await candidates(visit))[0].site
    campaign = await Campaign.get(id=visit.campaign_id)
    parts = {str(site.id): [30, 40]}
    await Plan.create(campaign=campaign, state=PlanState.ACCEPTED, options={"parts": parts})
    second = await make_visit(
        campaign=campaign,
        site=site,
        pair=await Pair.get(id=visit.pair_id),
        part=2,
        day=MONDAY,
        start=time(9, 30),
        end=time(10, 10),
        state=VisitState.CONFIRMED,
    )
    taken = await take_over(visit, site.id, by="Léa")
    assert taken.part == 1
    assert minute_of(taken.end) - minute_of(taken.start) == 30
    assert taken.start >= second.end or taken.end <= second.start
