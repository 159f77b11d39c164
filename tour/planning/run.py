"""Solving a campaign's plan as a job, with its progress in the database."""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import date, time, timedelta
from uuid import UUID

from huey import crontab
from tortoise.expressions import F, Q

from tour.db import in_database, now, transaction
from tour.jobs import queue
from tour.planning.models import Campaign, Manner, Plan, PlannedVisit, PlanState
from tour.planning.options import read_options
from tour.planning.prepare import Prepared, prepare
from tour.solver.problem import Problem
from tour.solver.solve import Answer, Progress, solve
from tour.visits.key import VisitKey

log = logging.getLogger("tour")
WRITE_EVERY_S = 0.2
SAY_ALIVE_EVERY_S = 5
GIVEN_UP_AFTER = timedelta(seconds=30)  # silent for so long, its worker is dead
MOST_TRIES = 3  # a plan that has killed so many workers is not given to another


@queue.task()
@in_database
async def solve_plan(plan_id: str) -> None:
    await run(UUID(plan_id))


@queue.periodic_task(crontab(minute="*"))
@in_database
async def take_up_regularly() -> None:
    await take_up_abandoned()


async def take_up_abandoned() -> None:
    """Asks again for plans whose worker was killed, or that were saved but never asked for."""
    silent_since = now() - GIVEN_UP_AFTER
    dead = Plan.filter(state=PlanState.RUNNING, alive_at__lt=silent_since)
    await dead.filter(tries__gte=MOST_TRIES).update(
        state=PlanState.FAILED, error="le calcul a été interrompu plusieurs fois"
    )
    await dead.update(state=PlanState.WAITING)
    waiting = Plan.filter(Q(created_at__lt=silent_since) | Q(tries__gt=0), state=PlanState.WAITING)
    for plan_id in await waiting.values_list("id", flat=True):
        solve_plan(str(plan_id))  # asked for twice, it is solved once: the first to come takes it


async def run(plan_id: UUID, *, rounds: int | None = None, earliest: date | None = None) -> None:
    """Solves a plan and stores its visits.

    ``rounds`` fixes the effort whatever the machine's speed; ``earliest`` is the first day for new visits.
    """
    if not await Plan.filter(id=plan_id, state=PlanState.WAITING).update(
        state=PlanState.RUNNING, alive_at=now(), tries=F("tries") + 1
    ):
        return
    plan = await Plan.get(id=plan_id)
    alive = asyncio.create_task(say_alive(plan_id))
    try:
        prepared = await prepare(
            await Campaign.get(id=plan.campaign_id),
            read_options(plan.options),
            earliest=earliest,
            ask_router=True,
        )
        answer = await solve_and_report(plan, prepared.problem, rounds)
        await store(plan, prepared, answer)
    except Exception as error:
        log.exception("plan %s failed", plan_id)
        await Plan.filter(id=plan_id).update(
            state=PlanState.FAILED, error=str(error) or type(error).__name__
        )
    finally:
        alive.cancel()


async def say_alive(plan_id: UUID) -> None:
    """Says again and again that this worker is at it: else another takes the plan up."""
    while True:
        await asyncio.sleep(SAY_ALIVE_EVERY_S)
        await Plan.filter(id=plan_id).update(alive_at=now())


async def solve_and_report(plan: Plan, problem: Problem, rounds: int | None) -> Answer:
    """Runs the solver in a thread; meanwhile writes its curve, and passes on the wish to stop."""
    curve: list[list[float]] = []
    stop_asked = False
    present = await present_of(plan)
    options = read_options(plan.options)

    def on_progress(step: Progress) -> bool:
        curve.append([round(step.elapsed_s, 2), step.served, step.drive_min])
        return not stop_asked

    solving = asyncio.create_task(
        asyncio.to_thread(
            solve,
            problem,
            seconds=plan.seconds,
            rounds=rounds,
            seed=plan.seed,
            threads=os.cpu_count() or 1,
            present=present,
            repair=plan.manner == Manner.REPAIR,
            balance_percent=options.balance_percent,
            on_progress=on_progress,
        )
    )
    written = 0
    try:
        while not solving.done():
            await asyncio.wait({solving}, timeout=WRITE_EVERY_S)
            if len(curve) > written:
                written = len(curve)
                await Plan.filter(id=plan.id).update(curve=list(curve))
            stop_asked = stop_asked or bool(await Plan.filter(id=plan.id, stop_asked=True).exists())
    finally:
        stop_asked = True  # also when the worker is told to go: its thread must not keep it
    return solving.result()


async def present_of(plan: Plan) -> list[tuple[str, date, str]]:
    """The plan to start from: (pair, day, visit) in each day's order; nothing for a plan made anew."""
    if plan.follows_id is None or plan.manner == Manner.NEW:
        return []
    places = await PlannedVisit.filter(plan_id=plan.follows_id).order_by("day", "start")
    return [(str(p.pair_id), p.day, str(p.key)) for p in places]


async def store(plan: Plan, prepared: Prepared, answer: Answer) -> None:
    """Writes the answer: places, sites left out with the reason, totals, what to know of it."""
    problem = prepared.problem
    pinned = {site.id for site in problem.sites if site.pin}
    places = [
        PlannedVisit(
            plan_id=plan.id,
            site_id=key.site,
            part=key.part,
            pair_id=UUID(visit.pair),
            day=visit.day,
            start=clock(visit.start_min),
            end=clock(visit.end_min),
            drive_before_min=visit.drive_before_min,
            drive_after_min=visit.drive_after_min,
            drive_source=visit.drive_source,
            pinned=visit.site in pinned,
        )
        for visit in answer.visits
        for key in [VisitKey.parse(visit.site)]
    ]
    unserved = [
        {"site": left.site, "reason": left.reason, "text": left.text} for left in answer.unserved
    ]
    async with transaction():
        await PlannedVisit.bulk_create(places)
        await Plan.filter(id=plan.id).update(
            state=PlanState.READY,
            unserved=unserved,
            notes=prepared.notes + answer.clashes,
            totals={
                **answer.totals,
                "router": problem.router,
                "first_plan_seconds": answer.first_plan_seconds,
            },
            curve=[list(point) for point in answer.curve],
        )


def clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
