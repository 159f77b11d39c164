"""Tablets send, the power goes at a random moment, the server starts on what the disk kept: again and again."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos.faults import Chaos
from tests.chaos.power.disk import Disk, put, read_log
from tests.chaos.power.pragmas import written_with
from tests.chaos.tablet import NoAnswer, Tablet
from tour.db import database, migrate

LONGEST_LIGHT_S = 0.25
DURING_THE_START = 0.1  # share of the cuts that come while the server starts
SHIM = Path(__file__).with_name("shim.c")


@dataclass
class Figures:
    """What a campaign went through."""

    cuts: int = 0
    receipts: int = 0  # given before some cut
    unsynced: int = 0  # writes that were not safe when the power went
    cuts_with_unsynced: int = 0
    tickets: int = 0


@dataclass
class Server:
    """The processes under the shim."""

    process: asyncio.subprocess.Process
    base: str
    log: Path

    async def say(self, word: str) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{word}\n".encode())
        answer = await self.process.stdout.readline()
        assert answer.strip() in {b"lit", b"dark"}, "the server ended by itself"


async def suffer(
    folder: Path,
    cuts: int,
    seed: int,
    pragmas: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> Figures:
    """So many power cuts. Raises AssertionError when a receipt was given for what is not there after a cut."""
    url = f"sqlite://{folder}/tour.sqlite3"
    limits = httpx.Limits(max_keepalive_connections=0)
    with written_with(pragmas):
        await migrate(url)
        async with (
            server(folder, pragmas) as running,
            httpx.AsyncClient(base_url=running.base, limits=limits) as http,
        ):
            power = Power(folder, running, Chaos(http, random.Random(seed)))
            async with database(url):
                await running.say("light")
                await power.chaos.set_up()
            await running.say("cut")
            await power.run(cuts, say)
            async with database(url):
                await running.say("light")
                await power.chaos.quiet()
            await running.say("cut")
    return power.had


@asynccontextmanager
async def server(folder: Path, pragmas: str) -> AsyncIterator[Server]:
    with tempfile.TemporaryDirectory() as aside:
        shim, log = Path(aside, "shim.so"), Path(aside, "log")
        compiled = await asyncio.create_subprocess_exec(
            "gcc", "-O2", "-shared", "-fPIC", "-o", shim, SHIM, "-ldl"
        )
        assert await compiled.wait() == 0, "the shim needs gcc"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.chaos.power.server"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ
            | {
                "TOUR_HOME": str(folder),
                "TOUR_DATABASE_URL": f"sqlite://{folder}/tour.sqlite3",
                "LD_PRELOAD": str(shim),
                "POWER_LOG": str(log),
                "POWER_FOLDER": str(folder),
                "POWER_PRAGMAS": pragmas,
            },
        )
        try:
            assert process.stdout
            port = int(await process.stdout.readline())
            yield Server(process, f"http://127.0.0.1:{port}", log)
        finally:
            if process.returncode is None:
                assert process.stdin
                process.stdin.write(b"cut\n")
                process.stdin.close()
            await process.wait()


@dataclass
class Power:
    """The disk, the server, and the tablets that remember what they were promised."""

    folder: Path
    server: Server
    chaos: Chaos
    had: Figures = field(default_factory=Figures)
    checked: set[str] = field(default_factory=set)

    async def run(self, cuts: int, say: Callable[[str], None]) -> None:
        began = time.monotonic()
        while self.had.cuts < cuts:
            await self.cut_once()
            if self.had.cuts % 100 == 0:
                say(f"{self.had.cuts} cuts, {time.monotonic() - began:.0f} s: {self.had}")

    async def cut_once(self) -> None:
        disk, dice = Disk.read(self.folder), self.chaos.dice
        self.server.log.write_bytes(b"")
        await self.server.say("light")
        answered = asyncio.Event()
        sending = [asyncio.create_task(self.send(t, answered)) for t in self.chaos.tablets]
        if dice.random() >= DURING_THE_START:
            await asyncio.wait_for(answered.wait(), 60)
        await asyncio.sleep(dice.random() * LONGEST_LIGHT_S)
        await self.server.say("cut")
        await asyncio.wait(sending, timeout=0.02)  # answers that were on their way are read
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        for record in read_log(self.server.log.read_bytes()):
            disk.happen(record)
        put(self.folder, disk.cut(dice))
        unsynced = sum(len(file.since) for file in disk.files.values())
        self.had.cuts += 1
        self.had.unsynced += unsynced
        self.had.cuts_with_unsynced += unsynced > 0
        self.compare()

    async def send(self, tablet: Tablet, answered: asyncio.Event) -> None:
        """People note things and the tablet sends them, as long as there is light."""
        while True:
            for _ in range(self.chaos.dice.randrange(1, 5)):
                self.chaos.work(tablet)
            try:
                await tablet.exchange(self.chaos.http)
                answered.set()
            except NoAnswer:
                await asyncio.sleep(0.01)

    def compare(self) -> None:
        """What the disk kept, seen on a copy: the server is to open it as the cut left it."""
        with tempfile.TemporaryDirectory() as copy:
            shutil.copytree(self.folder, copy, dirs_exist_ok=True)
            with closing(sqlite3.connect(Path(copy, "tour.sqlite3"))) as database:
                whole(database)
                self.promises_stand(database)
                self.nothing_twice(database)
            with closing(sqlite3.connect(Path(copy, "jobs.sqlite3"))) as queue:
                whole(queue)
                queue.execute("SELECT count(*) FROM task").fetchone()

    def promises_stand(self, database: sqlite3.Connection) -> None:
        journal = dict(database.execute("SELECT id, outcome FROM change"))
        for tablet in self.chaos.tablets:
            assert tablet.refused.keys() <= journal.keys(), "a refusal is not in the journal"
            lost = [name for name in tablet.applied if journal.get(name) != "applied"]
            assert not lost, f"{len(lost)} receipts of {tablet.name} are not in the journal"
            for name in tablet.applied.keys() - self.checked:
                asked = database.execute("SELECT patch FROM change WHERE id = ?", [name])
                assert json.loads(asked.fetchone()[0]) == tablet.applied[name]["patch"]
                self.checked.add(name)
        self.had.receipts = len(self.checked)

    def nothing_twice(self, database: sqlite3.Connection) -> None:
        made = {
            change["doc"]
            for tablet in self.chaos.tablets
            for change in tablet.made.values()
            if change["kind"] == "need"
        }
        needs = {row[0] for row in database.execute("SELECT id FROM need")}
        assert needs <= made
        tickets = database.execute(
            "SELECT count(*), count(DISTINCT need_id), count(DISTINCT reference) FROM ticket"
        ).fetchone()
        assert len(set(tickets)) == 1, "a need has two tickets or two tickets one number"
        self.had.tickets = tickets[0]


def whole(database: sqlite3.Connection) -> None:
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
