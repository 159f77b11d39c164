"""Text messages through an HTTP gateway; off unless one is set."""

from __future__ import annotations

import re

import aiohttp

from tour.post import letters, outside
from tour.post.models import Receipt, ReceiptState
from tour.post.outbox import OutboxRow
from tour.settings import settings

MOBILE = re.compile(r"(\+33|0033|0)[67][0-9]{8}")
TIMEOUT = aiohttp.ClientTimeout(total=30)


def bare(phone: str) -> str:
    return re.sub(r"[^0-9+]", "", phone.replace("(0)", ""))


def possible(phone: str) -> bool:
    """Whether text messages are on and this is a French mobile number."""
    return bool(settings().sms_url) and MOBILE.fullmatch(bare(phone)) is not None


async def hand_over(row: OutboxRow, receipt: Receipt, text: str) -> None:
    """POSTs {"to", "text"} to the gateway. 2xx: taken; other 4xx than 408 and 429: refused for good; else tried again."""
    headers = {"Authorization": f"Bearer {settings().sms_token}"} if settings().sms_token else {}
    await letters.mark(receipt, ReceiptState.HANDING)
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
        await letters.try_later(row, receipt, error)
    except (aiohttp.ClientError, TimeoutError) as error:
        await letters.mark(receipt, ReceiptState.UNSURE, f"{type(error).__name__}: {error}")
        return
    if status >= 300:
        if 400 <= status < 500 and status not in (408, 429):
            await letters.give_up(receipt, f"the gateway answers {status}")
        await letters.try_later(row, receipt, ConnectionError(f"the gateway answers {status}"))
    await letters.mark(receipt, ReceiptState.SENT)
