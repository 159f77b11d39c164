"""Reminders by text message."""

from __future__ import annotations

from html import unescape

from tour.db import local_now
from tour.post import letters, sms
from tour.post.models import Channel, LetterKind
from tour.post.outbox import OutboxRow
from tour.templating import html
from tour.visits import links
from tour.visits.models import Visit, VisitState
from tour.visits.stranded import why_not_coming


async def write_reminder(visit: Visit, phone: str, *, key: str) -> None:
    await letters.write(
        Channel.SMS,
        LetterKind.REMINDER,
        sms.bare(phone),
        key=key,
        visit_id=visit.id,
        payload={"to": sms.bare(phone), "visit": str(visit.id)},
    )


async def send(row: OutboxRow) -> None:
    """Sends a reminder, unless it was answered meanwhile."""
    receipt = await letters.receipt_of(row)
    if not await letters.about_to_hand(receipt):
        return
    visit = await Visit.get_or_none(id=row.payload["visit"]).select_related("site")
    if visit is None or visit.state != VisitState.INVITED or visit.day < local_now().date():
        await letters.give_up(receipt, "answered meanwhile, or its day is over")
    assert visit
    if why := await why_not_coming(visit):
        await letters.hold(receipt, why)
    link = await links.make_link(visit)
    text = " ".join(unescape(html("post/reminder_sms.html", visit=visit, link=link)).split())
    await sms.hand_over(row, receipt, text)
