"""What waits for a planner's decision, the most pressing first."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from tour.db import local_now
from tour.planning.alternatives import Alternative, Ground, alternatives
from tour.post.models import LetterKind, Receipt
from tour.visits.message_models import Incoming, IncomingKind
from tour.visits.models import (
    Announcement,
    AnnouncementState,
    ProposedDate,
    Visit,
    VisitEvent,
    VisitState,
)
from tour.visits.stranded import stranded

WORKED_OUT = 8  # further tasks show their dates on a page of their own
SHOWN = 3
NEAR = timedelta(days=5)


class Decision(enum.StrEnum):
    ABSENT = "absent"  # its pair does not travel that day
    OTHER_DATE = "other_date"  # the manager proposes others
    DECLINED = "declined"
    CALENDAR = "calendar"  # an answer given in a calendar, to be checked
    REPLY = "reply"  # a person wrote
    LOST = "lost"  # the invitation did not arrive
    SILENT = "silent"  # soon, and no answer
    PAST = "past"  # agreed, over, and nobody arrived
    ANNOUNCED = "announced"  # said by the poster, to be read


ORDER = list(Decision)
MOVABLE = frozenset({Decision.ABSENT, Decision.OTHER_DATE, Decision.DECLINED})


@dataclass
class Task:
    """One decision about one visit; ``by`` is the day by which it should be taken."""

    kind: Decision
    visit: Visit
    by: date
    note: str = ""
    who: str = ""
    count: int = 0
    incoming: Incoming | None = None
    proposed: list[ProposedDate] = field(default_factory=list)
    dates: list[Alternative] | None = None  # none: not worked out here


async def to_decide() -> list[Task]:
    """All that waits, by day, then by kind; the first ones with the best dates already worked out."""
    tasks = [
        *await absent(),
        *await answers(),
        *await written(),
        *await lost(),
        *await silent(),
        *await past(),
        *await announced(),
    ]
    tasks.sort(key=lambda task: (task.by, ORDER.index(task.kind), task.visit.start))
    grounds: dict[UUID, Ground] = {}
    movable = [t for t in tasks if t.kind in MOVABLE]
    for task in movable[:WORKED_OUT]:
        campaign = task.visit.campaign_id
        if campaign and campaign not in grounds:
            grounds[campaign] = await Ground.of(campaign)
        task.dates = (await alternatives(task.visit, grounds.get(campaign)))[:SHOWN]
    return tasks


async def absent() -> list[Task]:
    """Visits whose pair does not travel that day, until they are moved or cancelled, or the pair is back.

    One whose manager asks for another date waits for that already: see ``answers``.
    """
    return [
        Task(Decision.ABSENT, visit, visit.day, note=why)
        for visit, why in (await stranded()).values()
        if visit.state != VisitState.OTHER_DATE
    ]


async def answers() -> list[Task]:
    """Refusals and other dates, as long as the visit's day has not come."""
    today = local_now().date()
    found = await (
        Visit.filter(state__in=[s for s in VisitState if s.refused], day__gte=today)
        .select_related("site__manager", "pair")
        .prefetch_related("proposed_dates__pair")
    )
    said = {
        event.visit_id: event
        for event in await VisitEvent.filter(visit_id__in=[v.id for v in found]).order_by("id")
    }
    return [
        Task(
            Decision(visit.state.value),
            visit,
            visit.day,
            note=said[visit.id].note if visit.id in said else "",
            who=said[visit.id].by if visit.id in said else "",
            proposed=list(visit.proposed_dates),
        )
        for visit in found
    ]


async def written() -> list[Task]:
    """Mail about a visit that nobody has looked at."""
    kinds = [IncomingKind.CALENDAR, IncomingKind.REPLY]
    found = await Incoming.filter(
        kind__in=kinds, treated_by="", visit_id__not_isnull=True
    ).select_related("visit__site__manager", "visit__pair")
    return [
        Task(
            Decision(mail.kind.value),
            mail.visit,
            mail.visit.day,
            note=mail.text,
            who=mail.sender,
            incoming=mail,
        )
        for mail in found
        if mail.visit
    ]


async def lost() -> list[Task]:
    """Invitations that did not arrive: the newest message of a visit that still waits for an answer."""
    newest: dict[UUID, Receipt] = {}
    waiting = await Visit.filter(
        state=VisitState.INVITED, day__gte=local_now().date()
    ).select_related("site__manager", "pair")
    visits = {visit.id: visit for visit in waiting}
    for receipt in await Receipt.filter(
        visit_id__in=list(visits), event__in=[kind for kind in LetterKind if kind.gives_the_date]
    ).order_by("created_at"):
        newest[receipt.visit_id] = receipt
    return [
        Task(Decision.LOST, visits[v], visits[v].day, note=r.error, who=r.recipient)
        for v, r in newest.items()
        if r.state.lost
    ]


async def silent() -> list[Task]:
    """Soon, invited, and still no answer: the telephone is what remains."""
    today = local_now().date()
    found = await Visit.filter(
        state=VisitState.INVITED, day__gte=today, day__lte=today + NEAR
    ).select_related("site__manager", "pair")
    reminded = await Receipt.filter(
        visit_id__in=[visit.id for visit in found], event=LetterKind.REMINDER
    ).values_list("visit_id", flat=True)
    counts = {visit.id: sum(r == visit.id for r in reminded) for visit in found}
    return [Task(Decision.SILENT, visit, visit.day, count=counts[visit.id]) for visit in found]


async def past() -> list[Task]:
    found = await Visit.filter(
        state__in=[s for s in VisitState if s.awaited], day__lt=local_now().date()
    ).select_related("site__manager", "pair")
    return [Task(Decision.PAST, visit, visit.day) for visit in found]


async def announced() -> list[Task]:
    found = await Announcement.filter(state=AnnouncementState.TO_READ).select_related(
        "visit__site__manager", "visit__pair"
    )
    visits = {one.visit_id: one.visit for one in found}
    counts = {v: sum(one.visit_id == v for one in found) for v in visits}
    return [
        Task(Decision.ANNOUNCED, visit, visit.day, count=counts[v]) for v, visit in visits.items()
    ]
