"""Accepting a plan: its places become visits."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tour.db import now, touch, transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.i18n import ngettext
from tour.planning.board import load_board
from tour.planning.models import Plan, PlannedVisit, PlanState
from tour.visits.life import move, pass_to
from tour.visits.models import PINNED, Visit, VisitEvent, VisitState


async def accept(plan_id: UUID, *, by: str, earliest: date | None = None) -> int:
    """Makes a plan the campaign's schedule; returns how many visits are new or moved.

    What managers know of stays as it is; a visit still proposed moves to its new place; a site the plan
    leaves out loses its proposed visit. Raises UserError when the plan is not ready, or when managers have been
    told of other hours since it was made, or when it breaks a rule on a day that is not all agreed.
    """
    async with transaction():
        plan = await Plan.get(id=plan_id)
        if plan.state != PlanState.READY:
            raise UserError(_("Ce plan n’est pas prêt, ou il est déjà accepté."))
        broken = (await load_board(plan, earliest=earliest)).blocking()
        if broken:
            raise UserError(
                ngettext(
                    "Ce plan ne tient pas encore : %(first)s. Corrigez-le sur le tableau, puis acceptez.",
                    "Ce plan ne tient pas encore (%(num)s points), d’abord : %(first)s. Corrigez-le sur le tableau, puis acceptez.",
                    len(broken),
                    first=broken[0].text,
                )
            )
        standing = {
            (visit.site_id, visit.part): visit
            for visit in await Visit.filter(campaign_id=plan.campaign_id).exclude(
                state=VisitState.CANCELLED
            )
        }
        places = await PlannedVisit.filter(plan_id=plan_id)
        if moved := sum(
            told_otherwise(place, standing.get((place.site_id, place.part))) for place in places
        ):
            raise UserError(
                ngettext(
                    "Depuis ce calcul, %(num)s visite a été fixée à une autre heure : calculez de nouveau.",
                    "Depuis ce calcul, %(num)s visites ont été fixées à une autre heure : calculez de nouveau.",
                    moved,
                )
            )
        changed = await create([p for p in places if (p.site_id, p.part) not in standing], plan, by)
        for place in places:
            if visit := standing.get((place.site_id, place.part)):
                changed += await follow(visit, place, by)
        placed = {(place.site_id, place.part) for place in places}
        for where, visit in standing.items():
            if where not in placed and visit.state == VisitState.PROPOSED:
                await pass_to(visit, VisitState.CANCELLED, by=by, note=_("absente du nouveau plan"))
        await Plan.filter(id=plan_id).update(state=PlanState.ACCEPTED, accepted_at=now())
    return changed


def told_otherwise(place: PlannedVisit, visit: Visit | None) -> bool:
    """Whether the site's manager knows of another day, hour or pair."""
    if visit is None or visit.state not in PINNED:
        return False
    return (visit.day, visit.start, visit.pair_id) != (place.day, place.start, place.pair_id)


async def create(places: list[PlannedVisit], plan: Plan, by: str) -> int:
    visits = [
        Visit(
            campaign_id=plan.campaign_id,
            site_id=place.site_id,
            part=place.part,
            pair_id=place.pair_id,
            day=place.day,
            start=place.start,
            end=place.end,
            drive_before_min=place.drive_before_min,
            drive_after_min=place.drive_after_min,
            drive_source=place.drive_source,
        )
        for place in places
    ]
    if visits:
        await Visit.bulk_create(visits)
        await VisitEvent.bulk_create(
            [VisitEvent(visit_id=v.id, by=by, after=VisitState.PROPOSED) for v in visits]
        )
        await touch("visit", [visit.id for visit in visits])
    return len(visits)


async def follow(visit: Visit, place: PlannedVisit, by: str) -> bool:
    """Moves a visit to where the plan puts it, unless its manager knows of it or it is done."""
    if visit.state in PINNED:
        await Visit.filter(id=visit.id).update(
            drive_before_min=place.drive_before_min,
            drive_after_min=place.drive_after_min,
            drive_source=place.drive_source,
        )
        return False
    await pass_to(visit, VisitState.PROPOSED, by=by, note=_("replacée par un nouveau plan"))
    visit.drive_before_min, visit.drive_after_min = place.drive_before_min, place.drive_after_min
    visit.drive_source = place.drive_source
    return await move(
        visit, pair_id=place.pair_id, day=place.day, start=place.start, end=place.end, by=by
    )
