from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from tests.examples import examples
from tests.factories import make_manager, make_site, make_visit
from tests.visits.conftest import Knobs
from tests.work import no_more_calls_than
from tour.post import outbox, reading
from tour.post.models import Receipt, ReceiptState
from tour.visits import incoming, invite
from tour.visits.message_models import Incoming
from tour.visits.models import Visit, VisitEvent, VisitState

REPLY = """BEGIN:VCALENDAR\r
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r
VERSION:2.0\r
METHOD:REPLY\r
BEGIN:VEVENT\r
ATTENDEE;PARTSTAT={answer}:mailto:{who}\r
DTSTAMP:20261125T100000Z\r
SEQUENCE:{sequence}\r
UID:visit-{visit}@tour\r
END:VEVENT\r
END:VCALENDAR\r
"""


async def invited() -> Visit:
    manager = await make_manager(email="Roux@departement.example")
    visit = await make_visit(site=await make_site(manager=manager))
    await invite.invite(visit.id, by="Léa")
    await outbox.deliver_due()
    return visit


def bounce(message_id: str, action: str = "failed", headers_only: bool = False) -> bytes:
    """A delivery status notification, as Postfix writes them."""
    copy = (
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n"
        if headers_only
        else f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\nbody\r\n"
    )
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: smart-tour@departement.example\r\n"
        f"Message-ID: <dsn-{action}-{headers_only}@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nUndeliverable\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; roux@departement.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\r\n"
        f"{copy}--b--\r\n"
    ).encode()


def calendar_answer(visit: Visit, answer: str, who: str, *, sequence: int = 0) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = who, "smart-tour@departement.example"
    message["Message-ID"] = f"<{answer}-{who}-{sequence}@outlook.example>"
    message.set_content("Accepté : visite")
    text = REPLY.format(visit=visit.id, answer=answer, who=who, sequence=sequence)
    message.add_alternative(text, subtype="calendar", params={"method": "REPLY"})
    return message.as_bytes()


def reply(visit: Visit, **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["Message-ID"] = "Roux@departement.example", "<reply@x.example>"
    message["To"] = f"Smart tour <smart-tour+{visit.id.hex}@departement.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(
        "Le portail est à gauche.\n\n> Le smart tour propose de venir\n> sur votre site\n"
    )
    return message.as_bytes()


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("headers_only", [False, True])
async def test_a_bounce_marks_its_receipt(headers_only: bool) -> None:
    visit = await invited()
    receipt = await Receipt.get()
    assert await incoming.receive_mail(bounce(receipt.message_id, headers_only=headers_only))
    receipt = await Receipt.get()
    assert (receipt.state, receipt.error) == ("bounced", "5.1.1 550 5.1.1 unknown user")
    assert (await Incoming.get()).visit_id == visit.id
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED


@pytest.mark.usefixtures("db")
async def test_a_delay_or_somebody_else_s_bounce_marks_nothing() -> None:
    await invited()
    receipt = await Receipt.get()
    assert await incoming.receive_mail(bounce(receipt.message_id, action="delayed")) is None
    assert await incoming.receive_mail(bounce("<other@elsewhere.example>")) is None
    assert (await Receipt.get()).state == ReceiptState.SENT


@pytest.mark.usefixtures("db")
async def test_a_calendar_s_answer_waits_to_be_checked() -> None:
    visit = await invited()
    assert await incoming.receive_mail(
        calendar_answer(visit, "ACCEPTED", "roux@departement.example")
    )
    kept = await Incoming.get()
    assert (kept.kind, kept.answer, kept.treated_by) == ("calendar", "ACCEPTED", "")
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED  # it can be forged
    await incoming.settle(kept, keep=True, by="Léa")
    assert (await Visit.get(id=visit.id)).state == VisitState.CONFIRMED
    event = await VisitEvent.get(visit_id=visit.id, after="confirmed")
    assert (event.actor, event.by, "vérifiée" in event.note) == ("planner", "Léa", True)


@pytest.mark.usefixtures("db")
async def test_an_answer_of_somebody_never_invited_or_to_nothing_is_dropped() -> None:
    visit = await invited()
    assert await incoming.receive_mail(calendar_answer(visit, "DECLINED", "evil@x.example")) is None
    visit.id = Receipt().id
    answer = calendar_answer(visit, "DECLINED", "roux@departement.example")
    assert await incoming.receive_mail(answer) is None


