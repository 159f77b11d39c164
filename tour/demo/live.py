"""Plays the demo's near past and near future, so that every page has something to show."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from tour.corner.catalogue.models import Item
from tour.db import take_numbers, transaction
from tour.demo.files import read_json
from tour.desk.models import Ticket
from tour.desk.tickets import reference_of, series_of
from tour.needs.models import Need, NeedState, Urgency
from tour.people.models import Agent, Role
from tour.planning.models import Campaign
from tour.settings import settings
from tour.visits.models import (
    Actor,
    Announcement,
    AnnouncementState,
    Reception,
    Visit,
    VisitEvent,
    VisitState,
)

SEED = "tour"
AHEAD = timedelta(days=10)  # visits further away are still only proposed
INVITED_BEFORE = timedelta(days=12)
WHO = {
    VisitState.INVITED: Actor.PLANNER,
    VisitState.CONFIRMED: Actor.MANAGER,
    VisitState.OTHER_DATE: Actor.MANAGER,
    VisitState.DECLINED: Actor.MANAGER,
    VisitState.UNDER_WAY: Actor.TOURER,
    VisitState.DONE: Actor.TOURER,
}


@dataclass
class Play:
    """What the demo writes, gathered so that it goes to the database in a few statements."""

    planner: str
    desk: list[str]
    items: dict[str, Item]
    stories: dict[str, Any]
    deck: list[dict[str, Any]]
    events: list[VisitEvent] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    receptions: list[Reception] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)


async def live(campaign: Campaign, today: date) -> None:
    """Gives the campaign's proposed visits the life they would have had by the morning of ``today``.

    Visits before today are done, with their report and their needs; those of the next ten days are
    invited or confirmed, but one is declined and one asks for another date; the rest stay proposed.
    The same visits and the same day give the same result. Visits already under way in their life are
    left alone, so a second call changes nothing.
    """
    async with transaction():
        visits = await Visit.filter(
            campaign_id=campaign.id, state=VisitState.PROPOSED, day__lte=today + AHEAD
        ).select_related("site__manager", "pair__hr", "pair__dsn")
        visits.sort(
            key=lambda visit: (visit.day, visit.start, visit.pair.ref, visit.site.source_id)
        )
        play = await begin(campaign)
        for visit in visits:
            if visit.day < today:
                play_done(play, visit, today)
        play_ahead(play, [visit for visit in visits if visit.day >= today], today)
        await write(play, visits)


async def begin(campaign: Campaign) -> Play:
    agents = await Agent.all().order_by("email")
    stories = read_json("stories")
    deck = list(stories["needs"])
    random.Random(f"{SEED}/{campaign.first_day}").shuffle(deck)
    return Play(
        planner=next(agent.name for agent in agents if Role.PLANNER in agent.roles),
        desk=[agent.name for agent in agents if Role.DESK in agent.roles],
        items={item.ref: item for item in await Item.all()},
        stories=stories,
        deck=deck,
    )


def play_done(play: Play, visit: Visit, today: date) -> None:
    dice = dice_of(visit)
    tourer = dice.choice([agent for agent in (visit.pair.hr, visit.pair.dsn) if agent])
    play_answer(play, visit, VisitState.CONFIRMED, dice.choice(play.stories["confirmed"]), dice)
    visit.arrived_at = at(visit.day, visit.start) + timedelta(minutes=dice.randint(-4, 9))
    visit.left_at = at(visit.day, visit.end) + timedelta(minutes=dice.randint(-10, 5))
    visit.met = dice.randint(-(-visit.site.staff * 2 // 5), max(1, visit.site.staff * 9 // 10))
    visit.report = dice.choice(play.stories["reports"])
    pass_to(play, visit, VisitState.UNDER_WAY, visit.arrived_at, tourer.name)
    pass_to(play, visit, VisitState.DONE, visit.left_at, tourer.name)
    for story in deal(play.deck, dice.choice([0, 1, 1, 1, 2, 2, 3]), visit.site.kind):
        play.needs.append(need_of(play, visit, story, tourer, today, dice))


def need_of(
    play: Play, visit: Visit, story: dict[str, Any], tourer: Agent, today: date, dice: random.Random
) -> Need:
    assert visit.arrived_at
    item = play.items[story["item"]]
    recorded_at = visit.arrived_at + timedelta(
        minutes=dice.randint(8, 35), seconds=dice.randint(0, 59)
    )
    # Some tablets found no network before the evening.
    received_at = recorded_at + timedelta(minutes=dice.choice([1, 2, 4, 95, 240]))
    return Need(
        visit_id=visit.id,
        site_id=visit.site_id,
        item_id=item.id,
        kind=item.kind,
        text=story["text"],
        urgency=Urgency(story["urgency"]),
        requester=story["requester"],
        answers=story["answers"],
        item_version=item.version,
        state=state_of(item, (today - visit.day).days, dice),
        recorded_at=recorded_at,
        recorded_by_id=tourer.id,
        received_at=received_at,
    )


def state_of(item: Item, age_days: int, dice: random.Random) -> NeedState:
    """What is in the van is handed over at once; the rest moves on with the days."""
    if item.delay_days == 0:
        return NeedState.DELIVERED
    states = (NeedState.RECEIVED, NeedState.IN_PROGRESS, NeedState.DELIVERED)
    return dice.choices(states, weights=(4, 1 + age_days, age_days))[0]


def deal(deck: list[dict[str, Any]], count: int, site_kind: str) -> list[dict[str, Any]]:
    """Takes from the deck the first stories that suit the site, and puts them back at the bottom."""
    hand = [story for story in deck if not story["kinds"] or site_kind in story["kinds"]][:count]
    for story in hand:
        deck.remove(story)
    deck.extend(hand)
    return hand


def play_ahead(play: Play, visits: Sequence[Visit], today: date) -> None:
    """Invitations and answers; one manager declines and one asks for another date, if days allow."""
    later = [visit for visit in visits if visit.day > today + timedelta(days=1)]
    declined = later[len(later) // 3] if later else None
    other_date = later[2 * len(later) // 3] if len(later) > 1 else None
    for visit in visits:
        dice = dice_of(visit)
        if visit is declined:
            play_answer(play, visit, VisitState.DECLINED, play.stories["declined"], dice)
        elif visit is other_date:
            wish = f"{visit.day + timedelta(days=7):%d/%m/%Y}"
            play_answer(
                play, visit, VisitState.OTHER_DATE, f"{wish} · {play.stories['other_date']}", dice
            )
        elif dice.random() < chance_of_yes((visit.day - today).days):
            play_answer(
                play, visit, VisitState.CONFIRMED, dice.choice(play.stories["confirmed"]), dice
            )
            play_beforehand(play, visit)
        else:
            pass_to(play, visit, VisitState.INVITED, invited_at(visit), play.planner)


def play_beforehand(play: Play, visit: Visit) -> None:
    """What half of the sites say before the visit: how they receive, and what colleagues note on the poster."""
    dice = random.Random(f"{SEED}/beforehand/{visit.site.source_id}/{visit.day}")
    manager = visit.site.manager
    if dice.random() < 0.5 or not manager:
        return
    said = dice.choice(play.stories["receptions"])
    expected = dice.choice([None, max(1, visit.site.staff * dice.randint(3, 8) // 10)])
    play.receptions.append(Reception(visit_id=visit.id, by=manager.name, expected=expected, **said))
    for note in dice.sample(play.stories["announcements"], dice.choice([0, 1, 2])):
        item = play.items.get(note["item"])
        play.announcements.append(
            Announcement(
                visit_id=visit.id,
                item_id=item.id if item else None,
                text=note["text"],
                name=note["name"],
                state=AnnouncementState.KEPT if note["kept"] else AnnouncementState.TO_READ,
                by=play.planner if note["kept"] else "",
            )
        )


def chance_of_yes(days_away: int) -> float:
    """Today and tomorrow are settled; the further the day, the fewer have answered."""
    return 1.0 if days_away <= 1 else 0.85 - 0.05 * days_away


def play_answer(
    play: Play, visit: Visit, state: VisitState, note: str, dice: random.Random
) -> None:
    manager = visit.site.manager
    assert manager
    answered_on = working_day(visit.day - INVITED_BEFORE + timedelta(days=dice.randint(0, 1)))
    answered_at = at(answered_on, time(dice.randint(10, 16), dice.randint(0, 59)))
    pass_to(play, visit, VisitState.INVITED, invited_at(visit), play.planner)
    pass_to(play, visit, state, answered_at, manager.name, note)


def pass_to(
    play: Play, visit: Visit, state: VisitState, moment: datetime, by: str, note: str = ""
) -> None:
    """Like ``visits.life.pass_to``, but in the past and without writing yet."""
    play.events.append(
        VisitEvent(
            visit_id=visit.id,
            at=moment,
            actor=WHO[state],
            by=by,
            before=visit.state,
            after=state,
            note=note,
        )
    )
    visit.state = state


async def write(play: Play, visits: list[Visit]) -> None:
    """Writes all of it and says so to the tablets, inside the caller's transaction."""
    if not visits:
        return
    await VisitEvent.bulk_create(play.events)
    await pass_along(play, visits)
    await Visit.bulk_update(visits, fields=["arrived_at", "left_at", "met", "report", "sequence"])
    await Reception.bulk_create(play.receptions)
    await Announcement.bulk_create(play.announcements)
    if play.needs:
        await Need.bulk_create(play.needs)
        await open_tickets(play)


