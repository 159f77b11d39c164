"""A tour that runs as in production (no demo), with the small world of tests/world.py in it, attacked over HTTP."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from tests.e2e.conftest import Running, running_tour
from tests.world import World

T = TypeVar("T")


@dataclass
class Target:
    """The running instance, what is in it, and the keys that its honest people hold."""

    running: Running
    world: World
    browsers: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.running.url

    def browser(self, **headers: str) -> httpx.Client:
        """A stranger's browser."""
        made = httpx.Client(
            base_url=self.url, headers={"Sec-Fetch-Site": "same-origin"} | headers, timeout=60
        )
        self.browsers.append(made)
        return made

    def link_for(self, role: str) -> str:
        """A new sign-in link of the agent with this role, as the command line prints it."""
        email = self.do(lambda: email_of(self.world, role))
        printed = self.running.tour("agents", "link", email)
        found = re.search(r"/sign-in/\S+", printed)
        assert found, printed
        return found[0]

    def signed_in(self, role: str) -> httpx.Client:
        browser = self.browser()
        answer = browser.post(self.link_for(role))
        assert answer.status_code == 303, answer.text[:500]
        return browser

    def by_link(self, name: str) -> httpx.Client:
        """A manager's browser, after the link of their letter."""
        browser = self.browser()
        assert browser.get(f"/v/{self.world.keys[name]}").status_code == 303
        return browser

    def tablet(self, name: str) -> httpx.Client:
        browser = self.browser()
        browser.cookies.set("tablet", self.world.keys[name])
        return browser

    def do(self, work: Callable[[], Awaitable[T]]) -> T:
        return self.running.do(work)

    def memory_mb(self) -> float:
        """The most that the web process ever held."""
        status = Path(f"/proc/{self.running.processes[0].pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


async def email_of(world: World, role: str) -> str:
    from tour.people.models import Agent

    return (await Agent.get(id=world.keys[role])).email


@pytest.fixture
def target(world: World, tmp_path: Path) -> Iterator[Target]:
    with running_tour(tmp_path / "var") as running:
        running.environment.pop("TOUR_DEMO")
        running.environment.pop("TOUR_PRIVATE_HOSTS")
        running.environment["TOUR_SECRET"] = os.urandom(32).hex()
        running.home.mkdir(mode=0o700)
        shutil.copy(world.path, running.home / "tour.sqlite3")
        running.start()
        made = Target(running, world)
        yield made
        for browser in made.browsers:
            browser.close()
