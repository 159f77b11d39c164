"""A plan whose worker was killed is taken up by another, and one that kills them all is given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

import tour.planning.run
from tests.factories import make_campaign, make_pair, make_site
from tour.db import now
from tour.planning.models import Plan, PlanState
from tour.planning.run import GIVEN_UP_AFTER, MOST_TRIES, run, take_up_abandoned

pytestmark = pytest.mark.usefixtures("db")
LONG_AGO = GIVEN_UP_AFTER + timedelta(seconds=1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The plans the queue was asked to solve."""
    ids: list[str] = []
    monkeypatch.setattr(tour.planning.run, "solve_plan", ids.append)
    return ids


async def running(*, tries: int = 1, silent: timedelta = LONG_AGO) -> Plan:
    site, pair = await make_site(), await make_pair()
    return await Plan.create(
        campaign=await make_campaign(pairs=[pair], sites=[site]),
        state=PlanState.RUNNING,
        tries=tries,
        alive_at=now() - silent,
        seconds=1,
    )


async def test_it_is_asked_for_again_and_solved(asked: list[str]) -> None:
    plan = await running()
    await take_up_abandoned()
    assert asked == [str(plan.id)]
    campaign = await plan.campaign
    await run(plan.id, rounds=1, earliest=campaign.first_day)
    assert (await Plan.get(id=plan.id)).state == PlanState.READY


async def test_one_that_works_is_left_alone(asked: list[str]) -> None:
    plan = await running(silent=timedelta(seconds=1))
    await take_up_abandoned()
    assert asked == []
    assert (await Plan.get(id=plan.id)).state == PlanState.RUNNING


async def test_asked_for_twice_it_is_solved_once(asked: list[str]) -> None:
    plan = await running()
    await take_up_abandoned()
    campaign = await plan.campaign
    await run(plan.id, rounds=1, earliest=campaign.first_day)
    await run(plan.id, rounds=1, earliest=campaign.first_day)
    assert (await Plan.get(id=plan.id)).tries == 2
    assert await plan.places.all().count() == 1


async def test_one_that_kills_its_workers_is_given_up(asked: list[str]) -> None:
    plan = await running(tries=MOST_TRIES)
    await take_up_abandoned()
    assert asked == []
    assert "interrompu" in (await Plan.get(id=plan.id)).error
