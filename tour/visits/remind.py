"""Reminders to managers who have not answered: by themselves, never more than two, never out of working hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from tour import hours
from tour.db import now, transaction
from tour.i18n import gettext as _
from tour.post import sms
from tour.post.letters import preference_of
from tour.post.models import LetterKind, Receipt, ReceiptState
from tour.settings import settings
from tour.visits.invite import locked
from tour.visits.life import pass_to
from tour.visits.mail import write_mail
from tour.visits.models import Actor, Visit, VisitState
from tour.visits.sms import write_reminder
from tour.visits.stranded import why_not_coming

MISSED_AFTER = timedelta(days=7)  # tablets may be late


async def remind(at: datetime | None = None) -> int:
    """Writes the reminders that are due; returns how many."""
    at = at or now()
    if not settings().reminders_after or not hours.in_working_hours(at):
        return 0
    today = at.astimezone(settings().tz).date()
    silent = await Visit.filter(state=VisitState.INVITED, day__gt=today).values_list(
        "id", flat=True
    )
    return sum([await remind_of(visit, at) for visit in silent])


async def remind_of(visit_id: object, at: datetime) -> bool:
    """One visit's reminder, when its time has come. Its key in the outbox carries its number: each is sent once."""
    async with transaction():
        visit = await locked(visit_id)  # type: ignore[arg-type]
        if visit.state != VisitState.INVITED or visit.site.manager is None:
            return False
        if await why_not_coming(visit):
            return False
        told = (
            await Receipt.filter(
                visit_id=visit.id,
                event__in=[kind for kind in LetterKind if kind.gives_the_date],
                state__in=[state for state in ReceiptState if state.left],
            )
            .order_by("-created_at")
            .first()
        )
        sent = await Receipt.filter(visit_id=visit.id, event=LetterKind.REMINDER).count()
        waits = settings().reminders_after
        if told is None or sent >= len(waits):
            return False
        if at < told.created_at + timedelta(days=waits[sent]):
            return False
        manager = visit.site.manager
        if not (await preference_of(manager.email)).reminders:
            return False
        key = f"reminder/{visit.id}/{sent + 1}"
        if sent + 1 == len(waits) and sms.possible(manager.phone):
            await write_reminder(visit, manager.phone, key=key)
            return True
        return await write_mail(LetterKind.REMINDER, visit, key=key, calendar="")


async def close_past(at: datetime | None = None) -> int:
    """Visits that were agreed and where nobody arrived are missed, once late tablets have had their time."""
    last = (at or now()).astimezone(settings().tz).date() - MISSED_AFTER
    found = await Visit.filter(
        state__in=[state for state in VisitState if state.awaited], day__lt=last
    ).values_list("id", flat=True)
    for visit_id in found:
        async with transaction():
            visit = await locked(visit_id)  # type: ignore[arg-type]
            if visit.state.awaited:
                await pass_to(
                    visit,
                    VisitState.MISSED,
                    by="tour",
                    actor=Actor.CLOCK,
                    note=_("aucune arrivée notée"),
                )
    return len(found)
