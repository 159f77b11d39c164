"""Mail that comes back to the functional mailbox: bounces, answers given in a calendar, replies.

An answer given in a calendar can be forged: it is shown to the planner « à vérifier » and changes nothing by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import imaplib
import logging
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default as mail_policy
from email.utils import getaddresses, parseaddr
from urllib.parse import unquote, urlsplit
from uuid import UUID

from icalendar import Calendar

from tour.db import transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.post.outside import is_this_machine, tls_context
from tour.settings import settings
from tour.visits.calendar import visit_of_uid
from tour.visits.invite import answer
from tour.visits.message_models import Incoming, IncomingKind, Receipt, ReceiptState
from tour.visits.models import Actor, Visit, VisitState

log = logging.getLogger("tour")
SEEN_BY_US = "tour-read"  # a keyword of our own: people who read the mailbox keep their « unread »
VISIT_ADDRESS = re.compile(r"[+.=/_-]([0-9a-fA-F]{32})@")  # {visit} in an address of ours
MOST_BYTES = 2_000_000  # of a mail; what comes after is an attachment, and nobody here reads it
MOST_HEADERS = 64_000  # bytes; parsing addresses takes more than its share of time
MOST_PARTS = 200
CONTENT_FIELD = re.compile(rb"^content-[a-z-]+:[^\n]*(?:\n[ \t][^\n]*)*", re.I | re.M)
LONGEST_FIELD = 2_000  # bytes; the time that its parameters take grows with their square
MOST_CALENDAR = 64_000  # bytes; an answer has two
ANSWER = {"ACCEPTED": VisitState.CONFIRMED, "DECLINED": VisitState.DECLINED}


@dataclass(frozen=True)
class Reply:
    """What a calendar said: whose, for which visit, at which SEQUENCE."""

    visit_id: UUID
    attendee: str
    partstat: str
    sequence: int


async def take_in(raw: bytes) -> Incoming | None:
    """Keeps what a mail says about one of our messages or visits; none when it is about none, or known already."""
    message = message_from_bytes(within_bounds(raw), policy=mail_policy)
    assert isinstance(message, EmailMessage)
    message_id = "".join(texts_of(message, "Message-ID")[:1]).strip()[:250]
    if not message_id or await Incoming.filter(message_id=message_id).exists():
        return None
    async with transaction():
        if message.get_content_type() == "multipart/report":
            return await take_bounce(message, message_id)
        if reply := calendar_reply(message):
            return await take_calendar_reply(message, message_id, reply)
        return await take_reply(message, message_id)


def within_bounds(raw: bytes) -> bytes:
    """The beginning of a mail: of its headers, of its parts and of the whole no more than a person's mail has."""
    raw = raw[:MOST_BYTES].replace(b"\r\n", b"\n")
    headers, blank, body = raw.partition(b"\n\n")
    if len(headers) > MOST_HEADERS:
        headers = headers[:MOST_HEADERS].rpartition(b"\n")[0]
    pieces = body.split(b"\n--", MOST_PARTS)
    if len(pieces) > MOST_PARTS:
        body = b"\n--".join(pieces[:MOST_PARTS])
    return CONTENT_FIELD.sub(lambda found: found[0][:LONGEST_FIELD], headers + blank + body)


def texts_of(message: Message, name: str) -> list[str]:
    """What each header of that name says; nothing when one does not read."""
    try:
        return [str(value) for value in message.get_all(name, [])]
    except Exception:  # parentheses within parentheses, thousands of times
        return []


async def take_bounce(message: EmailMessage, message_id: str) -> Incoming | None:
    """A delivery status notification (RFC 3464) about one of our messages, when it says « failed »."""
    failed = next((part for part in status_fields(message) if is_failure(part)), None)
    receipt = await Receipt.get_or_none(message_id=original_id(message))
    if failed is None or receipt is None:
        return None
    status = str(failed.get("Status", "")).strip()
    said = str(failed.get("Diagnostic-Code", "")).partition(";")[2].strip()
    receipt.state, receipt.error = ReceiptState.BOUNCED, f"{status} {said}".strip()[:1000]
    await receipt.save(update_fields=["state", "error"])
    return await Incoming.create(
        kind=IncomingKind.BOUNCE,
        message_id=message_id,
        visit_id=receipt.visit_id,
        sender=receipt.recipient,
        text=receipt.error,
    )


