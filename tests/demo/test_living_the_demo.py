from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from tour.corner.catalogue.models import Item
from tour.db import Document, FeedCounter, database
from tour.demo.live import AHEAD, live
from tour.demo.load import load
from tour.desk.models import Ticket
from tour.needs.models import Need, NeedState
from tour.people.models import Pair
from tour.planning.models import Campaign
from tour.settings import settings
from tour.visits.models import (
    Announcement,
    AnnouncementState,
    Reception,
    Visit,
    VisitEvent,
    VisitState,
)
from tour.visits.passages import PASSAGES

MONDAY = date(2027, 1, 11)
FRIDAY = date(2027, 1, 15)


async def demo_with_visits() -> Campaign:
    """Two visits a day for each pair, as an accepted plan would leave them."""
    campaign = await load(FRIDAY)
    sites = await campaign.sites.all().order_by("source_id")
    pairs = await Pair.all().order_by("ref")
    for number, site in enumerate(sites):
        days, turn = divmod(number, 8)
        day = MONDAY + timedelta(days=days % 5 + 7 * (days // 5))
        start = time(9 + 4 * (turn % 2), 30)
        await Visit.create(
            campaign_id=campaign.id,
            site=site,
            pair=pairs[turn // 2],
            day=day,
            start=start,
            end=start.replace(hour=start.hour + 1),
        )
    return campaign


async def test_it_works(db: str) -> None:
    campaign = await demo_with_visits()
    await live(campaign, FRIDAY)
    past = await Visit.filter(day__lt=FRIDAY)
    assert len(past) == 32
    assert {visit.state for visit in past} == {VisitState.DONE}
    ahead = Counter(visit.state for visit in await Visit.between(FRIDAY, FRIDAY + AHEAD))
    assert ahead[VisitState.DECLINED] == ahead[VisitState.OTHER_DATE] == 1
    assert ahead[VisitState.INVITED] > 5
    assert ahead[VisitState.CONFIRMED] > 20
    assert ahead[VisitState.PROPOSED] == 0
    far = await Visit.filter(day__gt=FRIDAY + AHEAD)
    assert {visit.state for visit in far} == {VisitState.PROPOSED}


async def test_sites_say_beforehand_how_they_receive_and_what_they_need(db: str) -> None:
    campaign = await demo_with_visits()
    await live(campaign, FRIDAY)
    receptions = await Reception.all().select_related("visit")
    assert len(receptions) > 5
    assert {reception.visit.state for reception in receptions} == {VisitState.CONFIRMED}
    assert {said.state for said in await Announcement.all()} == {
        AnnouncementState.KEPT,
        AnnouncementState.TO_READ,
    }
    refs = set(await Item.all().values_list("ref", flat=True))
    assert all(set(reception.items) <= refs for reception in receptions)


async def test_a_done_visit_has_hours_people_and_a_report(db: str) -> None:
    await live(await demo_with_visits(), FRIDAY)
    for visit in await Visit.filter(state=VisitState.DONE).select_related("site"):
        assert visit.arrived_at
        assert visit.left_at
        assert visit.arrived_at < visit.left_at < noon(FRIDAY)
        assert visit.met
        assert 1 <= visit.met <= visit.site.staff
        assert visit.report


async def test_needs_are_noted_during_the_visit_and_answer_real_items(db: str) -> None:
    await live(await demo_with_visits(), FRIDAY)
    needs = await Need.all().select_related("visit", "item", "recorded_by")
    assert 20 < len(needs) < 70
    assert {need.state for need in needs} == {
        NeedState.RECEIVED,
        NeedState.IN_PROGRESS,
        NeedState.DELIVERED,
    }
    for need in needs:
        assert need.visit.arrived_at < need.recorded_at < need.visit.left_at
        assert need.recorded_at < need.received_at < noon(FRIDAY)
        assert need.kind == need.item.kind
        assert need.site_id == need.visit.site_id
    assert max(Counter(need.visit_id for need in needs).values()) == 3
    assert max(Counter((need.visit_id, need.text) for need in needs).values()) == 1


async def test_every_need_stands_in_the_desk_s_inbox(db: str) -> None:
    await live(await demo_with_visits(), FRIDAY)
    tickets = await Ticket.all().order_by("reference").select_related("need")
    assert len(tickets) == await Need.all().count()
    assert tickets[0].reference == "T2027-00001"
    assert [ticket.opened_at for ticket in tickets] == sorted(
        ticket.need.received_at for ticket in tickets
    )
    for ticket in tickets:
        assert bool(ticket.treated_by) == (ticket.need.state != NeedState.RECEIVED)


async def test_every_passage_is_allowed_and_kept(db: str) -> None:
    await live(await demo_with_visits(), FRIDAY)
    for visit in await Visit.all().prefetch_related("events"):
        state = VisitState.PROPOSED
        for event in visit.events:
            assert event.before == state
            assert event.actor in PASSAGES[state, VisitState(event.after)]
            assert event.by
            assert event.at < noon(FRIDAY)
            assert event.at.astimezone(settings().tz).weekday() < 5
            state = VisitState(event.after)
        assert state == visit.state


async def test_today_and_tomorrow_are_settled(db: str) -> None:
    await live(await demo_with_visits(), date(2027, 1, 13))
    soon = await Visit.between(date(2027, 1, 13), date(2027, 1, 14))
    assert {visit.state for visit in soon} == {VisitState.CONFIRMED}


async def test_on_the_first_morning_nothing_is_done_yet(db: str) -> None:
    await live(await demo_with_visits(), MONDAY)
    assert not await Visit.filter(state=VisitState.DONE).exists()
    assert not await Need.all().exists()
    assert await Visit.filter(state=VisitState.CONFIRMED).exists()


async def test_tablets_hear_of_what_changed(db: str) -> None:
    campaign = await demo_with_visits()
    before = (await FeedCounter.get(id=1)).value
    await live(campaign, FRIDAY)
    told = await Document.filter(kind="visit", version__gt=before).values_list("doc_id", flat=True)
    changed = await Visit.exclude(state=VisitState.PROPOSED).values_list("id", flat=True)
    assert set(changed) <= set(told)
    assert await Document.filter(kind="need").count() == await Need.all().count()


async def test_a_second_call_changes_nothing(db: str) -> None:
    campaign = await demo_with_visits()
    await live(campaign, FRIDAY)
    before = await story()
    await live(campaign, FRIDAY)
    assert await story() == before


async def test_without_visits_nothing_happens(db: str) -> None:
    await live(await load(FRIDAY), FRIDAY)
    assert not await VisitEvent.all().exists()


@pytest.mark.parametrize("today", [FRIDAY, date(2027, 2, 3)])
async def test_the_same_day_tells_the_same_story(
    migrated: Path, tmp_path: Path, today: date
) -> None:
    told = []
    for name in ("one", "two"):
        path = shutil.copy(migrated, tmp_path / name)
        async with database(f"sqlite://{path}"):
            await live(await demo_with_visits(), today)
            told.append(await story())
    assert told[0] == told[1]


async def story() -> list[list[object]]:
    """All that was played, without the ids."""
    lines: list[list[object]] = []
    visits = (
        Visit.all().order_by("site__source_id").select_related("site").prefetch_related("events")
    )
    for visit in await visits:
        needs = Need.filter(visit_id=visit.id).order_by("id")
        needs = needs.select_related("item", "recorded_by").prefetch_related("ticket")
        lines.append(
            [
                visit.site.source_id,
                visit.state,
                visit.arrived_at,
                visit.left_at,
                visit.met,
                visit.report,
            ]
            + [(e.at, e.by, e.before, e.after, e.note) for e in visit.events]
            + [
                (n.item.ref, n.text, n.state, n.recorded_at, n.recorded_by.name, n.ticket.reference)
                for n in await needs
            ]
        )
    return lines


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=settings().tz)
