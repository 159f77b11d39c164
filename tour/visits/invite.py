"""Inviting managers to confirm a visit, what their answers do, and giving a visit another date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from tour.db import local_now, transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.people.absences import diaries_of
from tour.post.models import LetterKind, Receipt
from tour.visits.life import VisitChanged, move, pass_to, tell
from tour.visits.mail import write_mail
from tour.visits.models import Actor, ProposedDate, Visit, VisitEvent, VisitState
from tour.visits.stranded import why_not_coming


@dataclass(frozen=True)
class Slot:
    """A day and hour, and who would come; a date somebody merely proposed has neither hour nor pair."""

    day: date
    start: time | None = None
    end: time | None = None
    pair_id: UUID | None = None


async def locked(visit_id: UUID) -> Visit:
    """The visit with its site, manager and pair, nobody else's to change until the caller's transaction ends."""
    await Visit.filter(id=visit_id).select_for_update().only("id").first()
    return await Visit.get(id=visit_id).select_related("site__manager", "pair")


async def invite(visit_id: UUID, *, by: str, actor: Actor = Actor.PLANNER) -> Visit:
    """Invites the site's manager: the visit becomes invited and a mail with its link waits in the outbox.

    Inviting again makes a new link and a new mail; the visit stays as it is. Raises UserError when the
    site has no manager, when the visit is no longer to be confirmed, or when its pair does not travel that day.
    """
    async with transaction():
        visit = await locked(visit_id)
        if visit.site.manager is None or not visit.site.manager.email:
            raise UserError(
                _("Ce site n’a pas de responsable joignable : ajoutez son adresse d’abord.")
            )
        if not visit.state.unanswered:
            raise UserError(_("Cette visite n’attend plus de confirmation."))
        if why := await why_not_coming(visit):
            raise UserError(
                _(
                    "%(why)s : donnez d’abord à cette visite une autre date ou un autre binôme.",
                    why=why,
                )
            )
        await pass_to(visit, VisitState.INVITED, by=by, actor=actor)
        told = [kind for kind in LetterKind if kind.gives_the_date]
        sent = await Receipt.filter(visit_id=visit.id, event__in=told).count()
        event = LetterKind.MOVED if sent and visit.sequence else LetterKind.INVITATION
        await write_mail(
            event, visit, key=f"invitation/{visit.id}/{sent + 1}", calendar="REQUEST", agreed=False
        )
    return visit


async def answer(
    visit_id: UUID,
    state: VisitState,
    *,
    name: str,
    note: str = "",
    proposed: Sequence[Slot] = (),
    actor: Actor = Actor.MANAGER,
) -> Visit:
    """Records an answer; it can be changed until the eve of the visit. Giving the same answer twice changes nothing.

    ``proposed`` are the dates proposed with OTHER_DATE. Raises UserError when it is too late or the state is no
    answer.
    """
    if not state.answers:
        raise UserError(_("Choisissez une des trois réponses."), field="answer")
    async with transaction():
        visit = await locked(visit_id)
        if visit.day <= local_now().date():
            raise UserError(
                _("La visite est trop proche pour changer la réponse ici : appelez-nous.")
            )
        dates = ", ".join(map(slot_in_words, proposed))
        said = " · ".join(part for part in (dates, note) if part)
        if visit.state == state:
            await add(visit, said, name, actor)
        else:
            await pass_to(visit, state, by=name, actor=actor, note=said)
            await acknowledge(visit)
        if state == VisitState.OTHER_DATE:
            await ProposedDate.filter(visit_id=visit.id).delete()
            await ProposedDate.bulk_create(
                ProposedDate(
                    visit_id=visit.id, day=w.day, start=w.start, pair_id=w.pair_id, by=name
                )
                for w in proposed
            )
    return visit


def slot_in_words(slot: Slot) -> str:
    return f"{slot.day:%d/%m/%Y}" + (f" {slot.start:%H:%M}" if slot.start else "")


async def add(visit: Visit, said: str, name: str, actor: Actor) -> None:
    """The same answer with something else to say is kept too."""
    last = await VisitEvent.filter(visit_id=visit.id).order_by("-id").first()
    if last and last.note != said and said:
        event = await VisitEvent.create(
            visit_id=visit.id,
            actor=actor,
            by=name,
            before=visit.state,
            after=visit.state,
            note=said,
        )
        await tell(visit, event)


async def acknowledge(visit: Visit) -> None:
    """« C'est noté », with what it changes in the manager's calendar."""
    calendar = {VisitState.CONFIRMED: "REQUEST", VisitState.DECLINED: "CANCEL"}.get(visit.state)
    if calendar:
        count = await VisitEvent.filter(visit_id=visit.id).count()
        await write_mail(
            LetterKind(visit.state), visit, key=f"answer/{visit.id}/{count}", calendar=calendar
        )


async def reschedule(visit_id: UUID, slot: Slot, *, by: str) -> Visit:
    """Gives a visit another date and tells its manager; confirmed at once when the manager had proposed that date.

    The caller has checked that the plan can take it. Raises UserError when the visit can no longer move, or when the
    pair does not travel that day.
    """
    assert slot.start
    assert slot.end
    assert slot.pair_id
    async with transaction():
        visit = await locked(visit_id)
        diary = (await diaries_of([slot.pair_id]))[slot.pair_id]
        if why := diary.why_not(slot.day):
            raise UserError(_("%(why)s : choisissez une autre date.", why=why))
        found = await ProposedDate.filter(visit_id=visit.id, day=slot.day).order_by("at").first()
        agreed = found is not None and found.start in (None, slot.start)
        await pass_to(visit, VisitState.PROPOSED, by=by, note=_("pour changer de date"))
        await move(visit, pair_id=slot.pair_id, day=slot.day, start=slot.start, end=slot.end, by=by)
        await ProposedDate.filter(visit_id=visit.id).delete()
        if visit.site.manager is None:
            return visit
        await pass_to(visit, VisitState.INVITED, by=by)
        if found and agreed:
            note = _("date proposée par %(who)s", who=found.by)
            await pass_to(visit, VisitState.CONFIRMED, by=by, note=note)
        count = await VisitEvent.filter(visit_id=visit.id).count()
        await write_mail(
            LetterKind.MOVED,
            visit,
            key=f"moved/{visit.id}/{count}",
            calendar="REQUEST",
            agreed=agreed,
        )
    return visit


async def tell_of_a_cancellation(happened: VisitChanged) -> None:
    """Who knew of a visit hears that it falls, and it leaves their calendar."""
    visit, event = happened.visit, happened.event
    if event.after == VisitState.CANCELLED and VisitState(event.before).told:
        told = await Visit.get(id=visit.id).select_related("site__manager")
        await write_mail(
            LetterKind.CANCELLED,
            told,
            key=f"cancelled/{event.id}",
            calendar="CANCEL",
            reason=event.note,
        )
