"""Any sequence of actions by manager, planner, tablet and clock leaves a legal life, fully written down."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tortoise import connections
from tortoise.exceptions import IntegrityError, OperationalError

from tests.examples import examples
from tests.factories import make_visit
from tour.db import database, local_now, transaction
from tour.errors import UserError
from tour.visits.life import move, pass_to
from tour.visits.models import Actor, Visit, VisitEvent, VisitState
from tour.visits.passages import PASSAGES, may_pass


async def events_of(visit: Visit) -> list[VisitEvent]:
    return await VisitEvent.filter(visit_id=visit.id).order_by("id")


@pytest.mark.usefixtures("db")
async def test_it_works() -> None:
    visit = await make_visit()
    async with transaction():
        await pass_to(visit, VisitState.INVITED, by="Léa")
        await pass_to(visit, VisitState.CONFIRMED, by="Mme Roux", actor=Actor.MANAGER, note="hall")
    said = [(e.actor, e.by, e.before, e.after, e.note) for e in await events_of(visit)]
    assert said == [
        ("planner", "Léa", "proposed", "invited", ""),
        ("manager", "Mme Roux", "invited", "confirmed", "hall"),
    ]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("state", "after", "actor"),
    [
        (VisitState.INVITED, VisitState.CANCELLED, Actor.MANAGER),
        (VisitState.PROPOSED, VisitState.INVITED, Actor.MANAGER),
        (VisitState.CONFIRMED, VisitState.UNDER_WAY, Actor.PLANNER),
        (VisitState.INVITED, VisitState.CONFIRMED, Actor.CLOCK),
        (VisitState.DONE, VisitState.CONFIRMED, Actor.MANAGER),
    ],
)
async def test_each_does_only_what_is_theirs(
    state: VisitState, after: VisitState, actor: Actor
) -> None:
    visit = await make_visit(state=state)
    with pytest.raises(UserError):
        await pass_to(visit, after, by="x", actor=actor)
    assert (await Visit.get(id=visit.id)).state == state
    assert await events_of(visit) == []


@pytest.mark.usefixtures("db")
async def test_the_database_itself_lets_no_visit_jump() -> None:
    for before, after in itertools.product(VisitState, VisitState):
        if before == after or (before, after) in PASSAGES:
            continue
        visit = await make_visit(state=before)
        await VisitEvent.create(visit_id=visit.id, by="x", before=before, after=after)
        with pytest.raises((OperationalError, IntegrityError), match="illegal passage"):
            await Visit.filter(id=visit.id).update(state=after)


@pytest.mark.usefixtures("db")
async def test_the_database_wants_each_passage_written_down() -> None:
    visit = await make_visit()
    with pytest.raises((OperationalError, IntegrityError), match="without its event"):
        await Visit.filter(id=visit.id).update(state=VisitState.INVITED)
    with pytest.raises((OperationalError, IntegrityError), match="unknown state"):
        await connections.get("default").execute_query(
            "INSERT INTO visit (id, state) VALUES (?, ?)", ["1", "lost"]
        )


@pytest.mark.usefixtures("db")
async def test_history_is_never_changed_and_goes_only_with_its_visit() -> None:
    visit = await make_visit()
    await pass_to(visit, VisitState.INVITED, by="Léa")
    with pytest.raises((OperationalError, IntegrityError), match="never changed"):
        await VisitEvent.filter(visit_id=visit.id).update(after="confirmed")
    with pytest.raises((OperationalError, IntegrityError), match="never removed"):
        await VisitEvent.filter(visit_id=visit.id).delete()
    await Visit.filter(id=visit.id).delete()
    assert await events_of(visit) == []


async def read(visit: Visit) -> Visit:
    return await Visit.get(id=visit.id)


def run_life(empty: Path, folder: Path) -> type[RuleBasedStateMachine]:
    """A machine whose steps are actions on one visit in a database of its own."""
    number = itertools.count()

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.path = folder / f"{next(number)}.sqlite3"
            shutil.copy(empty, self.path)
            self.runner = asyncio.Runner()
            self.open = database(f"sqlite://{self.path}")
            self.do(self.open.__aenter__)
            self.visit = self.do(make_visit)
            self.seen: list[tuple[VisitState, VisitState]] = []
            self.sequence = 0

        def do(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
            return self.runner.run(work())

        def teardown(self) -> None:
            self.do(lambda: self.open.__aexit__(None, None, None))
            self.runner.close()
            self.path.unlink()

        @rule(actor=st.sampled_from(Actor), after=st.sampled_from(VisitState))
        def somebody_acts(self, actor: Actor, after: VisitState) -> None:
            before = self.visit.state

            async def act() -> None:
                async with transaction():
                    await pass_to(self.visit, after, by=f"un {actor}", actor=actor)

            if before == after or may_pass(before, after, actor):
                self.do(act)
                if before != after:
                    self.seen.append((before, after))
            else:
                with pytest.raises(UserError):
                    self.do(act)

        @rule(days=st.integers(1, 20), hour=st.integers(8, 16))
        def the_planner_moves_it(self, days: int, hour: int) -> None:
            state = self.visit.state

            async def act() -> bool:
                async with transaction():
                    return await move(
                        self.visit,
                        pair_id=self.visit.pair_id,
                        day=local_now().date() + timedelta(days=days),
                        start=time(hour),
                        end=time(hour + 1),
                        by="Léa",
                    )

            if state == VisitState.PROPOSED:
                if self.do(act):
                    self.seen.append((state, state))
            else:
                with contextlib.suppress(UserError):
                    assert not self.do(act)

        @rule(after=st.sampled_from(VisitState))
        def somebody_writes_in_the_database(self, after: VisitState) -> None:
            """Past the program: only what its history tells can be written, so nothing new."""
            known = (self.visit.state, after) in self.seen
            if known or after == self.visit.state:
                return
            with sqlite3.connect(self.path) as other, pytest.raises(sqlite3.IntegrityError):
                other.execute("UPDATE visit SET state = ?", (after.value,))

        @invariant()
        def its_history_is_whole(self) -> None:
            stored = self.do(lambda: read(self.visit))
            events = self.do(lambda: events_of(self.visit))
            assert stored.state == self.visit.state
            assert [(e.before, e.after) for e in events] == self.seen
            states = [VisitState.PROPOSED, *[VisitState(e.after) for e in events]]
            assert states[-1] == stored.state
            for event, before in zip(events, states, strict=False):
                assert event.before == before
                assert event.by
            fallen = sum((b.fallen or a.fallen) for b, a in self.seen)
            moved = sum(b == a for b, a in self.seen)
            assert stored.sequence == fallen + moved
            assert stored.sequence >= self.sequence
            self.sequence = stored.sequence

    return Life


def test_no_sequence_of_actions_reaches_an_illegal_state_or_loses_history(
    migrated: Path, tmp_path: Path
) -> None:
    run_state_machine_as_test(
        run_life(migrated, tmp_path),
        settings=settings(
            max_examples=examples(25),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
