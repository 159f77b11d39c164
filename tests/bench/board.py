"""Answer times of the board: 200 visits, 4 pairs, 12 weeks; whole pages and moves, as the server sees them."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from datetime import time as clock
from pathlib import Path

import httpx

FIRST, DAYS, SITES, TIMES = date(2027, 1, 11), 60, 200, 15


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["TOUR_HOME"] = home
        asyncio.run(measure(f"sqlite://{Path(home, 'bench.sqlite3')}"))


async def measure(url: str) -> None:
    from tests.factories import make_agent
    from tour.app import make_app
    from tour.db import database, migrate
    from tour.people.models import Role
    from tour.people.sign_in import token_for

    await migrate(url)
    async with database(url):
        plan = await full_plan()
        transport = httpx.ASGITransport(app=make_app())
        headers = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://tour.test", headers=headers
        ) as browser:
            await browser.post(f"/sign-in/{await token_for(await make_agent(Role.PLANNER))}")
            await answers(browser, plan)


async def full_plan() -> object:
    """200 sites, each placed somewhere in 12 weeks."""
    from tests.factories import make_campaign, make_pair, make_site
    from tour.planning.models import Plan, PlannedVisit, PlanState
    from tour.solver.problem import working_days

    dice = random.Random(1)
    pairs = [await make_pair(lat=43.6 + n / 10, lon=7.0 + n / 10) for n in range(4)]
    sites = [
        await make_site(lat=dice.uniform(43.55, 44.1), lon=dice.uniform(6.9, 7.5))
        for _ in range(SITES)
    ]
    campaign = await make_campaign(pairs=pairs, sites=sites, first_day=FIRST, days=DAYS)
    totals = {"served": SITES, "unserved": 0, "drive_min": 0, "visit_min": 0, "km": 0.0}
    plan = await Plan.create(
        campaign=campaign, state=PlanState.READY, totals=totals | {"pair_days": 0}
    )
    days = working_days(FIRST, DAYS)
    places = [
        PlannedVisit(
            plan=plan, site=site, pair=pairs[n % 4], day=days[(n // 4) % DAYS],
            start=clock(10 + n // 240), end=clock(11 + n // 240),
        )
        for n, site in enumerate(sites)
    ]  # fmt: skip
    await PlannedVisit.bulk_create(places)
    return plan


async def answers(browser: httpx.AsyncClient, plan: object) -> None:
    from tour.planning.models import Plan, PlannedVisit

    assert isinstance(plan, Plan)
    base = f"/campaigns/{plan.campaign_id}/plans/{plan.id}"
    places = await PlannedVisit.filter(plan_id=plan.id).limit(TIMES)
    week = FIRST.isoformat()

    async def move(n: int) -> httpx.Response:
        data = {"key": str(places[n].site_id), "pair": str(places[0].pair_id), "week": week}
        return await browser.post(f"{base}/moves", data=data | {"day": places[n].day.isoformat()})

    print(f"{SITES} visits, {DAYS} days; milliseconds{'':16}{'median':>8}{'most':>8}")
    rows: list[tuple[str, Callable[[int], Awaitable[httpx.Response]]]] = [
        ("one week of the board", lambda n: browser.get(f"{base}?week={week}")),
        ("the whole board", lambda n: browser.get(f"{base}?week=all")),
        ("one visit's panel", lambda n: browser.get(f"{base}/visits/{places[n].site_id}/1")),
        ("a move, and the week anew", move),
        ("undo, and the week anew", lambda n: browser.post(f"{base}/undo", data={"week": week})),
    ]
    for name, ask in rows:
        took = []
        for n in range(TIMES):
            began = time.perf_counter()
            answer = await ask(n)
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.text
        print(f"{name:42}{statistics.median(took):9.0f}{max(took):8.0f}")


if __name__ == "__main__":
    main()
