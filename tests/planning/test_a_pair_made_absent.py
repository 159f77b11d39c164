"""A pair is made absent on days with visits: everybody who asks hears of it, and each visit waits for a decision."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.factories import bring
from tests.planning.absent import Announced, absent_tasks, announced
from tour.errors import UserError
from tour.people.models import Absence, Pair
from tour.planning.accept import accept
from tour.planning.alternatives import alternatives
from tour.planning.board import load_board, move
from tour.planning.copying import copy_of, follow
from tour.planning.decide import Decision, to_decide
from tour.planning.exports import as_gpx, as_ics
from tour.planning.models import Manner, Plan, PlannedVisit, PlanState
from tour.planning.replace import cancel, candidates
from tour.planning.roadmap import sheets_of
from tour.planning.run import run
from tour.sites.models import Site
from tour.visits import invite
from tour.visits.invite import Slot
from tour.visits.models import ProposedDate, Visit, VisitState

pytestmark = pytest.mark.usefixtures("db")


async def absence_page(planner: httpx.AsyncClient, tour: Announced) -> httpx.Response:
    sent = {"first_day": str(tour.days[0]), "last_day": str(tour.days[1]), "reason": "Congés"}
    return await planner.post(f"/pairs/{tour.pair.id}/absences", data=sent, follow_redirects=True)


async def test_saving_an_absence_shows_the_visits_it_touches_and_puts_each_into_to_decide(
    planner: httpx.AsyncClient,
) -> None:
    tour = await announced()
    assert await absent_tasks() == []
    page = await absence_page(planner, tour)
    inbox = (await planner.get("/inbox")).text
    assert "6 visites tombent un jour où ce binôme ne se déplace pas" in page.text
    for visit in await Visit.filter(pair_id=tour.pair.id).select_related("site"):
        assert f"/visits/{visit.id}" in page.text
        assert visit.site.name in page.text
        assert f"/visits/{visit.id}" in inbox
    assert page.text.count('<span class="state invited">') == 6
    assert {task.visit.id for task in await absent_tasks()} == {visit.id for visit in tour.visits}
    assert "Binôme absent ce jour-là" in inbox


async def test_an_absence_is_changed_on_its_page(planner: httpx.AsyncClient) -> None:
    tour = await announced()
    await absence_page(planner, tour)
    absence = await Absence.get()
    address = f"/pairs/{tour.pair.id}"
    shown = (await planner.get(f"{address}?absence={absence.id}")).text
    assert f'value="{tour.days[0]}"' in shown
    assert 'value="Congés"' in shown
    wrong = await planner.post(
        f"{address}/absences/{absence.id}",
        data={"first_day": str(tour.days[1]), "last_day": str(tour.days[0])},
    )
    assert (wrong.status_code, "vient après le premier" in wrong.text) == (422, True)
    await planner.post(
        f"{address}/absences/{absence.id}",
        data={"first_day": str(tour.days[0]), "last_day": str(tour.days[0]), "reason": "Grève"},
    )
    absence = await Absence.get()
    assert (absence.last_day, absence.reason) == (tour.days[0], "Grève")
    assert len(await absent_tasks()) == 3
    await planner.post(f"{address}/absences/{absence.id}/removal")
    assert await absent_tasks() == []
    gone = await planner.post(
        f"{address}/absences/{absence.id}",
        data={"first_day": str(tour.days[0]), "last_day": str(tour.days[0])},
    )
    assert (gone.status_code, "n’existe plus" in gone.text) == (404, True)


async def test_an_absence_of_another_pair_is_not_changed_by_this_one_s_page(
    planner: httpx.AsyncClient,
) -> None:
    tour = await announced()
    absence = await tour.make_absent()
    data = {"first_day": "2027-03-01", "last_day": "2027-03-01"}
    address = f"/pairs/{tour.other.id}/absences/{absence.id}"
    assert (await planner.post(address, data=data)).status_code == 404
    await planner.post(f"{address}/removal")
    assert (await Absence.get()).first_day == tour.days[0]


async def test_a_pair_that_no_longer_works_that_weekday_is_the_same(
    planner: httpx.AsyncClient,
) -> None:
    tour = await announced()
    weekday = tour.days[0].weekday()
    left = ",".join(code for n, code in enumerate(("Mo", "Tu", "We", "Th", "Fr")) if n != weekday)
    await Pair.filter(id=tour.pair.id).update(days=left)
    tasks = await absent_tasks()
    assert {task.visit.day for task in tasks} == {tour.days[0]}
    assert "ne travaille pas" in tasks[0].note


@pytest.mark.parametrize("way", ["moved", "another pair", "cancelled", "absence removed"])
async def test_a_visit_is_settled(way: str) -> None:
    tour = await announced()
    absence = await tour.make_absent()
    visit = await Visit.get(id=tour.visits[0].id).select_related("pair")
    if way == "cancelled":
        await cancel(visit, "Congés", by="Léa")
    elif way == "absence removed":
        await absence.delete()
    else:
        same_day = way == "another pair"
        found = [a for a in await alternatives(visit) if (a.slot.day == visit.day) == same_day]
        await invite.reschedule(visit.id, found[0].slot, by="Léa")
    assert visit.id not in {task.visit.id for task in await absent_tasks()}
    assert len(await absent_tasks()) == (0 if way == "absence removed" else 5)


async def test_other_dates_never_give_the_absent_pair_and_offer_another_one_that_day() -> None:
    tour = await announced(VisitState.CONFIRMED)
    await tour.make_absent()
    found = await alternatives(await Visit.get(id=tour.visits[0].id))
    assert tour.visits[0].day == found[0].slot.day
    assert all(a.pair.id == tour.other.id for a in found if a.slot.day in tour.days)


async def test_a_visit_is_not_given_a_day_that_its_pair_does_not_travel() -> None:
    tour = await announced()
    await tour.make_absent()
    visit = tour.visits[0]
    slot = Slot(tour.days[1], visit.start, visit.end, tour.pair.id)
    with pytest.raises(UserError, match="est absent"):
        await invite.reschedule(visit.id, slot, by="Léa")
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED


@pytest.mark.parametrize("state", [VisitState.INVITED, VisitState.CONFIRMED])
async def test_a_plan_that_keeps_announced_visits_with_the_absent_pair_is_refused_and_names_them(
    planner: httpx.AsyncClient, state: VisitState
) -> None:
    tour = await announced(state)
    await tour.make_absent()
    plan = await tour.computed()
    assert "est absent" in " ".join(plan.notes)
    address = f"/campaigns/{tour.campaign.id}/plans/{plan.id}"
    refused = await planner.post(f"{address}/acceptance")
    assert refused.status_code == 422
    assert "Binôme Nice est absent" in refused.text
    for visit in await Visit.filter(pair_id=tour.pair.id).select_related("site"):
        assert visit.site.name in refused.text
    assert (await Plan.get(id=plan.id)).state == PlanState.READY
    assert await Visit.filter(state=state).count() == 6


async def test_a_plan_made_before_the_absence_is_refused_too() -> None:
    tour = await announced(VisitState.PROPOSED)
    plan = await tour.computed()
    await Absence.create(
        pair=tour.pair, first_day=tour.days[0], last_day=tour.days[0] + timedelta(days=30)
    )
    assert await PlannedVisit.exists(plan_id=plan.id, pair_id=tour.pair.id)
    with pytest.raises(UserError, match="Binôme Nice est absent"):
        await accept(plan.id, by="Léa")


async def test_a_site_that_left_the_campaign_meanwhile_is_no_way_around() -> None:
    """It is no part of the problem any more, but the plan would still make its visit."""
    tour = await announced(VisitState.PROPOSED)
    plan = await Plan.create(campaign=tour.campaign, state=PlanState.READY)
    site = tour.visits[0].site_id
    await PlannedVisit.create(
        plan=plan,
        site_id=site,
        pair=tour.pair,
        day=tour.days[0],
        start=tour.visits[0].start,
        end=tour.visits[0].end,
    )
    await Site.filter(id=site).update(active=False)
    await tour.make_absent()
    with pytest.raises(UserError, match="est absent"):
        await accept(plan.id, by="Léa")


@pytest.mark.parametrize("manner", list(Manner))
async def test_what_nobody_was_told_of_moves_with_a_new_plan(manner: Manner) -> None:
    tour = await announced(VisitState.PROPOSED)
    first = await Plan.create(campaign=tour.campaign, state=PlanState.ACCEPTED)
    await tour.make_absent()
    assert len(await absent_tasks()) == 6
    plan = await follow(first, manner, seconds=5, by_id=None)
    await run(plan.id, rounds=1)
    await accept(plan.id, by="Léa")
    assert await absent_tasks() == []
    assert await Visit.filter(pair_id=tour.pair.id, day__in=tour.days).count() == 0
    assert await Visit.filter(state=VisitState.PROPOSED).count() == 8


async def test_the_board_says_so_of_the_day_before_and_after_a_drop(
    planner: httpx.AsyncClient,
) -> None:
    tour = await announced(VisitState.PROPOSED)
    accepted = await Plan.create(campaign=tour.campaign, state=PlanState.ACCEPTED)
    await tour.make_absent()
    copy = await copy_of(accepted, by_id=None)
    where = str(tour.pair.id), tour.days[0]
    assert "Binôme Nice est absent ce jour-là" in [
        b.text for b in (await load_board(copy)).broken()[where]
    ]
    for visit in tour.visits:
        await move(copy, str(visit.site_id), None, None, by="Léa")
    address = f"/campaigns/{tour.campaign.id}/plans/{copy.id}"
    assert (await planner.get(address)).text.count("absent ce jour-là") == 2
    board = await move(copy, str(tour.visits[0].site_id), where, None, by="Léa")
    assert [b.text for b in board.broken()[where]] == ["Binôme Nice est absent ce jour-là"]
    with pytest.raises(UserError, match="Binôme Nice est absent"):
        await accept(copy.id, by="Léa")


async def test_who_could_be_visited_instead_is_nobody_when_the_pair_is_away(
    planner: httpx.AsyncClient,
) -> None:
    tour = await announced()
    visit = tour.visits[0]
    await cancel(visit, "Fermé", by="Léa")
    assert await candidates(visit)
    await tour.make_absent()
    assert await candidates(visit) == []
    page = await planner.get(f"/visits/{visit.id}/replacements")
    assert "Binôme Nice est absent" in page.text
    free = await Site.exclude(id__in=[v.site_id for v in tour.visits]).values_list("id", flat=True)
    answer = await planner.post(f"/visits/{visit.id}/replacements", data={"site": str(free[0])})
    assert answer.status_code == 422


async def test_roadmaps_and_files_of_the_day_say_that_nobody_leaves(
    planner: httpx.AsyncClient,
) -> None:
    tour = await announced(VisitState.CONFIRMED)
    address = f"/campaigns/{tour.campaign.id}/roadmaps?pair={tour.pair.id}"
    assert "Binôme absent" not in (await planner.get(address)).text
    await tour.make_absent()
    text = (await planner.get(address)).text
    assert text.count("Binôme absent : personne ne part ce jour-là.") == 2
    assert "de route</p>" not in text
    assert "de route, arrivée" not in text
    sheets = await sheets_of(tour.campaign, pair=tour.pair.id)
    assert b"VEVENT" not in as_ics(sheets, tour.pair.name)
    assert b"<rte>" not in as_gpx(sheets, "x")
    await bring(tour.visits, VisitState.DONE)
    assert "Binôme absent" not in (await planner.get(address)).text  # it has come after all


async def test_the_visit_s_page_and_the_list_say_so(planner: httpx.AsyncClient) -> None:
    tour = await announced()
    await tour.make_absent()
    page = await planner.get(f"/visits/{tour.visits[0].id}")
    assert "Binôme Nice est absent" in page.text
    assert (await planner.get("/visits")).text.count("Binôme Nice est absent") == 6


# What a manager asks for


async def asked_for_another_date() -> tuple[Announced, Visit]:
    tour = await announced(VisitState.INVITED)
    visit = tour.visits[0]
    wish = Slot(tour.days[1] + timedelta(days=7))
    await invite.answer(visit.id, VisitState.OTHER_DATE, name="Mme Roux", proposed=[wish])
    return tour, visit


async def test_a_request_for_another_date_survives_an_acceptance() -> None:
    tour, visit = await asked_for_another_date()
    plan = await tour.computed()
    assert await PlannedVisit.exists(plan_id=plan.id, site_id=visit.site_id)
    assert "demande une autre date" in " ".join(plan.notes)
    await accept(plan.id, by="Léa")
    stands = await Visit.get(id=visit.id)
    assert (stands.state, stands.day) == (VisitState.OTHER_DATE, visit.day)
    assert await ProposedDate.filter(visit_id=visit.id).count() == 1
    (task,) = [t for t in await to_decide() if t.kind == Decision.OTHER_DATE]
    assert task.visit.id == visit.id
    assert [w.by for w in task.proposed] == ["Mme Roux"]
    assert task.dates
    assert task.dates[0].proposed_by == "Mme Roux"


async def test_the_drives_of_that_day_are_those_without_the_visit_that_waits() -> None:
    tour, visit = await asked_for_another_date()
    plan = await Plan.create(campaign=tour.campaign, state=PlanState.READY)
    others = [v for v in tour.visits if v.day == tour.days[1]][:2]
    for v in (visit, *others):
        await PlannedVisit.create(
            plan=plan,
            site_id=v.site_id,
            pair=tour.pair,
            day=tour.days[1],
            start=v.start,
            end=v.end,
            drive_before_min=99,
            drive_after_min=99,
        )
    last = tour.visits[5]
    await PlannedVisit.create(
        plan=plan,
        site_id=last.site_id,
        pair=tour.pair,
        day=last.day,
        start=last.start,
        end=last.end,
    )
    await PlannedVisit.filter(plan_id=plan.id, site_id=visit.site_id).update(
        start=others[0].start.replace(hour=12, minute=0),
        end=others[0].end.replace(hour=13, minute=0),
    )
    await accept(plan.id, by="Léa")
    drives = [
        (v.drive_before_min, v.drive_after_min)
        for v in await Visit.filter(day=tour.days[1]).order_by("start")
    ]
    assert all(before < 99 and after < 99 for before, after in drives)


async def test_the_same_request_is_not_put_back_on_the_refused_day_by_hand(
    planner: httpx.AsyncClient,
) -> None:
    tour, visit = await asked_for_another_date()
    accepted = await Plan.create(campaign=tour.campaign, state=PlanState.ACCEPTED)
    board = await load_board(await copy_of(accepted, by_id=None))
    assert str(visit.site_id) in board.tray
    await accept(board.plan.id, by="Léa")
    assert (await Visit.get(id=visit.id)).state == VisitState.OTHER_DATE
