"""A visit's life: every passage from one state to another goes through here and is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from tour.errors import UserError
from tour.events import emit
from tour.i18n import gettext as _
from tour.visits.models import Actor, Visit, VisitEvent, VisitState
from tour.visits.passages import PASSAGES, may_pass
from tour.wording import words


@dataclass(frozen=True)
class VisitChanged:
    """A visit passed to another state, moved, or something was added to an answer; ``event`` is what was kept of it."""

    visit: Visit
    event: VisitEvent


async def pass_to(
    visit: Visit, state: VisitState, *, by: str, actor: Actor = Actor.PLANNER, note: str = ""
) -> None:
    """Moves a visit to ``state``, inside the caller's transaction, and keeps who, when and why.

    Passing to the state it already has changes nothing. Raises UserError when the passage is not allowed, at all
    or to this actor.
    """
    if visit.state == state:
        return
    if not may_pass(visit.state, state, actor):
        raise UserError(refusal(visit.state, state))
    event = await VisitEvent.create(
        visit_id=visit.id, actor=actor, by=by, before=visit.state, after=state, note=note
    )
    changed = ["state"]
    if visit.state.fallen or state.fallen:
        visit.sequence += 1
        changed.append("sequence")
    visit.state = state
    await visit.save(update_fields=changed)
    await tell(visit, event)


def refusal(before: VisitState, after: VisitState) -> str:
    if (before, after) in PASSAGES:
        return _("Vous ne pouvez pas rendre cette visite « %(after)s ».", after=words(after))
    return _(
        "Une visite %(before)s ne peut pas devenir « %(after)s ».",
        before=words(before),
        after=words(after),
    )


async def tell(visit: Visit, event: VisitEvent) -> None:
    await emit(VisitChanged(visit, event))


async def move(visit: Visit, *, pair_id: UUID, day: date, start: time, end: time, by: str) -> bool:
    """Gives a proposed visit another place in the schedule, inside the caller's transaction; true if it moved."""
    place = (pair_id, day, start, end)
    if (visit.pair_id, visit.day, visit.start, visit.end) == place:
        return False
    if visit.state != VisitState.PROPOSED:
        raise UserError(_("Seule une visite proposée peut être déplacée."))
    note = f"{visit.day:%d/%m} {visit.start:%H:%M} → {day:%d/%m} {start:%H:%M}"
    event = await VisitEvent.create(
        visit_id=visit.id, by=by, before=visit.state, after=visit.state, note=note
    )
    visit.pair_id, visit.day, visit.start, visit.end = place
    visit.sequence += 1
    await visit.save()
    await tell(visit, event)
    return True
