"""Mail: made from templates, sent by SMTP, or written to a folder when no server is set."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid, parseaddr
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tour.outbox import CannotDeliver, OutboxRow, delivers
from tour.settings import settings
from tour.templating import html
from tour.visits.calendar import calendar_file
from tour.visits.models import Visit


@delivers("mail")
async def send(row: OutboxRow) -> None:
    """Delivers one mail of the outbox. The Message-ID comes from the row: a repeat can be recognised."""
    message = await compose(row)
    if settings().smtp_url:
        await asyncio.to_thread(send_by_smtp, message)
    else:
        write_to_folder(message, settings().mail_dir, str(row.id))


async def compose(row: OutboxRow) -> EmailMessage:
    """The message of a row: text and HTML from the same template, and the calendar file where there is a visit."""
    data: dict[str, Any] = dict(row.payload)
    visit = None
    if data.get("visit"):
        visit = await Visit.get_or_none(id=data["visit"]).select_related("site", "pair")
        if visit is None:
            raise CannotDeliver("the visit no longer exists")
    template = f"mail/{data.pop('template')}.html"
    context = {**data, "visit": visit}
    sender_name, sender = parseaddr(settings().mail_from)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(unescape(html(template, block="subject", **context)).split())
    message["From"] = Address(sender_name, addr_spec=sender)
    message["To"] = Address(data.get("name", ""), addr_spec=data["to"])
    message["Message-ID"] = f"<{row.id}@{make_msgid().rpartition('@')[2]}"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(as_text(html(template, block="body", **context)), cte="base64")
    message.add_alternative(html(template, **context), subtype="html", cte="base64")
    if visit:
        ics = calendar_file(visit, attendee=data["to"], name=data.get("name", ""))
        message.add_alternative(
            ics.decode(),
            subtype="calendar",
            params={"method": "REQUEST"},
            cte="base64",
            charset="utf-8",
        )
        message.add_attachment(ics, "application", "ics", filename="visite.ics")
    return message


def as_text(body: str) -> str:
    """The text alternative of a small HTML body: links keep their address."""
    body = re.sub(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', r"\2 : \1", body, flags=re.S)
    body = re.sub(r"<(?:br|/p|/h\d|/li|/div)[^>]*>", "\n", body)
    body = re.sub(r"<[^>]+>", "", body)
    lines = [" ".join(line.split()) for line in unescape(body).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def send_by_smtp(message: EmailMessage) -> None:
    """Sends through the server of ``TOUR_SMTP_URL`` (smtp: STARTTLS when offered; smtps: TLS from the start)."""
    url = urlsplit(settings().smtp_url)
    host = url.hostname or "localhost"
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=30, context=context)
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=30)
    with server:
        if url.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def write_to_folder(message: EmailMessage, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.eml").write_bytes(message.as_bytes())
