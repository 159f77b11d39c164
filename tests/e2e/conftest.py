"""A whole running tour (web and worker processes) and a real browser."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tour.db import database, migrate

T = TypeVar("T")
PATIENCE = 45_000  # ms; a machine with much else to do takes its time, and that is no fault. Less than the tablet's own minute
expect.set_options(timeout=PATIENCE)
BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Running:
    """A tour that runs: where it answers, where it keeps its files."""

    url: str
    home: Path
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def tour(self, *arguments: str) -> str:
        """Runs the ``tour`` command against this instance and gives what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "tour", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def do(self, work: Callable[[], Awaitable[T]]) -> T:
        """Runs async work in this instance's database."""

        async def with_database() -> T:
            async with database(self.database):
                return await work()

        return beside_the_browser(with_database)

    def begin(self, work: Callable[[], Awaitable[Any]] | None = None) -> None:
        """Makes the database, with what ``work`` puts in it, and starts."""
        beside_the_browser(lambda: migrate(self.database))
        if work:
            self.do(work)
        self.start()

    @property
    def database(self) -> str:
        return f"sqlite://{self.home / 'tour.sqlite3'}"

    def start(self) -> None:
        for process in ("web", "worker"):
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tour", process],
                    env=self.environment,
                    start_new_session=True,
                )
            )
        until = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/readyz", timeout=10)
                return
            except OSError:
                assert time.monotonic() < until, "the server did not start"
                time.sleep(0.05)

    def stop(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, 15)
        for process in self.processes:
            try:
                process.wait(20)
            except (
                subprocess.TimeoutExpired
            ):  # a worker told to stop while it still forks hears nothing
                os.killpg(process.pid, 9)
                process.wait(20)
        self.processes.clear()


def beside_the_browser(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs async work while Playwright keeps a loop of its own in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def running_tour(home: Path) -> Iterator[Running]:
    """An empty tour in demo mode, for the block to start when its data is in place."""
    port = free_port()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("TOUR_")
    } | {
        "TOUR_HOME": str(home),
        "TOUR_PORT": str(port),
        "TOUR_BASE_URL": f"http://localhost:{port}",
        "TOUR_DEMO": "1",
        "TOUR_GEOCODER_URL": "http://127.0.0.1:9/geocodage",
        "TOUR_TILE_URL": "",
        "TOUR_PRIVATE_HOSTS": "127.0.0.1",
    }
    instance = Running(url=f"http://localhost:{port}", home=home, environment=environment)
    try:
        yield instance
    finally:
        instance.stop()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """An empty tour in demo mode, started by the test when its data is in place."""
    with running_tour(tmp_path / "var") as instance:
        yield instance


def chromium() -> str:
    """The path of the browser."""
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    assert found, "Chromium is needed: on Debian, apt install chromium"
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo Département, planned and lived in until today."""
    with running_tour(tmp_path_factory.mktemp("demo")) as running:
        running.tour("demo")
        running.start()
        running.tour("links", "--wait", "120")
        yield running


@pytest.fixture(scope="module")  # Playwright's loop must be gone before a module of async tests
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        yield launched
        launched.close()


@dataclass
class Watch:
    """What went wrong in the browser: console errors and policy violations, over all pages of a context."""

    problems: list[str] = field(default_factory=list)
    offline: bool = False

    def follow(self, context: BrowserContext) -> None:
        def on_console(message: ConsoleMessage) -> None:
            cut_off = self.offline and "ERR_INTERNET_DISCONNECTED" in message.text
            if message.type == "error" and not cut_off:
                self.problems.append(f"{message.page.url if message.page else ''}: {message.text}")

        def on_page(page: Page) -> None:
            page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))

        context.on("console", on_console)
        context.on("page", on_page)
