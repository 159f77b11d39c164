"""Everything a campaign of faults needs: a database, the server, the clients."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

from tests.chaos.faults import Chaos
from tour.db import database, migrate


async def suffer(
    url: str, faults: int, seed: int, say: Callable[[str], None] = lambda _: None
) -> Counter[str]:
    """So many faults on an empty database; gives how many of each. Raises AssertionError when something was lost."""
    await migrate(url)
    async with database(url), server(url) as base:
        limits = httpx.Limits(
            max_keepalive_connections=0
        )  # a killed server leaves no half-dead connection
        async with httpx.AsyncClient(base_url=base, limits=limits) as http:
            chaos = Chaos(http, random.Random(seed))
            await chaos.set_up()
            await chaos.run(faults, say)
            return chaos.had


@asynccontextmanager
async def server(url: str) -> AsyncIterator[str]:
    """The application on the loopback, in a process of its own; gives its address."""
    with tempfile.TemporaryDirectory() as home:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.chaos.server",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # the faults it is given make long traces
            env=os.environ | {"TOUR_DATABASE_URL": url, "TOUR_HOME": home},
        )
        try:
            assert process.stdout
            port = int(await process.stdout.readline())
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            await process.wait()
