"""Mail: made from templates when it leaves, with what the rooms say of the things it names."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import unescape
from typing import Any

from tour.db import local_now
from tour.post import letters, smtp
from tour.post.models import Receipt
from tour.post.outbox import CannotDeliver, OutboxRow
from tour.settings import settings
from tour.templating import html


@dataclass
class Told:
    """What a mail says of a thing: for its template, in its headers, and the calendar file that goes along."""

    context: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    calendar: bytes = b""


MakeLink = Callable[[str], Awaitable[str]]
LinkMakers = Mapping[str, MakeLink]
Tell = Callable[[Receipt, dict[str, Any]], Awaitable[Told]]
Tellers = Mapping[str, Tell]
link_makers: dict[str, MakeLink] = {}
tellers: dict[str, Tell] = {}


def connect(links: LinkMakers, things: Tellers) -> None:
    """Sets how the link to what a payload names is made, and what is said of it; only ``tour.wiring`` calls it."""
    link_makers.clear()
    link_makers.update(links)
    tellers.clear()
    tellers.update(things)


async def send(row: OutboxRow) -> None:
    """Delivers one mail of the outbox, never twice: its Message-ID is its receipt's."""
    receipt = await letters.receipt_of(row)
    if not await letters.about_to_hand(receipt):
        return
    try:
        message = await compose(row, receipt)
    except CannotDeliver as error:
        await letters.give_up(receipt, str(error))
        raise
    await smtp.hand_over(row, receipt, message)


async def compose(row: OutboxRow, receipt: Receipt) -> EmailMessage:
    """The message of a row: text and HTML from the same template, and the calendar file where there is one.

    The links in it are made here, so that no token is kept anywhere.
    """
    data: dict[str, Any] = dict(row.payload)
    template = f"post/{data.pop('template')}.html"
    told = [await tell(receipt, data) for name, tell in tellers.items() if data.get(name)]
    context: dict[str, Any] = {**dict.fromkeys(tellers), **data}
    message = EmailMessage(policy=smtp.AS_IT_IS)
    for one in told:
        context |= one.context
        for header, value in one.headers.items():
            message[header] = value
    for name, make in link_makers.items():
        if data.get(name):
            context["link"] = await make(data[name])
    sender_name, sender = parseaddr(settings().mail_from)
    message["Subject"] = " ".join(unescape(html(template, block="subject", **context)).split())
    message["From"] = Address(sender_name, addr_spec=sender)
    message["To"] = Address(data.get("name", ""), addr_spec=data["to"])
    message["Date"] = format_datetime(local_now())
    message["Message-ID"] = receipt.message_id
    message["Auto-Submitted"] = "auto-generated"
    cte = smtp.encoding()
    message.set_content(as_text(html(template, block="body", **context)), cte=cte)
    message.add_alternative(html(template, **context), subtype="html", cte=cte)
    for one in told:
        if one.calendar:
            attach_calendar(message, one.calendar, data["calendar"])
    return message


def attach_calendar(message: EmailMessage, ics: bytes, method: str) -> None:
    """The calendar file, both as an alternative (Gmail, Zimbra) and attached (Outlook), in base64 (Outlook again)."""
    message.add_alternative(
        ics.decode(),
        subtype="calendar",
        params={"method": method},
        cte="base64",
        charset="utf-8",
    )
    message.add_attachment(ics, "application", "ics", filename="visite.ics")


def as_text(body: str) -> str:
    """The text alternative of a small HTML body: links keep their address."""
    body = re.sub(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', r"\2 : \1", body, flags=re.S)
    body = re.sub(r"<(?:br|/p|/h\d|/li|/div)[^>]*>", "\n", body)
    body = re.sub(r"<[^>]+>", "", body)
    lines = [" ".join(line.split()) for line in unescape(body).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