@pytest.mark.usefixtures("db")
async def test_an_answer_to_an_earlier_date_asks_nothing_of_the_planner() -> None:
    visit = await invited()
    await Visit.all().update(sequence=2)
    await incoming.receive_mail(calendar_answer(visit, "ACCEPTED", "roux@departement.example"))
    assert (await Incoming.get()).treated_by == "tour"


@pytest.mark.usefixtures("db")
async def test_a_reply_finds_its_visit_and_is_taken_once() -> None:
    visit = await invited()
    for _ in range(2):
        await incoming.receive_mail(reply(visit))
    kept = await Incoming.get()
    assert (kept.visit_id, kept.text) == (visit.id, "Le portail est à gauche.")


@pytest.mark.usefixtures("db")
async def test_machines_and_unknown_addresses_are_left_to_the_mailbox() -> None:
    visit = await invited()
    assert await incoming.receive_mail(reply(visit, Auto_Submitted="auto-replied")) is None
    visit.id = Receipt().id
    assert await incoming.receive_mail(reply(visit)) is None
    for rubbish in (
        b"",
        b"\xff\xfe\x00",
        b"Message-ID: <x@y>\r\nContent-Type: text/calendar\r\n\r\n!",
    ):
        assert await incoming.receive_mail(rubbish) is None


async def test_the_planner_settles_it_on_the_visit_s_page(planner: httpx.AsyncClient) -> None:
    visit = await invited()
    await incoming.receive_mail(calendar_answer(visit, "DECLINED", "roux@departement.example"))
    page = await planner.get("/inbox")
    assert "Réponse d’agenda à vérifier" in page.text
    kept = await Incoming.get()
    await planner.post(f"/visits/incoming/{kept.id}", data={"decision": "keep"})
    assert (await Visit.get(id=visit.id)).state == VisitState.DECLINED
    assert "à vérifier" not in (await planner.get("/inbox")).text


