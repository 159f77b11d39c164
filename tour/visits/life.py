"""A visit's life: every passage from one state to another goes through here and is kept."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

from tour.db import touch
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.visits.models import PASSAGES, Visit, VisitEvent, VisitState
from tour.wording import words


async def pass_to(visit: Visit, state: VisitState, *, by: str, note: str = "") -> None:
    """Moves a visit to ``state``, inside the caller's transaction, and keeps who, when and why.

    Passing to the state it already has changes nothing. Raises UserError when the passage is not allowed.
    """
    if visit.state == state:
        return
    if state not in PASSAGES[visit.state]:
        raise UserError(
            _(
                "Une visite %(before)s ne peut pas devenir « %(after)s ».",
                before=words(visit.state),
                after=words(state),
            )
        )
    await VisitEvent.create(visit_id=visit.id, by=by, before=visit.state, after=state, note=note)
    visit.state = state
    await visit.save(update_fields=["state"])
    await touch("visit", [visit.id])


async def move(visit: Visit, *, pair_id: UUID, day: date, start: time, end: time, by: str) -> bool:
    """Gives a proposed visit another place in the schedule, inside the caller's transaction; true if it moved."""
    place = (pair_id, day, start, end)
    if (visit.pair_id, visit.day, visit.start, visit.end) == place:
        return False
    if visit.state != VisitState.PROPOSED:
        raise UserError(_("Seule une visite proposée peut être déplacée."))
    note = f"{visit.day:%d/%m} {visit.start:%H:%M} → {day:%d/%m} {start:%H:%M}"
    await VisitEvent.create(
        visit_id=visit.id, by=by, before=visit.state, after=visit.state, note=note
    )
    visit.pair_id, visit.day, visit.start, visit.end = place
    visit.sequence += 1
    await visit.save()
    await touch("visit", [visit.id])
    return True
