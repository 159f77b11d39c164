"""The demo Département in full swing: loaded, planned, and some days into its campaign."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from tour.demo.live import live
from tour.demo.load import load
from tour.planning.accept import accept
from tour.planning.models import Campaign, Plan, PlanState
from tour.planning.run import run
from tour.settings import settings
from tour.visits.models import VisitEvent

ROUNDS = 12  # a fixed effort: the same plan on every machine


async def play(today: date) -> None:
    """Loads, plans and plays the demo once; a database where that was done is left as it is."""
    campaign = await load(today)
    if await Plan.filter(campaign_id=campaign.id, state=PlanState.ACCEPTED).exists():
        return
    plan = await Plan.create(campaign_id=campaign.id, seconds=20)
    await run(plan.id, rounds=ROUNDS, earliest=campaign.first_day)
    await accept(plan.id, by="Démonstration", earliest=campaign.first_day)
    await date_back(plan, campaign)
    await live(campaign, today)


async def date_back(plan: Plan, campaign: Campaign) -> None:
    """The plan was made three weeks before the campaign: invitations and answers come after it."""
    made = datetime.combine(campaign.first_day - timedelta(days=21), time(9, 30), settings().tz)
    await Plan.filter(id=plan.id).update(created_at=made, accepted_at=made + timedelta(hours=1))
    await VisitEvent.filter(visit__campaign_id=campaign.id).update(at=made + timedelta(hours=1))