class Mailbox(threading.Thread):
    """An IMAP server of one mailbox (RFC 3501), as far as we speak it."""

    def __init__(self, mails: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.mails, self.flags = mails, [set[str]() for _ in mails]
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as wire:
                wire.write(b"* OK ready\r\n")
                wire.flush()
                for line in wire:
                    self.answer(wire, line.decode().split(maxsplit=2))
                    wire.flush()

    def answer(self, wire: object, words: list[str]) -> None:
        tag, command, rest = words[0], words[1].upper(), (words[2:] or [""])[0].strip()
        say = wire.write  # type: ignore[attr-defined]
        if command == "CAPABILITY":
            say(b"* CAPABILITY IMAP4REV1\r\n")
        elif command == "LOGIN":
            assert rest == 'tour "secret"'
        elif command == "SELECT":
            say(f"* {len(self.mails)} EXISTS\r\n".encode())
        elif command == "SEARCH":
            keyword = rest.split()[-1]
            found = [str(n + 1) for n, kept in enumerate(self.flags) if keyword not in kept]
            say(f"* SEARCH {' '.join(found)}\r\n".encode())
        elif command == "FETCH":
            number = int(rest.split()[0])
            mail = self.mails[number - 1]
            say(f"* {number} FETCH (BODY[] {{{len(mail)}}}\r\n".encode() + mail + b")\r\n")
        elif command == "STORE":
            number, _plus, flag = rest.split(maxsplit=2)
            self.flags[int(number) - 1].add(flag.strip("()"))
        say(f"{tag} OK done\r\n".encode())


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox([])
    box.start()
    yield box
    box.socket.close()


@pytest.mark.usefixtures("db")
async def test_the_mailbox_is_read_once_and_people_keep_their_unread(
    mailbox: Mailbox, setting: Knobs
) -> None:
    visit = await invited()
    receipt = await Receipt.get()
    mailbox.mails += [reply(visit), b"Subject: lunch?\r\n\r\nHello", bounce(receipt.message_id)]
    mailbox.flags += [set(), set(), set()]
    setting(imap_url=f"imap://tour:secret@127.0.0.1:{mailbox.port}/INBOX")
    assert await incoming.fetch() == 2
    assert await incoming.fetch() == 0
    assert mailbox.flags == [{"tour-read"}] * 3
    assert (await Receipt.get()).state == ReceiptState.BOUNCED


@pytest.mark.usefixtures("db")
async def test_without_a_mailbox_nothing_is_read() -> None:
    assert await incoming.fetch() == 0


@pytest.mark.parametrize(
    ("charset", "body", "read"),
    [
        ("cp-850", "Salle fermée".encode("cp850"), "Salle ferm"),
        ("x-unknown", "Salle fermée".encode(), "Salle fermée"),
        ("utf-8", b"Salle ferm\xe9e", "Salle ferm\N{REPLACEMENT CHARACTER}e"),
        ("", b"Salle\0 fermee", "Salle fermee"),
    ],
)
@pytest.mark.usefixtures("db")
async def test_a_reply_whose_letters_cannot_be_told_is_kept_and_shown(
    charset: str, body: bytes, read: str
) -> None:
    visit = await invited()
    head = f"From: r@x.fr\r\nTo: smart-tour+{visit.id.hex}@departement.example\r\nMessage-ID: <c@x>\r\n"
    kind = f"Content-Type: text/plain; charset={charset}" if charset else "Content-Type: text/plain"
    raw = f"{head}{kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + body
    kept = await incoming.receive_mail(raw)
    assert kept
    assert read in kept.text


@pytest.mark.usefixtures("db")
async def test_a_mail_that_our_reading_fails_on_is_shown_as_it_came(
    mailbox: Mailbox, setting: Knobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await invited()

    async def fails(raw: bytes) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(incoming, "receive_mail", fails)
    mailbox.mails += [reply(visit), b"Subject: lunch?\r\n\r\nHello"]
    mailbox.flags += [set(), set()]
    setting(imap_url=f"imap://tour:secret@127.0.0.1:{mailbox.port}/INBOX")
    assert await incoming.fetch() == 1
    assert await incoming.fetch() == 0
    kept = await Incoming.get()
    assert kept.visit_id == visit.id
    assert "Le portail est" in kept.text


FIELDS = "Message-ID: <long@x.example>\nFrom: a@b.example\nMIME-Version: 1.0\n"


def mail_of(fields: str = "", body: str = "x") -> bytes:
    return f"{FIELDS}{fields}\n{body}".encode()


HARMFUL = [
    mail_of("To: " + "(" * 50_000),
    mail_of("To: " + "a@" * 30_000),
    mail_of("Content-Type: text/plain;" + " a=b;" * 300_000),
    mail_of("Content-Type: multipart/mixed; boundary=b\n", "--b\n\nx\n" * 300_000),
    mail_of(
        "Content-Type: multipart/mixed; boundary=b\n",
        "".join(f"--b\nContent-Type: text/plain;{' a=b;' * 9_000}\n\nx\n" for _ in range(20)),
    ),
    mail_of(
        "Content-Type: multipart/mixed; boundary=b\n",
        "--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 20_000,
    ),
    mail_of(
        "Content-Type: text/calendar\n",
        "BEGIN:VCALENDAR\nMETHOD:REPLY\n" + "BEGIN:VEVENT\nUID:x\nEND:VEVENT\n" * 220_000,
    ),
]


@pytest.mark.parametrize("raw", HARMFUL, ids=range(len(HARMFUL)))
async def test_a_mail_made_to_harm_takes_little_work(db: str, raw: bytes) -> None:
    with no_more_calls_than(
        20_000_000
    ):  # it takes 9 million at most, and more than 40 when all is parsed
        assert await incoming.receive_mail(raw) is None


async def test_a_calendar_too_long_to_be_an_answer_is_said(db: str) -> None:
    visit = await invited()
    message = EmailMessage()
    message["From"], message["Message-ID"] = "Roux@departement.example", "<long@x.example>"
    message["To"] = f"smart-tour+{visit.id.hex}@departement.example"
    message.set_content("Voici mon agenda")
    text = REPLY.format(visit=visit.id, answer="ACCEPTED", who="a@b.example", sequence=0)
    message.add_alternative(text + "X-A:b\r\n" * 20_000, subtype="calendar")
    taken = await incoming.receive_mail(message.as_bytes())
    assert taken is not None
    assert "trop grand pour être lu" in taken.text
    assert "Voici mon agenda" in taken.text


@given(st.binary(max_size=300))
@tries(max_examples=examples(200), deadline=None)
def test_no_bytes_are_too_odd_to_be_bounded(tail: bytes) -> None:
    for raw in (
        tail,
        FIELDS.encode() + tail,
        FIELDS.encode() + b"Content-Type: text/calendar\n\n" + tail,
    ):
        message = message_from_bytes(reading.within_bounds(raw), policy=mail_policy)
        incoming.calendar_reply(message)
        incoming.visit_written_to(message)
