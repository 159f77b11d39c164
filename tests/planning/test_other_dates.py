"""Dates for one visit that the plan could take: shown to its manager, given by the planner in one click."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.factories import (
    make_campaign,
    make_manager,
    make_pair,
    make_site,
    make_visit,
    travel_day,
)
from tour.db import local_now, now
from tour.i18n import typeset
from tour.people.models import Pair
from tour.planning.alternatives import NOTICE, alternatives
from tour.planning.decide import Decision, to_decide
from tour.planning.models import Plan, PlanState
from tour.post import outbox
from tour.post.models import Receipt
from tour.sites.models import Site
from tour.solver.problem import working_days
from tour.visits import invite
from tour.visits.invite import Slot
from tour.visits.links import make_link
from tour.visits.models import Announcement, ProposedDate, Visit, VisitEvent, VisitState

pytestmark = pytest.mark.usefixtures("db")


async def campaign_with(state: VisitState = VisitState.INVITED, sites: int = 4) -> list[Visit]:
    """Visits at nine of one pair, one a day, from the third working day on."""
    pair = await make_pair()
    places = [await make_site(manager=await make_manager()) for _ in range(sites)]
    first = local_now().date() + timedelta(days=1)
    campaign = await make_campaign(pairs=[pair], sites=places, first_day=first, days=10)
    days = working_days(first, 10)
    return [
        await make_visit(campaign=campaign, site=site, pair=pair, day=days[2 + n], state=state)
        for n, site in enumerate(places)
    ]


async def test_they_are_dates_the_plan_can_take_the_least_drive_first() -> None:
    visit = (await campaign_with())[0]
    found = await alternatives(visit)
    assert found
    assert [a.extra_min for a in found] == sorted(a.extra_min for a in found)
    assert visit.day not in {a.slot.day for a in found}
    assert all(a.slot.day >= local_now().date() + NOTICE for a in found)
    assert len({a.slot.day for a in found}) == len(found)


async def test_a_full_day_or_a_closed_site_is_not_proposed() -> None:
    visits = await campaign_with(sites=2)
    visit = await Visit.get(id=visits[0].id).select_related("site", "pair")
    await visit.site.update_from_dict({"opening_hours": "Tu 09:00-17:00"}).save()
    found = await alternatives(visit)
    assert {a.slot.day.weekday() for a in found} <= {1}
    await visit.pair.update_from_dict({"max_visits": 1}).save()
    assert visits[1].day not in {a.slot.day for a in await alternatives(visit)}


async def test_the_manager_chooses_from_them(client: httpx.AsyncClient) -> None:
    visit = (await campaign_with())[0]
    await client.get((await make_link(visit)).removeprefix("http://localhost:8000"))
    page = await client.get(f"/v/visits/{visit.id}/dates")
    found = await alternatives(visit)
    assert [page.text.index(a.value) for a in found] == sorted(
        page.text.index(a.value) for a in found
    )
    assert " checked" not in page.text
    four = [a.value for a in found[:4]]
    data = {"dates": four, "name": "Mme Roux"}
    too_many = await client.post(f"/v/visits/{visit.id}/dates", data=data)
    assert "Trois dates au plus." in too_many.text
    data["dates"] = four[:2]
    assert (await client.post(f"/v/visits/{visit.id}/dates", data=data)).status_code == 303
    wishes = await ProposedDate.filter(visit_id=visit.id)
    assert [(w.day, w.start, w.pair_id) for w in wishes] == [
        (a.slot.day, a.slot.start, a.slot.pair_id) for a in found[:2]
    ]


async def test_a_date_that_was_asked_for_is_confirmed_in_one_click(
    planner: httpx.AsyncClient,
) -> None:
    visit = (await campaign_with())[0]
    wish = (await alternatives(visit))[1]
    await invite.answer(visit.id, VisitState.OTHER_DATE, name="Mme Roux", proposed=[wish.slot])
    (task,) = [t for t in await to_decide() if t.kind == Decision.OTHER_DATE]
    assert task.dates
    assert task.dates[0].value == wish.value  # first, although another drives less
    assert task.dates[0].proposed_by == "Mme Roux"
    page = await planner.get("/inbox")
    assert wish.value in page.text
    done = await planner.post(
        f"/visits/{visit.id}/date", data={"date": wish.value, "back": "inbox"}
    )
    assert done.headers["location"] == "/inbox"
    moved = await Visit.get(id=visit.id)
    assert (moved.state, moved.day, moved.start) == ("confirmed", wish.slot.day, wish.slot.start)
    assert moved.sequence == 1
    after = [e.after for e in await VisitEvent.filter(visit_id=visit.id).order_by("id")]
    assert after == ["other_date", "proposed", "proposed", "invited", "confirmed"]
    assert await ProposedDate.filter(visit_id=visit.id).count() == 0
    await outbox.deliver_due()
    assert [r.event for r in await Receipt.filter(visit_id=visit.id)] == ["moved"]
    assert [t.kind for t in await to_decide() if t.visit.id == visit.id] == []


async def test_another_date_waits_for_the_manager_s_answer(planner: httpx.AsyncClient) -> None:
    visit = (await campaign_with())[0]
    await invite.answer(visit.id, VisitState.DECLINED, name="Mme Roux", note="Travaux")
    found = (await alternatives(await Visit.get(id=visit.id)))[0]
    await planner.post(f"/visits/{visit.id}/date", data={"date": found.value})
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED


async def test_a_date_taken_meanwhile_is_refused_with_others(planner: httpx.AsyncClient) -> None:
    visit = (await campaign_with())[0]
    gone = f"{visit.pair_id}.{visit.day}.0900"
    answer = await planner.post(f"/visits/{visit.id}/date", data={"date": gone})
    assert answer.status_code == 422
    assert "en voici d’autres" in answer.text
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED


async def test_what_was_said_by_telephone_is_written_down(planner: httpx.AsyncClient) -> None:
    visit = (await campaign_with())[0]
    await planner.post(
        f"/visits/{visit.id}/answer", data={"answer": "confirmed", "note": "Mme Roux"}
    )
    event = await VisitEvent.get(visit_id=visit.id)
    assert (event.after, event.actor, event.note) == (
        "confirmed",
        "planner",
        typeset("au téléphone : Mme Roux"),
    )


async def test_what_waits_is_in_order_and_goes_when_it_is_done(planner: httpx.AsyncClient) -> None:
    visits = await campaign_with()
    later = await make_visit(state=VisitState.INVITED, day=local_now().date() + timedelta(days=40))
    await invite.answer(visits[2].id, VisitState.DECLINED, name="Mme Roux", note="Travaux")
    await Announcement.create(visit_id=visits[1].id, text="un écran")
    past = await make_visit(state=VisitState.CONFIRMED, day=local_now().date() - timedelta(days=1))
    wishes = [Slot(local_now().date() + timedelta(days=50))]
    await invite.answer(later.id, VisitState.OTHER_DATE, name="M. Blanc", proposed=wishes)
    tasks = await to_decide()
    kinds = [task.kind for task in tasks]
    assert kinds[0] == Decision.PAST
    assert kinds[-1] == Decision.OTHER_DATE
    assert {Decision.DECLINED, Decision.ANNOUNCED} <= set(kinds)
    assert [t.by for t in tasks] == sorted(t.by for t in tasks)
    page = await planner.get("/inbox")
    for visit in (past, later, visits[1], visits[2]):
        assert f"/visits/{visit.id}" in page.text


async def test_nothing_waits_says_so(planner: httpx.AsyncClient) -> None:
    assert "Rien n’attend" in (await planner.get("/inbox")).text


async def test_two_hundred_answers_are_still_one_page(planner: httpx.AsyncClient) -> None:
    pair, manager = await make_pair(), await make_manager()
    for _ in range(200):
        await make_visit(
            pair=pair, site=await make_site(manager=manager), state=VisitState.DECLINED
        )
    page = await planner.get("/inbox")
    assert page.text.count('class="task"') == 200


async def split(visit: Visit) -> Visit:
    """The second half of a visit that the accepted plan splits: its manager knows of it, at nine three days later."""
    parts = {str(visit.site_id): [30, 30]}
    await Plan.create(
        campaign_id=visit.campaign_id,
        state=PlanState.ACCEPTED,
        options={"parts": parts},
        accepted_at=now(),
    )
    return await make_visit(
        campaign_id=visit.campaign_id,
        site=await Site.get(id=visit.site_id),
        pair=await Pair.get(id=visit.pair_id),
        part=2,
        day=travel_day((visit.day - local_now().date()).days + 7),
        state=VisitState.CONFIRMED,
    )


async def test_half_of_a_split_visit_may_take_them_too() -> None:
    second = await split((await campaign_with())[0])
    assert await alternatives(second)


async def test_half_of_a_split_visit_stands_in_the_way_of_others() -> None:
    first, other, *_more = await campaign_with()
    second = await split(first)
    await Pair.all().update(max_visits=1)
    found = await alternatives(other)
    assert found
    assert second.day not in {a.slot.day for a in found}