async def pass_along(play: Play, visits: Sequence[Visit]) -> None:
    """Writes each visit's passages one after the other, all visits' first, then all second: the database lets no
    visit jump."""
    passed: dict[Any, list[VisitState]] = {}
    for event in play.events:
        passed.setdefault(event.visit_id, []).append(VisitState(event.after))
    for turn in range(max(map(len, passed.values()), default=0)):
        for state in VisitState:
            ids = [
                v for v, states in passed.items() if turn < len(states) and states[turn] == state
            ]
            if ids:
                await Visit.filter(id__in=ids).update(state=state)
    for visit in visits:
        if visit.state == VisitState.DECLINED:
            visit.sequence += 1


async def open_tickets(play: Play) -> None:
    """Puts the needs in the embedded desk's inbox, numbered as ``desk.deliver`` does."""
    tickets = []
    for year, needs in groupby(
        sorted(play.needs, key=received_at), key=lambda need: need.received_at.year
    ):
        numbered = list(needs)
        last = await take_numbers(series_of(year), len(numbered))
        for number, need in enumerate(numbered, start=last - len(numbered) + 1):
            treated = need.state != NeedState.RECEIVED
            tickets.append(
                Ticket(
                    need_id=need.id,
                    reference=reference_of(year, number),
                    opened_at=need.received_at,
                    updated_at=need.received_at
                    + (timedelta(minutes=50) if treated else timedelta()),
                    treated_by=play.desk[number % len(play.desk)] if treated else "",
                )
            )
    await Ticket.bulk_create(tickets)


def received_at(need: Need) -> datetime:
    return need.received_at


def invited_at(visit: Visit) -> datetime:
    return at(working_day(visit.day - INVITED_BEFORE), time(9, 30))


def working_day(day: date) -> date:
    """That day, or the Friday before when it falls on a week-end."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def at(day: date, hour: time) -> datetime:
    """An hour of the Département's clock, in UTC."""
    return datetime.combine(day, hour, tzinfo=settings().tz).astimezone(UTC)


def dice_of(visit: Visit) -> random.Random:
    """Each site throws its own dice: adding a visit elsewhere changes nothing here."""
    return random.Random(f"{SEED}/{visit.site.source_id}/{visit.day}")
