"""Inviting many managers, no more than so many an hour."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tour.db import local_now, now, transaction
from tour.errors import UserError
from tour.hours import in_working_hours
from tour.i18n import gettext as _
from tour.post.models import LetterKind, Receipt, ReceiptState
from tour.settings import settings
from tour.visits.invite import invite
from tour.visits.message_models import Mailing, MailingLine, MailingState
from tour.visits.models import Actor, Visit, VisitState
from tour.visits.stranded import why_stranded

HOUR = timedelta(hours=1)


async def to_invite() -> list[Visit]:
    """Proposed visits still ahead that no mailing is about to send, in order of day.

    Those whose pair does not travel that day are among them: see ``why_stranded``.
    """
    waiting = await MailingLine.filter(
        posted_at=None, mailing__state__not=MailingState.OVER
    ).values_list("visit_id", flat=True)
    ahead = Visit.filter(state=VisitState.PROPOSED, day__gt=local_now().date())
    if waiting:
        ahead = ahead.exclude(id__in=list(waiting))
    return await ahead.select_related("site__manager", "pair__hr", "pair__dsn").order_by(
        "day", "start"
    )


async def start(visit_ids: Iterable[UUID], per_hour: int, *, by: str) -> Mailing:
    """A mailing of these visits; the first leave within the minute, in working hours."""
    wanted = set(visit_ids)
    if not 1 <= per_hour <= 1000:
        raise UserError(_("Choisissez un rythme entre 1 et 1000 par heure."), field="per_hour")
    async with transaction():
        chosen = [visit for visit in await to_invite() if visit.id in wanted]
        held = await why_stranded(chosen)
        chosen = [visit for visit in chosen if visit.id not in held]
        if not chosen:
            raise UserError(_("Choisissez au moins un responsable à inviter."), field="visits")
        mailing = await Mailing.create(per_hour=per_hour, by=by)
        await MailingLine.bulk_create(
            MailingLine(mailing_id=mailing.id, visit_id=visit.id) for visit in chosen
        )
    return mailing


async def set_state(mailing: Mailing, state: MailingState) -> None:
    """Pauses, resumes or stops; what has left has left, and a mailing that is over stays so."""
    await Mailing.filter(id=mailing.id).exclude(state=MailingState.OVER).update(state=state)


async def release(at: datetime | None = None) -> int:
    """Makes the invitations whose turn has come; returns how many. Meant to run every minute."""
    at = at or now()
    if not in_working_hours(at):
        return 0
    made = 0
    for mailing in await Mailing.filter(state=MailingState.RUNNING).order_by("created_at"):
        made += await release_some(mailing, at)
    return made


async def release_some(mailing: Mailing, at: datetime) -> int:
    """One minute's share, in one transaction: a worker that dies has made all of it or nothing."""
    async with transaction():
        held = await Mailing.filter(id=mailing.id).select_for_update().first()
        if held is None or held.state != MailingState.RUNNING:
            return 0
        lines = MailingLine.filter(mailing_id=held.id)
        lately = await lines.filter(posted_at__gt=at - HOUR, problem="").count()
        share = min(held.per_hour - lately, math.ceil(held.per_hour / 60))
        made = 0
        for line in await ready(held, max(0, share)):
            try:
                if line.visit.state == VisitState.INVITED:
                    raise UserError(_("Déjà invité entre-temps."))
                if line.visit.day <= at.astimezone(settings().tz).date():
                    raise UserError(_("La date est passée sans que l’invitation ait pu partir."))
                await invite(line.visit_id, by=held.by, actor=Actor.CLOCK)
                made += 1
            except UserError as error:
                line.problem = error.message
            line.posted_at = at
            await line.save(update_fields=["posted_at", "problem"])
        if not await lines.filter(posted_at=None).exists():
            await set_state(held, MailingState.OVER)
    return made


async def ready(mailing: Mailing, most: int) -> list[MailingLine]:
    """The next lines whose turn has come; those whose pair does not travel that day are held until it is settled."""
    lines = await (
        MailingLine.filter(mailing_id=mailing.id, posted_at=None)
        .order_by("id")
        .select_related("visit")
    )
    held = await why_stranded(line.visit for line in lines)
    return [line for line in lines if line.visit_id not in held][:most]


@dataclass
class Followed:
    """A line of a mailing with what became of it: waiting, held, passed, bounced, doubtful, answered, leaving or silent."""

    visit: Visit
    where: str
    why: str = ""


async def follow(mailing: Mailing) -> list[Followed]:
    lines = await MailingLine.filter(mailing_id=mailing.id).select_related(
        "visit__site__manager", "visit__pair"
    )
    receipts: dict[UUID, Receipt] = {}
    for receipt in await Receipt.filter(
        visit_id__in=[line.visit_id for line in lines],
        event__in=[kind for kind in LetterKind if kind.gives_the_date],
    ):
        receipts[receipt.visit_id] = receipt
    held = await why_stranded(line.visit for line in lines)
    return [
        Followed(
            line.visit,
            *where(mailing, line, receipts.get(line.visit_id), held.get(line.visit_id, "")),
        )
        for line in lines
    ]


def where(
    mailing: Mailing, line: MailingLine, receipt: Receipt | None, held: str
) -> tuple[str, str]:
    if held and (
        receipt.state == ReceiptState.WAITING
        if receipt
        else line.posted_at is None and mailing.state != MailingState.OVER
    ):
        return "held", held
    if line.posted_at is None:
        return ("dropped" if mailing.state == MailingState.OVER else "waiting"), ""
    if line.problem or receipt is None:
        return "passed", line.problem
    if line.visit.state.answers or line.visit.state.begun:
        return "answered", ""
    if receipt.state.undelivered:
        return "bounced", receipt.error
    if receipt.state == ReceiptState.UNSURE:
        return "doubtful", receipt.error
    return ("silent" if receipt.state == ReceiptState.SENT else "leaving"), ""
