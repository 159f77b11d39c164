"""Links and sessions with a clock: whatever is asked, used, ended or taken away, in any order, lets in who should be."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.examples import examples
from tests.factories import make_agent
from tour import db
from tour.people import accounts, sessions, sign_in
from tour.people.models import Role, SignInLink
from tour.people.sign_in import LinkOver, WrongCode
from tour.settings import settings as tour_settings

BROWSERS = ("office", "phone")
which = st.integers(0, 1)
minutes = st.sampled_from([1, 5, 19, 20, 21, 60, 119, 121, 300, 719, 721])


@dataclass
class ExpectedLink:
    token: str
    agent: int
    browser: str  # none: any
    until: datetime
    used: bool = False
    closed: bool = False
    wrong: int = 0


@dataclass
class ExpectedSession:
    token: str
    agent: int
    began: datetime
    seen: datetime
    ended: bool = False


@dataclass
class ExpectedAgent:
    email: str
    active: bool = True
    roles: set[Role] = field(default_factory=lambda: {Role.PLANNER})


def who_is_let_in(
    empty: Path, folder: Path, patch: pytest.MonkeyPatch
) -> type[RuleBasedStateMachine]:
    number = itertools.count()

    class People(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.path = folder / f"{next(number)}.sqlite3"
            shutil.copy(empty, self.path)
            self.runner = asyncio.Runner()
            self.open = db.database(f"sqlite://{self.path}")
            self.do(self.open.__aenter__())
            self.clock = db.now()
            for module in (sessions, sign_in):
                patch.setattr(module, "now", lambda: self.clock)
            made = [self.do(make_agent(Role.PLANNER)) for _ in range(2)]
            self.ids = [agent.id for agent in made]
            self.agents = [ExpectedAgent(agent.email) for agent in made]
            self.links: list[ExpectedLink] = []
            self.sessions: list[ExpectedSession] = []

        def do(self, work: Awaitable[Any]) -> Any:
            async def awaited() -> Any:
                return await work

            return self.runner.run(awaited())

        def teardown(self) -> None:
            self.do(self.open.__aexit__(None, None, None))
            self.runner.close()
            self.path.unlink()

        @rule(n=which, browser=st.sampled_from(["", *BROWSERS]))
        def a_link_is_asked(self, n: int, browser: str) -> None:
            async def ask() -> str:
                asked_by = sessions.hashed(browser) if browser else ""
                link = await SignInLink.create(
                    agent_id=self.ids[n],
                    asked_by=asked_by,
                    expires_at=self.clock + sign_in.LINK_LASTS,
                )
                return (await sign_in.address_of(link.id)).rpartition("/")[2]

            if self.agents[n].active:
                until = self.clock + timedelta(minutes=20)
                self.links.append(ExpectedLink(self.do(ask()), n, browser, until))

        @rule(data=st.data(), browser=st.sampled_from(BROWSERS), right=st.booleans())
        def a_link_is_used(self, data: st.DataObject, browser: str, right: bool) -> None:
            if not self.links:
                return
            expected = data.draw(st.sampled_from(self.links))
            code = sign_in.code_of(sessions.hashed(expected.browser))
            typed = code if right else f"{(int(code) + 1) % 1_000_000:06d}"

            async def use() -> str:
                link = await sign_in.link_of(expected.token)
                return await sign_in.use(link, browser=browser, code=typed)

            living = (
                not expected.used
                and not expected.closed
                and expected.wrong < 5
                and self.clock < expected.until
                and self.agents[expected.agent].active
            )
            elsewhere = expected.browser not in ("", browser)
            if living and elsewhere:
                expected.wrong += 1
            if living and (right or not elsewhere):
                token = self.do(use())
                expected.used = True
                self.sessions.append(ExpectedSession(token, expected.agent, self.clock, self.clock))
            else:
                with pytest.raises((LinkOver, WrongCode)):
                    self.do(use())

        @rule(n=st.integers(0, 30))
        def somebody_signs_out(self, n: int) -> None:
            if not self.sessions:
                return
            expected = self.sessions[n % len(self.sessions)]
            found = self.do(sessions.of_token(expected.token))
            if found:
                self.do(sessions.end(found.id, found.agent_id))
                expected.ended = True

        @rule(n=which)
        def somebody_leaves_everywhere(self, n: int) -> None:
            self.do(sessions.end_all(self.ids[n]))
            self.end_of(n)

        def end_of(self, n: int) -> None:
            for session in self.sessions:
                session.ended |= session.agent == n

        @rule(n=which, opened=st.booleans())
        def an_account_is_closed_or_opened(self, n: int, opened: bool) -> None:
            change = accounts.reopen if opened else accounts.close
            self.do(change(self.agents[n].email))
            self.agents[n].active = opened
            self.end_of(n)
            for link in self.links:
                link.closed |= link.agent == n

        @rule(n=which, given=st.booleans())
        def a_role_is_given_or_taken(self, n: int, given: bool) -> None:
            who = self.agents[n]
            change = {"add": [Role.PLANNER]} if given else {"remove": [Role.PLANNER]}
            self.do(accounts.change_roles(who.email, **change))
            who.roles = {Role.PLANNER} if given else set()

        @rule(after=minutes)
        def time_passes(self, after: int) -> None:
            self.clock += timedelta(minutes=after)

        @invariant()
        def who_should_be_is_let_in_and_nobody_else(self) -> None:
            idle = timedelta(minutes=tour_settings().session_idle_minutes)
            longest = timedelta(hours=tour_settings().session_hours)
            for expected in self.sessions:
                who = self.agents[expected.agent]
                living = (
                    not expected.ended
                    and who.active
                    and self.clock - expected.seen < idle
                    and self.clock - expected.began < longest
                )
                found = self.do(sessions.of_token(expected.token))
                assert (found is not None) == living
                if found:
                    assert found.agent_id == self.ids[expected.agent]
                    assert found.agent.has(Role.PLANNER) == (Role.PLANNER in who.roles)
                    if self.clock - expected.seen > sessions.SEEN_EVERY:
                        expected.seen = self.clock

    return People


def test_whatever_happens_who_should_be_is_let_in_and_nobody_else(
    migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_state_machine_as_test(
        who_is_let_in(migrated, tmp_path, monkeypatch),
        settings=settings(
            max_examples=examples(30),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
