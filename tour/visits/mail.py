"""Mail: made from templates, sent by SMTP, or written to a folder when no server is set."""

from __future__ import annotations

import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib

from tour.db import local_now, now
from tour.i18n import gettext as _
from tour.post.outbox import CannotDeliver, Later, OutboxRow
from tour.post.outside import is_this_machine, tls_context
from tour.settings import settings
from tour.sites.models import SiteManager
from tour.templating import html
from tour.visits import links, messages
from tour.visits.calendar import invitation_file
from tour.visits.message_models import Receipt, ReceiptState
from tour.visits.models import FALLEN, LinkKind, Visit, VisitState
from tour.visits.stranded import why_not_coming


class LinksAsTheyAre(EmailPolicy):
    """Python would write an address longer than a line as encoded words, which mail programs do not undo there."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


AS_IT_IS = LinksAsTheyAre(**{name: getattr(SMTP, name) for name in ("linesep", "max_line_length")})
UNSAFE_WAITS = timedelta(minutes=15)
FOR_THE_MANAGER = {"invitation", "moved", "confirmed", "reminder"}
# By QP, mail of any length passes any server; in the folder the bytes stay as they are, for people to read.
PASSES_ANYWHERE, READABLE = "quoted-printable", "8bit"
ASKS = {VisitState.INVITED, VisitState.CONFIRMED, VisitState.OTHER_DATE}

MakeLink = Callable[[str], Awaitable[str]]
LinkMakers = Mapping[str, MakeLink]
link_makers: dict[str, MakeLink] = {}


def connect(by_name: LinkMakers) -> None:
    """Sets how the link to what a payload names is made when its mail leaves; only ``tour.wiring`` calls it."""
    link_makers.clear()
    link_makers.update(by_name)


async def send(row: OutboxRow) -> None:
    """Delivers one mail of the outbox, never twice: its Message-ID is its receipt's."""
    receipt = await messages.receipt_of(row)
    if not await messages.about_to_hand(receipt):
        return
    try:
        message = await compose(row, receipt)
    except CannotDeliver as error:
        await messages.give_up(receipt, str(error))
        raise
    if settings().smtp_url:
        await send_by_smtp(row, receipt, message)
    else:
        write_to_folder(message, settings().mail_dir, str(receipt.id))
    await messages.mark(receipt, ReceiptState.SENT)


async def compose(row: OutboxRow, receipt: Receipt) -> EmailMessage:
    """The message of a row: text and HTML from the same template, and the calendar file where there is one.

    The links in it are made here, so that no token is kept anywhere.
    """
    data: dict[str, Any] = dict(row.payload)
    template = f"mail/{data.pop('template')}.html"
    visit = await visit_to_tell(data, receipt) if data.get("visit") else None
    message = EmailMessage(policy=AS_IT_IS)
    if visit:
        data["link"] = await links.make_link(visit, email=data["to"])
        message["Reply-To"] = reply_address(visit)
    if receipt.event == "reminder" and visit:
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
    cte = PASSES_ANYWHERE if settings().smtp_url else READABLE
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
    if receipt.event in FOR_THE_MANAGER and not is_to(visit.site.manager, data["to"]):
        raise CannotDeliver("no longer the site's manager")
    if data.get("calendar") == "CANCEL":
        if visit.state not in FALLEN:
            raise CannotDeliver("the visit stands again")
    elif receipt.event in {"invitation", "moved", "confirmed"} and visit.state not in ASKS:
        raise CannotDeliver("the visit no longer stands")
    elif receipt.event == "reminder" and visit.state != VisitState.INVITED:
        raise CannotDeliver("answered meanwhile")
    elif receipt.event in FOR_THE_MANAGER:
        if visit.day < local_now().date():
            raise CannotDeliver("the day of the visit is over")
        if await overtaken(receipt):
            raise CannotDeliver("a newer message gives another date")
        if why := await why_not_coming(visit):
            await messages.hold(receipt, why)
    data["people"] = [person.name for person in (visit.pair.hr, visit.pair.dsn) if person]
    return visit


def is_to(manager: SiteManager | None, address: str) -> bool:
    return manager is not None and manager.email.lower() == address.lower()


async def overtaken(receipt: Receipt) -> bool:
    """Whether the message waited so long that the visit has got another date meanwhile, which a newer one gives."""
    newer = Receipt.filter(visit_id=receipt.visit_id, event="moved", id__gt=receipt.id)
    return await newer.exists()


async def attach_calendar(message: EmailMessage, visit: Visit, data: dict[str, Any]) -> None:
    """The calendar file, both as an alternative (Gmail, Zimbra) and attached (Outlook), in base64 (Outlook again)."""
    if not (await messages.preference_of(data["to"])).calendar:
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


async def send_by_smtp(row: OutboxRow, receipt: Receipt, message: EmailMessage) -> None:
    """Hands a message to the server of ``TOUR_SMTP_URL``.

    What the server refuses for good is given up, what it cannot take now is tried again. When the connection
    breaks after the message has begun to go, nobody knows whether it left: the receipt says so. A server that
    offers no TLS, or another's certificate, costs no try: the message waits until that is mended.
    """
    try:
        async with smtp_client() as client:
            await client.mail(settings().mail_address)
            await client.rcpt(row.payload["to"])
            await messages.mark(receipt, ReceiptState.HANDING)
            await client.data(message.as_bytes())
            await messages.mark(receipt, ReceiptState.SENT)
    except aiosmtplib.SMTPResponseException as error:
        if receipt.state == ReceiptState.SENT:
            return
        if error.code >= 500 and not isinstance(error, aiosmtplib.SMTPAuthenticationError):
            await messages.give_up(receipt, f"{error.code} {error.message}")
        await messages.try_later(row, receipt, error)
    except (aiosmtplib.SMTPException, OSError) as error:
        if receipt.state == ReceiptState.SENT:  # it only failed to say goodbye
            return
        if receipt.state == ReceiptState.HANDING:
            await messages.mark(receipt, ReceiptState.UNSURE, f"{type(error).__name__}: {error}")
            raise CannotDeliver("may have left already: not sent twice") from error
        if words := not_safe(error):
            await messages.mark(receipt, ReceiptState.WAITING, words)
            raise Later(now() + UNSAFE_WAITS, words) from error
        await messages.try_later(row, receipt, error)


def smtp_client() -> aiosmtplib.SMTP:
    """A client of the settings' server. smtps: TLS from the start; smtp: STARTTLS.

    STARTTLS may only be missing where no password is sent and the server is this machine, or where the
    address ends with ``?tls=optional``: a relay inside that has none.
    """
    url = urlsplit(settings().smtp_url)
    tls, host = url.scheme == "smtps", url.hostname or "localhost"
    plain = not url.username and (is_this_machine(host) or url.query == "tls=optional")
    return aiosmtplib.SMTP(
        hostname=host,
        port=url.port or (465 if tls else 25),
        use_tls=tls,
        start_tls=False if tls else (None if plain else True),
        tls_context=tls_context(),
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password or "") if url.username else None,
        timeout=30,
    )


def not_safe(error: Exception) -> str:
    """In words, when the way to the server is not private; empty for any other error."""
    if "STARTTLS" in str(error):
        return _(
            "Le serveur de messagerie ne propose pas STARTTLS : rien ne lui est confié en clair."
        )
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return _(
                "Le certificat du serveur de messagerie n’est pas reconnu : rien ne lui est confié."
            )
        cause = cause.__cause__ or cause.__context__
    return ""


def write_to_folder(message: EmailMessage, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.eml").write_bytes(message.as_bytes())
