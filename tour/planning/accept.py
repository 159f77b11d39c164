"""Accepting a plan: its places become visits."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tour.db import local_now, now, transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.i18n import ngettext
from tour.people.absences import diaries_of
from tour.planning.board import Board, day_of, load_board
from tour.planning.models import Plan, PlannedVisit, PlanState
from tour.sites.models import Site
from tour.visits.key import VisitKey
from tour.visits.life import move, pass_to
from tour.visits.models import Visit, VisitEvent, VisitState


async def accept(plan_id: UUID, *, by: str, earliest: date | None = None) -> int:
    """Makes a plan the campaign's schedule; returns how many visits are new or moved.

    What managers know of stays as it is, and what they ask for too: a visit for which another date is asked waits for a
    planner's answer. A visit still proposed moves to its new place; a site the plan leaves out loses its proposed
    visit. Raises UserError when the plan is not ready, when it has visits on a day that their pair does not travel,
    announced ones included, when managers have been told of other hours since it was made, or when it breaks a rule
    on a day that is not all agreed.
    """
    async with transaction():
        plan = await Plan.get(id=plan_id)
        if plan.state != PlanState.READY:
            raise UserError(_("Ce plan n’est pas prêt, ou il est déjà accepté."))
        places = await PlannedVisit.filter(plan_id=plan_id).order_by("day", "start")
        await refuse_days_not_travelled(plan, places)
        board = await load_board(plan, earliest=earliest)
        if broken := board.blocking():
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
        waiting = {where for where, v in standing.items() if v.state == VisitState.OTHER_DATE}
        places = with_drives_without(board, places, waiting)
        placed = {(place.site_id, place.part) for place in places}
        forgotten = [v for where, v in standing.items() if where not in placed and v.state.pinned]
        if moved := sum(
            told_otherwise(place, standing.get((place.site_id, place.part)))
            or any(place.pair_id == v.pair_id and at_once(place, v) for v in forgotten)
            for place in places
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
        for where, visit in standing.items():
            if where not in placed and visit.state == VisitState.PROPOSED:
                await pass_to(visit, VisitState.CANCELLED, by=by, note=_("absente du nouveau plan"))
        await Plan.filter(id=plan_id).update(state=PlanState.ACCEPTED, accepted_at=now())
    return changed


def told_otherwise(place: PlannedVisit, visit: Visit | None) -> bool:
    """Whether the site's manager knows of another day, hour or pair."""
    if visit is None or not visit.state.pinned:
        return False
    return (visit.day, visit.start, visit.pair_id) != (place.day, place.start, place.pair_id)


def at_once(place: PlannedVisit, visit: Visit) -> bool:
    """Whether both would be under way at the same moment."""
    return place.day == visit.day and place.start < visit.end and visit.start < place.end


async def refuse_days_not_travelled(plan: Plan, places: list[PlannedVisit]) -> None:
    """Raises UserError naming the visits still to come that their pair cannot make."""
    begun = [state for state in VisitState if state.begun]
    over = await Visit.filter(campaign_id=plan.campaign_id, state__in=begun).values_list(
        "site_id", "part"
    )
    ahead = [
        place
        for place in places
        if place.day >= local_now().date() and (place.site_id, place.part) not in set(over)
    ]
    diaries = await diaries_of(place.pair_id for place in ahead)
    sites: dict[str, list[UUID]] = {}
    for place in ahead:
        if why := diaries[place.pair_id].why_not(place.day):
            sites.setdefault(why, []).append(place.site_id)
    if not sites:
        return
    names = dict(
        await Site.filter(id__in=[id_ for ids in sites.values() for id_ in ids]).values_list(
            "id", "name"
        )
    )
    told = [f"{why} : {', '.join(names[i] for i in ids)}." for why, ids in sites.items()]
    raise UserError(
        _(
            "Ce plan garde des visites un jour où leur binôme ne se déplace pas. %(visits)s Une visite annoncée se déplace ou s’annule dans « À décider » ; ensuite, calculez de nouveau.",
            visits=" ".join(told),
        )
    )


def with_drives_without(
    board: Board, places: list[PlannedVisit], waiting: set[tuple[UUID, int]]
) -> list[PlannedVisit]:
    """The places but for those of visits that wait for another answer, with the drives of days that are rid of one."""
    keys = {str(VisitKey(*where)) for where in waiting}
    by_key = {str(place.key): place for place in places}
    for where, order in board.order.items():
        if not keys.intersection(order):
            continue
        left = [key for key in order if key not in keys]
        for stop in day_of(board.problem, board.number, where, left).stops:
            place = by_key[board.problem.sites[stop.site].id]
            place.drive_before_min, place.drive_after_min = (
                stop.drive_before_min,
                stop.drive_after_min,
            )
            place.drive_source = stop.drive_source
    return [place for key, place in by_key.items() if key not in keys]


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
    return len(visits)


async def follow(visit: Visit, place: PlannedVisit, by: str) -> bool:
    """Moves a visit to where the plan puts it, unless its manager knows of it or it is done."""
    if visit.state.pinned:
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
