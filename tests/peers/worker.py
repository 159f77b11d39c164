"""The real delivery in a process that dies at random: ``python -m tests.peers.worker DATABASE SEED LIVES_S``.

The parent has everything imported and forks a child each time one dies (SIGKILL: no clean-up, as when the power
goes), as a supervisor would. Waits are shortened so that a storm lasts a minute, not an hour.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import sys
import threading
import time
from datetime import timedelta

import tour.desk.push as push
from tour.db import database
from tour.desk import breaker
from tour.desk.back import poll_all
from tour.desk.connectors import http
from tour.desk.connectors.base import PhotoFile
from tour.needs.models import Need
from tour.post import outbox
from tour.wiring import connect

SETTLE = timedelta(seconds=2)


def photos_of_test(need_id: object) -> list[PhotoFile]:
    """Each need of a storm has one to three photos, made from its id."""
    made = []
    for n in range(hashlib.sha256(str(need_id).encode()).digest()[0] % 3 + 1):
        content = b"\xff\xd8\xff" + hashlib.sha256(f"{need_id}/{n}".encode()).digest() * 300
        name = f"photo-{hashlib.sha256(content).hexdigest()[:12]}.jpg"
        made.append(PhotoFile(name, "image/jpeg", content))
    return made


async def photos_of(need: Need) -> list[PhotoFile]:
    return photos_of_test(need.id)


def hasten() -> None:
    """Shortens every wait."""
    outbox.HELD_FOR = timedelta(seconds=14)
    outbox.LONGEST_WAIT = timedelta(seconds=2)
    push.LONGEST = timedelta(seconds=12)
    push.SETTLE = SETTLE
    push.MOST_TRIES = 10_000
    push.photos_of = photos_of
    breaker.SHORTEST = breaker.LONGEST = timedelta(seconds=1)
    http.TIMEOUT = http.aiohttp.ClientTimeout(total=10, sock_connect=1)


async def work(url: str) -> None:
    async with database(url):
        polled = 0.0
        while True:
            if not await outbox.deliver_due():
                await asyncio.sleep(0.1)
            if time.monotonic() - polled > 20:
                polled = time.monotonic()
                await poll_all()


def child(url: str, lives_s: float) -> None:
    if lives_s:
        timer = threading.Timer(lives_s, lambda: os.kill(os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()
    asyncio.run(work(url))


def main() -> None:
    url, seed, lives_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    connect()
    hasten()
    dice = random.Random(seed)
    pid = deaths = 0

    def stop(*_: object) -> None:
        if pid:
            os.kill(pid, signal.SIGKILL)
        print(deaths, flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        life = dice.uniform(0.2, lives_s) if lives_s else 0
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            child(url, life)
            os._exit(0)
        _pid, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            print("the worker ended by itself", file=sys.stderr)
            os._exit(1)
        deaths += 1


if __name__ == "__main__":
    main()
