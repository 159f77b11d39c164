"""Mail that comes back to the functional mailbox: bounces, answers given in a calendar, replies.

An answer given in a calendar can be forged: it is shown to the planner « à vérifier » and changes nothing by itself.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from email.utils import getaddresses, parseaddr
from uuid import UUID

from icalendar import Calendar

from tour.db import transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.post import mailbox, reading
from tour.post.models import Receipt, ReceiptState
from tour.settings import settings
from tour.visits.calendar import visit_of_uid
from tour.visits.invite import answer
from tour.visits.message_models import Incoming, IncomingKind
from tour.visits.models import Actor, Visit, VisitState

log = logging.getLogger("tour")
VISIT_ADDRESS = re.compile(r"[+.=/_-]([0-9a-fA-F]{32})@")  # {visit} in an address of ours
MOST_CALENDAR = 64_000  # bytes; an answer has two
ANSWER = {"ACCEPTED": VisitState.CONFIRMED, "DECLINED": VisitState.DECLINED}


@dataclass(frozen=True)
class Reply:
    """What a calendar said: whose, for which visit, at which SEQUENCE."""

    visit_id: UUID
    attendee: str
    partstat: str
    sequence: int


async def receive_mail(raw: bytes) -> Incoming | None:
    """Keeps what a mail says about one of our messages or visits; none when it is about none, or known already."""
    message = message_from_bytes(reading.within_bounds(raw), policy=mail_policy)
    assert isinstance(message, EmailMessage)
    message_id = "".join(reading.texts_of(message, "Message-ID")[:1]).strip()[:250]
    if not message_id or await Incoming.filter(message_id=message_id).exists():
        return None
    async with transaction():
        if message.get_content_type() == "multipart/report":
            return await receive_bounce(message, message_id)
        if reply := calendar_reply(message):
            return await receive_calendar_reply(message, message_id, reply)
        return await receive_reply(message, message_id)


async def receive_bounce(message: EmailMessage, message_id: str) -> Incoming | None:
    """A delivery status notification (RFC 3464) about one of our messages, when it says « failed »."""
    failed = next(
        (part for part in reading.status_fields(message) if reading.is_failure(part)), None
    )
    receipt = await Receipt.get_or_none(message_id=reading.original_id(message))
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


async def receive_calendar_reply(
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


async def receive_reply(message: EmailMessage, message_id: str) -> Incoming | None:
    """A person's reply to a mail about a visit; answers of machines (out of office) are left to the mailbox."""
    if str(message["Auto-Submitted"] or "no").lower() != "no":
        return None
    visit_id = visit_written_to(message)
    if visit_id is None or not await Visit.exists(id=visit_id):
        return None
    body = message.get_body(("plain",))
    said = reading.text_of(body) if body else ""
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
        text=reading.without_quotes(said)[:2000],
    )


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
    addresses = getaddresses([text for name in fields for text in reading.texts_of(message, name)])
    pattern = settings().reply_to or settings().mail_address.replace("@", "+{visit}@")
    wanted = re.escape(pattern).replace(r"\{visit\}", "([0-9a-f]{32})")
    for _name, address in addresses:
        if found := re.fullmatch(wanted, address, flags=re.I):
            return UUID(found[1])
    return None


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
    return await mailbox.read_new(receive_or_keep) if settings().imap_url else 0


async def receive_or_keep(raw: bytes) -> bool:
    """Whether a mail told something."""
    try:
        return await receive_mail(raw) is not None
    except Exception:  # one bad mail must not hide the others, nor be forgotten
        log.exception("a mail of the mailbox could not be read")
        return await keep_raw(raw) is not None