def status_fields(message: EmailMessage) -> list[Message]:
    """The groups of fields of the message/delivery-status part."""
    return [
        group
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
        for group in (part.get_payload() if part.is_multipart() else [])
        if isinstance(group, Message)
    ]


def is_failure(group: Message) -> bool:
    return str(group.get("Action", "")).strip().lower() == "failed"


def original_id(message: EmailMessage) -> str:
    """The Message-ID of the mail that came back, from its copy in the report, else from the report's own headers."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, Message) and inner["Message-ID"]:
                return str(inner["Message-ID"]).strip()
        if part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            headers = message_from_bytes(text if isinstance(text, bytes) else b"")
            if headers["Message-ID"]:
                return str(headers["Message-ID"]).strip()
    return str(message["In-Reply-To"] or "").strip()


def calendar_reply(message: EmailMessage) -> Reply | None:
    """The answer of a calendar (RFC 5546, METHOD:REPLY) about one of our visits. ORGANIZER may be missing."""
    for part in message.walk():
        if part.get_content_type() not in ("text/calendar", "application/ics"):
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or len(content) > MOST_CALENDAR:
            continue
        try:
            calendar = Calendar.from_ical(content)
        except Exception:  # noqa: S112 - whatever a parser says of what is no calendar: the mail is read without it
            continue
        if str(calendar.get("method", "")).upper() != "REPLY":
            continue
        for event in calendar.walk("VEVENT"):
            visit_id, attendee = visit_of_uid(str(event.get("uid", ""))), event.get("attendee")
            if visit_id and attendee is not None and not isinstance(attendee, list):
                return Reply(
                    visit_id=visit_id,
                    attendee=re.sub("^mailto:", "", str(attendee), flags=re.I).lower(),
                    partstat=str(attendee.params.get("partstat", "")).upper(),
                    sequence=whole(event.get("sequence", 0)),
                )
    return None


def whole(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def says_too_much(message: EmailMessage) -> bool:
    """Whether a calendar came that is too long to be an answer, and was not read."""
    return any(
        part.get_content_type() in ("text/calendar", "application/ics")
        and len(str(part.get_payload())) > MOST_CALENDAR
        for part in message.walk()
    )


async def take_calendar_reply(
    message: EmailMessage, message_id: str, reply: Reply
) -> Incoming | None:
    """Keeps the answer when that address was invited to that visit, as it now stands."""
    visit = await Visit.get_or_none(id=reply.visit_id)
    invited = await Receipt.filter(visit_id=reply.visit_id).values_list("recipient", flat=True)
    if visit is None or reply.attendee not in {str(address).lower() for address in invited}:
        return None
    old = reply.sequence < visit.sequence
    return await Incoming.create(
        kind=IncomingKind.CALENDAR,
        message_id=message_id,
        visit_id=visit.id,
        sender=parseaddr(str(message["From"] or ""))[1],
        answer=reply.partstat[:24],
        text=_("répond à une date d’avant") if old else "",
        treated_by="tour" if old else "",
    )


async def take_reply(message: EmailMessage, message_id: str) -> Incoming | None:
    """A person's reply to a mail about a visit; answers of machines (out of office) are left to the mailbox."""
    if str(message["Auto-Submitted"] or "no").lower() != "no":
        return None
    visit_id = visit_written_to(message)
    if visit_id is None or not await Visit.exists(id=visit_id):
        return None
    body = message.get_body(("plain",))
    said = text_of(body) if body else ""
    if says_too_much(message):
        said = (
            _("[Calendrier joint trop grand pour être lu ici : ouvrez ce mail dans la boîte.]")
            + f"\n{said}"
        )
    return await Incoming.create(
        kind=IncomingKind.REPLY,
        message_id=message_id,
        visit_id=visit_id,
        sender=parseaddr(str(message["From"] or ""))[1][:254],
        text=without_quotes(said)[:2000],
    )


