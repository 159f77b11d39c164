"""Inviting managers to confirm a visit, and what their answers do."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tour import outbox
from tour.db import local_now, transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.visits.life import pass_to
from tour.visits.links import make_link
from tour.visits.models import ANSWERS, Actor, Visit, VisitState


async def invite(visit_id: UUID, *, by: str) -> Visit:
    """Invites the site's manager: the visit becomes invited and a mail with its link waits in the outbox.

    Inviting again makes a new link and a new mail; the visit stays as it is. Raises UserError when the
    site has no manager, or when the visit is no longer to be confirmed.
    """
    async with transaction():
        visit = await Visit.get(id=visit_id).select_related(
            "site__manager", "pair__hr", "pair__dsn"
        )
        manager = visit.site.manager
        if manager is None or not manager.email:
            raise UserError(
                _("Ce site n’a pas de responsable joignable : ajoutez son adresse d’abord.")
            )
        if visit.state not in {VisitState.PROPOSED, VisitState.INVITED}:
            raise UserError(_("Cette visite n’attend plus de confirmation."))
        await pass_to(visit, VisitState.INVITED, by=by)
        link = await make_link(visit)
        people = [person.name for person in (visit.pair.hr, visit.pair.dsn) if person]
        await outbox.post(
            "mail",
            key=f"invitation/{link.rpartition('/')[2][:12]}",
            payload={
                "template": "invitation",
                "to": manager.email,
                "name": manager.name,
                "visit": str(visit.id),
                "link": link,
                "people": people,
            },
        )
    return visit


async def invite_many(visit_ids: list[UUID], *, by: str) -> tuple[int, list[str]]:
    """Invites several managers; returns how many were, and a sentence for each that could not be."""
    done, problems = 0, []
    for visit_id in visit_ids:
        try:
            await invite(visit_id, by=by)
            done += 1
        except UserError as error:
            visit = await Visit.get(id=visit_id).select_related("site")
            problems.append(f"{visit.site.name} : {error.message}")
    outbox.deliver_now()
    return done, problems


async def answer(
    visit_id: UUID, state: VisitState, *, name: str, note: str = "", wish: date | None = None
) -> Visit:
    """Records a manager's answer; it can be changed until the eve of the visit. Giving the same answer twice
    changes nothing. Raises UserError when it is too late or the answer is not one of ANSWERS."""
    if state not in ANSWERS:
        raise UserError(_("Choisissez une des trois réponses."), field="answer")
    async with transaction():
        visit = await Visit.get(id=visit_id).select_related("site", "pair")
        if visit.day <= local_now().date():
            raise UserError(
                _("La visite est trop proche pour changer la réponse ici : appelez-nous.")
            )
        said = " · ".join(part for part in (f"{wish:%d/%m/%Y}" if wish else "", note) if part)
        await pass_to(visit, state, by=name, actor=Actor.MANAGER, note=said)
    return visit
