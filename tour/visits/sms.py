"""Text messages through an HTTP gateway; off unless one is set."""

from __future__ import annotations

import re
from html import unescape

import aiohttp

from tour.db import local_now
from tour.post import outside
from tour.post.outbox import OutboxRow
from tour.settings import settings
from tour.templating import html
from tour.visits import links, messages
from tour.visits.message_models import Channel, ReceiptState
from tour.visits.models import Visit, VisitState
from tour.visits.stranded import why_not_coming

MOBILE = re.compile(r"(\+33|0033|0)[67][0-9]{8}")
TIMEOUT = aiohttp.ClientTimeout(total=30)


def bare(phone: str) -> str:
    return re.sub(r"[^0-9+]", "", phone.replace("(0)", ""))


def possible(phone: str) -> bool:
    """Whether text messages are on and this is a French mobile number."""
    return bool(settings().sms_url) and MOBILE.fullmatch(bare(phone)) is not None


async def write_reminder(visit: Visit, phone: str, *, key: str) -> None:
    await messages.write(
        Channel.SMS,
        "reminder",
        bare(phone),
        key=key,
        visit_id=visit.id,
        payload={"to": bare(phone), "visit": str(visit.id)},
    )


async def send(row: OutboxRow) -> None:
    """POSTs {"to", "text"} to the gateway. 2xx: taken; other 4xx than 408 and 429: refused for good; else tried again."""
    receipt = await messages.receipt_of(row)
    if not await messages.about_to_hand(receipt):
        return
    visit = await Visit.get_or_none(id=row.payload["visit"]).select_related("site")
    if visit is None or visit.state != VisitState.INVITED or visit.day < local_now().date():
        await messages.give_up(receipt, "answered meanwhile, or its day is over")
    assert visit
    if why := await why_not_coming(visit):
        await messages.hold(receipt, why)
    link = await links.make_link(visit)
    text = " ".join(unescape(html("mail/reminder_sms.html", visit=visit, link=link)).split())
    headers = {"Authorization": f"Bearer {settings().sms_token}"} if settings().sms_token else {}
    await messages.mark(receipt, ReceiptState.HANDING)
    try:
        async with (
            outside.trusted_session(TIMEOUT) as http,
            http.post(
                settings().sms_url,
                json={"to": row.payload["to"], "text": text},
                headers=headers,
                allow_redirects=False,
            ) as said,
        ):
            status = said.status
    except aiohttp.ClientConnectorError as error:
        await messages.try_later(row, receipt, error)
    except (aiohttp.ClientError, TimeoutError) as error:
        await messages.mark(receipt, ReceiptState.UNSURE, f"{type(error).__name__}: {error}")
        return
    if status >= 300:
        if 400 <= status < 500 and status not in (408, 429):
            await messages.give_up(receipt, f"the gateway answers {status}")
        await messages.try_later(row, receipt, ConnectionError(f"the gateway answers {status}"))
    await messages.mark(receipt, ReceiptState.SENT)
