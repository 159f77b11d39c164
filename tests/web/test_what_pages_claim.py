"""Sentences that say « toutes », « aucun » or « rien » are true, with nothing there too."""

from __future__ import annotations

from datetime import timedelta

import httpx

from tests.factories import (
    make_campaign,
    make_manager,
    make_pair,
    make_site,
    make_visit,
    travel_day,
)
from tour.db import local_now
from tour.planning.models import Plan
from tour.planning.run import run
from tour.visits.models import VisitState

PLACED = "Toutes les visites sont placées"


async def board_of(planner: httpx.AsyncClient, sites: int) -> str:
    campaign = await make_campaign(
        pairs=[await make_pair()],
        sites=[await make_site() for _ in range(sites)],
        first_day=local_now().date() + timedelta(days=1),
        days=3,
    )
    plan = await Plan.create(campaign=campaign)
    await run(plan.id, rounds=1)
    return (await planner.get(f"/campaigns/{campaign.id}/plans/{plan.id}")).text


async def test_all_visits_are_placed_when_there_are_some(planner: httpx.AsyncClient) -> None:
    assert PLACED in await board_of(planner, 2)
    empty = await board_of(planner, 0)
    assert PLACED not in empty
    assert "Aucune visite à placer dans ce plan" in empty


async def test_a_campaign_of_no_site_does_not_speak_of_a_search(planner: httpx.AsyncClient) -> None:
    campaign = await make_campaign(pairs=[], sites=[])
    address = f"/campaigns/{campaign.id}"
    assert "Aucun site dans cette campagne" in (await planner.get(address)).text
    assert "Aucun site ne correspond" in (await planner.get(f"{address}?q=x")).text


async def test_visits_that_are_elsewhere_are_not_said_to_be_missing(
    planner: httpx.AsyncClient,
) -> None:
    assert "Calculez puis acceptez un plan" in (await planner.get("/visits")).text
    await make_visit()
    none = (await planner.get("/visits?state=done")).text
    assert "Aucune visite dans cet état" in none
    assert "Calculez" not in none


async def test_visits_that_nobody_can_be_invited_to_are_not_forgotten(
    planner: httpx.AsyncClient,
) -> None:
    nothing = "Aucune visite à inviter"
    assert nothing in (await planner.get("/visits/mailings/new")).text
    site = await make_site(manager=None)
    await make_visit(site=site, day=travel_day(9))
    page = (await planner.get("/visits/mailings/new")).text
    assert nothing not in page
    assert "Sans responsable joignable" in page


async def test_nothing_waits_for_a_decision_without_claiming_that_all_was_answered(
    planner: httpx.AsyncClient,
) -> None:
    page = (await planner.get("/inbox")).text
    assert "Rien n’attend votre décision" in page
    assert "0 décision" not in page
    site = await make_site(manager=await make_manager())
    day = local_now().date() + timedelta(days=9)
    await make_visit(site=site, state=VisitState.DECLINED, day=day)
    page = (await planner.get("/inbox")).text
    assert "1 décision attend" in page
    assert "Rien n’attend" not in page