def text_of(part: Message) -> str:
    """The words of a part, whatever its charset is called: what cannot be read shows as �, and is read by a person."""
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else str(part.get_payload()).encode()
    try:
        text = raw.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        text = raw.decode("utf-8", "replace")
    return text.replace("\0", "")


async def keep_raw(raw: bytes) -> Incoming | None:
    """A mail that our reading failed on, as it came, for the visit that its recipient's address names.

    None when it names none of ours: then it is somebody else's mail.
    """
    text = raw.decode("utf-8", "replace").replace("\0", "")
    found = VISIT_ADDRESS.search(text[:50_000])
    visit = await Visit.get_or_none(id=UUID(found[1])) if found else None
    message_id = f"<{hashlib.sha256(raw).hexdigest()}@unread>"
    if visit is None or await Incoming.exists(message_id=message_id):
        return None
    return await Incoming.create(
        kind=IncomingKind.REPLY, message_id=message_id, visit_id=visit.id, text=text[:2000]
    )


def visit_written_to(message: EmailMessage) -> UUID | None:
    fields = ("To", "Cc", "Delivered-To", "X-Original-To")
    addresses = getaddresses([text for name in fields for text in texts_of(message, name)])
    pattern = settings().reply_to or settings().mail_address.replace("@", "+{visit}@")
    wanted = re.escape(pattern).replace(r"\{visit\}", "([0-9a-f]{32})")
    for _name, address in addresses:
        if found := re.fullmatch(wanted, address, flags=re.I):
            return UUID(found[1])
    return None


def without_quotes(text: str) -> str:
    """What was written above the quoted mail."""
    kept = [line for line in text.splitlines() if not line.startswith(">")]
    return "\n".join(kept).strip()


async def settle(incoming: Incoming, *, keep: bool, by: str) -> None:
    """The planner has looked at it; with ``keep``, a calendar's answer becomes the visit's."""
    async with transaction():
        state = ANSWER.get(incoming.answer)
        if keep:
            if state is None or incoming.visit_id is None:
                raise UserError(_("Cette réponse ne dit ni oui ni non."))
            note = _("réponse d’agenda de %(who)s, vérifiée", who=incoming.sender)
            await answer(incoming.visit_id, state, name=by, note=note, actor=Actor.PLANNER)
        await Incoming.filter(id=incoming.id).update(treated_by=by)


async def fetch() -> int:
    """Reads what is new in the mailbox of ``TOUR_IMAP_URL``; returns how many mails told something."""
    if not settings().imap_url:
        return 0
    taken = 0
    box = await asyncio.to_thread(open_box)
    try:
        for number in await asyncio.to_thread(unread_by_us, box):
            raw = await asyncio.to_thread(read_one, box, number)
            try:
                taken += await take_in(raw) is not None
            except Exception:  # one bad mail must not hide the others, nor be forgotten
                log.exception("a mail of the mailbox could not be read")
                taken += await keep_raw(raw) is not None
            await asyncio.to_thread(box.store, number, "+FLAGS", f"({SEEN_BY_US})")
    finally:
        await asyncio.to_thread(box.logout)
    return taken


def open_box() -> imaplib.IMAP4:
    """The mailbox, by TLS from the start (imaps), or by STARTTLS, without which no password leaves this machine."""
    url = urlsplit(settings().imap_url)
    host = url.hostname or ""
    if url.scheme == "imaps":
        box: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            host, url.port or 993, ssl_context=tls_context(), timeout=30
        )
    else:
        box = imaplib.IMAP4(host, url.port or 143, timeout=30)
        if not is_this_machine(host):
            box.starttls(tls_context())
    box.login(unquote(url.username or ""), unquote(url.password or ""))
    status, said = box.select(f'"{unquote(url.path.strip("/")) or "INBOX"}"')
    if status != "OK":
        raise ConnectionError(f"the mailbox does not open: {said!r}")
    return box


def unread_by_us(box: imaplib.IMAP4) -> list[str]:
    _status, found = box.search(None, "UNKEYWORD", SEEN_BY_US)
    return found[0].decode().split() if found and found[0] else []


def read_one(box: imaplib.IMAP4, number: str) -> bytes:
    _status, parts = box.fetch(number, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")
