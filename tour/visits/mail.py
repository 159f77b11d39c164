"""Mail: made from templates, sent by SMTP, or written to a folder when no server is set."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import unescape
from typing import Any

from tour.db import local_now
from tour.post import letters, smtp
from tour.post.links import LinkKind
from tour.post.models import Channel, LetterKind, Receipt
from tour.post.outbox import CannotDeliver, OutboxRow
from tour.settings import settings
from tour.sites.models import SiteManager
from tour.templating import html
from tour.visits import links
from tour.visits.calendar import invitation_file
from tour.visits.models import Visit, VisitState
from tour.visits.stranded import why_not_coming

MakeLink = Callable[[str], Awaitable[str]]
LinkMakers = Mapping[str, MakeLink]
link_makers: dict[str, MakeLink] = {}


def connect(by_name: LinkMakers) -> None:
    """Sets how the link to what a payload names is made when its mail leaves; only ``tour.wiring`` calls it."""
    link_makers.clear()
    link_makers.update(by_name)


async def write_mail(
    event: LetterKind, visit: Visit, *, key: str, calendar: str = "", **payload: Any
) -> bool:
    """Mails the site's manager about a visit (which comes with its site and manager); false when there is nobody.

    ``event`` names the template; ``calendar`` is the METHOD of the calendar file that goes along.
    """
    manager = visit.site.manager
    if manager is None or not manager.email:
        return False
    await letters.write(
        Channel.MAIL,
        event,
        manager.email,
        key=key,
        visit_id=visit.id,
        payload={
            "template": event,
            "to": manager.email,
            "name": manager.name,
            "visit": str(visit.id),
            "calendar": calendar,
            **payload,
        },
    )
    return True


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
    visit = await visit_to_tell(data, receipt) if data.get("visit") else None
    message = EmailMessage(policy=smtp.AS_IT_IS)
    if visit:
        data["link"] = await links.make_link(visit, email=data["to"])
        message["Reply-To"] = reply_address(visit)
    if receipt.event == LetterKind.REMINDER and visit:
        stop = await links.make_link(visit, LinkKind.REMINDERS, email=data["to"].lower())
        data["stop_link"] = stop
        message["List-Unsubscribe"] = f"<{stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for name, make in link_makers.items():
        if data.get(name):
            data["link"] = await make(data[name])
    context = {**data, "visit": visit}
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
    if visit and data.get("calendar"):
        await attach_calendar(message, visit, data)
    return message


async def visit_to_tell(data: dict[str, Any], receipt: Receipt) -> Visit:
    """The visit a mail speaks of. Raises CannotDeliver when the mail would no longer be true."""
    visit = await Visit.get_or_none(id=data["visit"]).select_related(
        "site__manager", "pair__hr", "pair__dsn"
    )
    if visit is None:
        raise CannotDeliver("the visit no longer exists")
    letter = LetterKind(receipt.event)
    if letter.expects_the_visit and not is_to(visit.site.manager, data["to"]):
        raise CannotDeliver("no longer the site's manager")
    if data.get("calendar") == "CANCEL":
        if visit.state.stands:
            raise CannotDeliver("the visit stands again")
    elif letter.expects_the_visit and letter != LetterKind.REMINDER and not visit.state.told:
        raise CannotDeliver("the visit no longer stands")
    elif letter == LetterKind.REMINDER and visit.state != VisitState.INVITED:
        raise CannotDeliver("answered meanwhile")
    elif letter.expects_the_visit:
        if visit.day < local_now().date():
            raise CannotDeliver("the day of the visit is over")
        if await overtaken(receipt):
            raise CannotDeliver("a newer message gives another date")
        if why := await why_not_coming(visit):
            await letters.hold(receipt, why)
    data["people"] = [person.name for person in (visit.pair.hr, visit.pair.dsn) if person]
    return visit


def is_to(manager: SiteManager | None, address: str) -> bool:
    return manager is not None and manager.email.lower() == address.lower()


async def overtaken(receipt: Receipt) -> bool:
    """Whether the message waited so long that the visit has got another date meanwhile, which a newer one gives."""
    newer = Receipt.filter(visit_id=receipt.visit_id, event=LetterKind.MOVED, id__gt=receipt.id)
    return await newer.exists()


async def attach_calendar(message: EmailMessage, visit: Visit, data: dict[str, Any]) -> None:
    """The calendar file, both as an alternative (Gmail, Zimbra) and attached (Outlook), in base64 (Outlook again)."""
    if not (await letters.preference_of(data["to"])).calendar:
        return
    method = data["calendar"]
    ics = invitation_file(visit, attendee=data["to"], name=data.get("name", ""), method=method)
    message.add_alternative(
        ics.decode(),
        subtype="calendar",
        params={"method": method},
        cte="base64",
        charset="utf-8",
    )
    message.add_attachment(ics, "application", "ics", filename="visite.ics")


def reply_address(visit: Visit) -> str:
    """Where an answer to a mail about this visit goes, so that it finds its visit."""
    local, _at, domain = settings().mail_address.rpartition("@")
    pattern = settings().reply_to or f"{local}+{{visit}}@{domain}"
    return pattern.replace("{visit}", visit.id.hex)


def as_text(body: str) -> str:
    """The text alternative of a small HTML body: links keep their address."""
    body = re.sub(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', r"\2 : \1", body, flags=re.S)
    body = re.sub(r"<(?:br|/p|/h\d|/li|/div)[^>]*>", "\n", body)
    body = re.sub(r"<[^>]+>", "", body)
    lines = [" ".join(line.split()) for line in unescape(body).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
