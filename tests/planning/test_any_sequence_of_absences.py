"""Whatever is done to absences, plans and the board: no visit of an absent pair is forgotten, none is placed there anew,
and nothing that was announced goes without a word."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.planning.absent import Announced, absent_tasks, announced
from tour.db import database, local_now
from tour.errors import UserError
from tour.people.models import Absence, Pair
from tour.planning import board
from tour.planning.accept import accept
from tour.planning.copying import copy_of
from tour.planning.decide import to_decide
from tour.planning.models import Manner, Plan, PlannedVisit, PlanState
from tour.planning.replace import cancel
from tour.planning.run import run
from tour.post.models import Receipt
from tour.visits import invite
from tour.visits.models import Visit, VisitState

SETTLED = {VisitState.CANCELLED, VisitState.DECLINED}
TOLD = {VisitState.INVITED, VisitState.CONFIRMED, VisitState.OTHER_DATE}
numbers = st.integers(0, 7)
steps = st.one_of(
    st.tuples(st.just("absent"), st.integers(0, 1), numbers, st.integers(0, 4)),
    st.tuples(st.just("back"), numbers),
    st.tuples(st.just("shorten"), numbers),
    st.tuples(st.just("works"), st.integers(0, 1), st.sampled_from(("Mo-Fr", "Mo-Th", "We"))),
    st.tuples(st.just("plan"), st.sampled_from(list(Manner))),
    st.tuples(st.just("drop"), numbers, st.integers(0, 1), numbers),
    st.tuples(st.just("accept")),
    st.tuples(st.just("invite"), numbers),
    st.tuples(
        st.just("answer"),
        numbers,
        st.sampled_from((VisitState.CONFIRMED, VisitState.OTHER_DATE, VisitState.DECLINED)),
    ),
    st.tuples(st.just("move"), numbers),
    st.tuples(st.just("cancel"), numbers),
)


@dataclass
class Story:
    """A campaign that things happen to. ``spoken_of`` is the visit somebody decided on in a step."""

    tour: Announced
    plans: list[Plan] = field(default_factory=list)
    spoken_of: Visit | None = None

    @property
    def days(self) -> list[date]:
        return [self.tour.days[0] + timedelta(days=n) for n in range(8)]

    @property
    def pairs(self) -> tuple[Pair, Pair]:
        return self.tour.pair, self.tour.other

    async def visit(self, number: int) -> Visit | None:
        found = await Visit.all().order_by("id")
        self.spoken_of = found[number] if number < len(found) else None
        return self.spoken_of

    async def absent(self, pair: int, day: int, more: int) -> None:
        first = self.days[day]
        last = first + timedelta(days=more)
        await Absence.create(pair=self.pairs[pair], first_day=first, last_day=last)

    async def back(self, number: int) -> None:
        for absence in (await Absence.all())[number : number + 1]:
            await absence.delete()

    async def shorten(self, number: int) -> None:
        for absence in (await Absence.all())[number : number + 1]:
            await Absence.filter(id=absence.id).update(last_day=absence.first_day)

    async def works(self, pair: int, days: str) -> None:
        await Pair.filter(id=self.pairs[pair].id).update(days=days)

    async def plan(self, manner: Manner) -> None:
        start = await Plan.create(campaign=self.tour.campaign, state=PlanState.ACCEPTED)
        if manner == Manner.BY_HAND:
            self.plans.append(await copy_of(start, by_id=None))
            return
        present = await copy_of(start, by_id=None)
        plan = await Plan.create(campaign=self.tour.campaign, manner=manner, follows=present)
        await run(plan.id, rounds=1)
        self.plans.append(await Plan.get(id=plan.id))

    async def drop(self, number: int, pair: int, day: int) -> None:
        visit = await self.visit(number)
        self.spoken_of = None  # a plan is nobody's word yet
        if self.plans and visit:
            where = str(self.pairs[pair].id), self.days[day]
            await board.move(self.plans[-1], str(visit.site_id), where, None, by="Léa")

    async def accept(self) -> None:
        if self.plans:
            before = {v.id: (v.pair_id, v.day) for v in await Visit.all()}
            await accept(self.plans[-1].id, by="Léa")
            for visit in await Visit.exclude(state__in=list(SETTLED)):
                if before.get(visit.id) != (visit.pair_id, visit.day):
                    assert await travels(visit)
            for place in await PlannedVisit.filter(plan_id=self.plans[-1].id):
                assert await travels(place)  # nor was one kept that a manager knows of

    async def invite(self, number: int) -> None:
        if visit := await self.visit(number):
            await invite.invite(visit.id, by="Léa")
            assert await travels(visit)

    async def answer(self, number: int, state: VisitState) -> None:
        if visit := await self.visit(number):
            wishes = [invite.Slot(visit.day + timedelta(days=7))]
            await invite.answer(visit.id, state, name="Mme Roux", proposed=wishes)

    async def move(self, number: int) -> None:
        for task in (await absent_tasks())[number : number + 1]:
            self.spoken_of = task.visit
            if task.dates:
                await invite.reschedule(task.visit.id, task.dates[0].slot, by="Léa")
                assert await travels(await Visit.get(id=task.visit.id))

    async def cancel(self, number: int) -> None:
        if visit := await self.visit(number):
            told = visit.state in TOLD
            await cancel(visit, "Congés", by="Léa")
            if told:
                assert await Receipt.exists(visit_id=visit.id, event="cancelled")


async def travels(visit: Visit | PlannedVisit) -> bool:
    """Our own reading of the rule."""
    pair = await Pair.get(id=visit.pair_id)
    works = {"Mo-Fr": range(5), "Mo-Th": range(4), "We": range(2, 3)}[pair.days]
    away = await Absence.filter(
        pair_id=pair.id, first_day__lte=visit.day, last_day__gte=visit.day
    ).exists()
    return visit.day.weekday() in works and not away


async def nobody_is_forgotten(story: Story, before: dict[Any, Visit]) -> None:
    waiting = {task.visit.id for task in await to_decide()}
    for visit in await Visit.exclude(state__in=list(SETTLED)):
        if visit.day >= local_now().date() and not await travels(visit):
            assert visit.id in waiting, (visit.state, visit.day)
    for visit in before.values():
        if visit.state in TOLD and visit != story.spoken_of:
            now = await Visit.get(id=visit.id)
            assert (now.state, now.day, now.start, now.pair_id) == (
                visit.state,
                visit.day,
                visit.start,
                visit.pair_id,
            )
            if now.state == VisitState.OTHER_DATE:
                assert visit.id in waiting


async def live(happenings: list[tuple[Any, ...]], state: VisitState) -> None:
    story = Story(await announced(state))
    for name, *values in happenings:
        before = {visit.id: visit for visit in await Visit.all()}
        story.spoken_of = None
        act: Callable[..., Awaitable[None]] = getattr(story, name)
        try:
            await act(*values)
        except UserError:
            story.spoken_of = None  # refused in words: then nothing has changed
        await nobody_is_forgotten(story, before)


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    happenings=st.lists(steps, min_size=2, max_size=10),
    state=st.sampled_from((VisitState.PROPOSED, VisitState.INVITED, VisitState.CONFIRMED)),
)
@example(
    [("absent", 0, 0, 1), ("plan", Manner.NEW), ("accept",), ("move", 0), ("back", 0)],
    VisitState.CONFIRMED,
)
@example([("absent", 0, 0, 1), ("invite", 0), ("invite", 3)], VisitState.PROPOSED)
@example(
    [("plan", Manner.REPAIR), ("absent", 0, 0, 4), ("accept",), ("plan", Manner.NEW), ("accept",)],
    VisitState.PROPOSED,
)
@example(
    [("answer", 0, VisitState.OTHER_DATE), ("plan", Manner.NEW), ("accept",), ("absent", 1, 0, 4)],
    VisitState.INVITED,
)
def test_whatever_happens_nobody_is_forgotten(
    migrated: Path, happenings: list[tuple[Any, ...]], state: VisitState
) -> None:
    async def in_a_fresh_database(path: Path) -> None:
        async with database(f"sqlite://{path}"):
            await live(happenings, state)

    with TemporaryDirectory() as folder:
        path = Path(shutil.copy(migrated, Path(folder) / "tour.sqlite3"))
        asyncio.run(in_a_fresh_database(path))
