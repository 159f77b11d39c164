"""A plan from a plan: a copy for the board, or one to be computed from where another stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tour.db import transaction
from tour.i18n import gettext as _
from tour.planning.board import load_board, totals
from tour.planning.models import Manner, Plan, PlannedVisit, PlanState
from tour.planning.options import Options, read_options, write_options
from tour.visits.models import Visit, VisitState


async def copy_of(plan: Plan, *, by_id: UUID | None, name: str = "") -> Plan:
    """A copy to work on by hand; of an accepted plan, the visits as they stand now."""
    async with transaction():
        copy = await Plan.create(
            campaign_id=plan.campaign_id,
            state=PlanState.READY,
            name=name or _("Copie"),
            manner=Manner.BY_HAND,
            follows_id=plan.id,
            options=plan.options,
            unserved=plan.unserved,
            totals=plan.totals,
            seconds=plan.seconds,
            made_by_id=by_id,
        )
        rows: list[Any] = (
            await Visit.standing()
            .filter(campaign_id=plan.campaign_id)
            .exclude(state__in=[s for s in VisitState if s.over or s == VisitState.OTHER_DATE])
            if plan.state == PlanState.ACCEPTED
            else await PlannedVisit.filter(plan_id=plan.id)
        )
        await PlannedVisit.bulk_create([as_place(row, copy) for row in rows])
        board = await load_board(copy)
        await Plan.filter(id=copy.id).update(totals=plan.totals | totals(board))
    return await Plan.get(id=copy.id)


def as_place(row: Visit | PlannedVisit, plan: Plan) -> PlannedVisit:
    return PlannedVisit(
        plan_id=plan.id,
        site_id=row.site_id,
        part=row.part,
        pair_id=row.pair_id,
        day=row.day,
        start=row.start,
        end=row.end,
        drive_before_min=row.drive_before_min,
        drive_after_min=row.drive_after_min,
        drive_source=row.drive_source,
    )


async def follow(
    plan: Plan, manner: Manner, *, seconds: int, by_id: UUID | None, options: Options | None = None
) -> Plan:
    """A plan that waits to be computed from where this one stands (an accepted one: from the visits of today)."""
    start = plan
    if plan.state == PlanState.ACCEPTED and manner != Manner.NEW:
        start = await copy_of(plan, by_id=by_id, name=_("Visites du jour"))
    return await Plan.create(
        campaign_id=plan.campaign_id,
        seconds=seconds,
        manner=manner,
        follows_id=start.id,
        options=write_options(options or read_options(plan.options)),
        made_by_id=by_id,
    )
