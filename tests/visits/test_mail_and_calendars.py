"""A real SMTP server; calendar files read by a strict checker and by two libraries that are not ours."""

from __future__ import annotations

from datetime import date, datetime, time
from email.message import EmailMessage
from typing import Any

import pytest

from tests.factories import make_manager, make_pair, make_site, make_visit, travel_day
from tests.visits.conftest import Knobs
from tests.visits.ical import Diary, by_icaljs, by_vobject, instant, strictly
from tests.visits.smtp import Post
from tour.db import now, transaction
from tour.i18n import typeset
from tour.post import outbox
from tour.post.models import Preference, Receipt, ReceiptState
from tour.post.outbox import OutboxRow, OutboxState
from tour.settings import settings
from tour.visits import invite
from tour.visits.calendar import feed_file, invitation_file, stored_file
from tour.visits.invite import Slot
from tour.visits.life import pass_to
from tour.visits.models import Visit, VisitState

LONG = "Maison des solidarités départementales, annexe « L’Été » ; quai 3, 2ᵉ étage, à côté de la médiathèque"


async def visit_of(**values: Any) -> Visit:
    manager = await make_manager(name="Élodie Roux", email="roux@departement.example")
    site = await make_site(name=LONG, manager=manager, address="1, rue de l'Été; bât. B")
    return await make_visit(site=site, **values)


async def invited() -> Visit:
    visit = await visit_of()
    await invite.invite(visit.id, by="Léa")
    await outbox.deliver_due()
    return visit


def calendars(message: EmailMessage) -> list[bytes]:
    """The calendar file, as alternative and as attachment."""
    return [
        part.get_payload(decode=True)  # type: ignore[misc]
        for part in message.walk()
        if part.get_content_type() in ("text/calendar", "application/ics")
    ]


async def test_invitation_change_and_cancellation_go_through(post: Post) -> None:
    visit = await invited()
    pair = await make_pair()
    first, slot = visit.day, Slot(travel_day(10), time(14), time(15), pair.id)
    await invite.answer(visit.id, VisitState.OTHER_DATE, name="Mme Roux", proposed=[Slot(slot.day)])
    await invite.reschedule(visit.id, slot, by="Léa")
    await outbox.deliver_due()
    async with transaction():
        visit = await Visit.get(id=visit.id)
        await pass_to(visit, VisitState.CANCELLED, by="Léa", note="Neige")
    await outbox.deliver_due()

    assert [str(m["Subject"])[:14] for m in post.messages] == [
        "Visite du smar",
        "Nouvelle date ",
        "Visite annulée",
    ]
    assert len(set(post.ids())) == 3
    diary = Diary()
    sequences = []
    for message, method in zip(post.messages, ["REQUEST", "REQUEST", "CANCEL"], strict=True):
        alternative, attached = calendars(message)
        assert alternative == attached
        part = next(p for p in message.walk() if p.get_content_type() == "text/calendar")
        assert part["Content-Transfer-Encoding"] == "base64"
        assert part.get_param("method") == method
        said = strictly(alternative, method)
        sequences.append(int(said["SEQUENCE"]))
        assert said["UID"] == f"visit-{visit.id}@tour"
        diary.receive(alternative)
        assert len(diary.events) == (0 if method == "CANCEL" else 1)  # never a double
        if method == "REQUEST":
            (_sequence, start) = diary.events[said["UID"]]
            stands = slot.day if sequences[-1] else first
            assert instant(start).astimezone(settings().tz).date() == stands
    assert sequences == sorted(set(sequences))
    assert [r.state for r in await Receipt.all()] == [ReceiptState.SENT] * 3


async def test_what_a_mail_carries(post: Post) -> None:
    visit = await invited()
    (message,) = post.messages
    assert post.recipients == ["roux@departement.example"]
    assert message["From"] == settings().mail_from
    assert message["Reply-To"] == f"smart-tour+{visit.id.hex}@departement.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    for body in (text.get_content(), html.get_content()):
        assert "/v/" in body
        assert "Élodie Roux" in body


async def test_two_readers_agree_with_us(post: Post) -> None:
    visit = await invited()
    ics = calendars(post.messages[0])[0]
    (event,) = by_vobject(ics)
    read = by_icaljs(ics)["events"][0]
    start = datetime.combine(visit.day, visit.start, settings().tz)
    assert event.dtstart.value == start
    assert instant(read["start"]) == start
    assert event.summary.value == read["summary"] == typeset("Smart tour numérique : ") + LONG
    assert read["attendees"] == ["mailto:roux@departement.example"]
    assert read["organizer"] == "mailto:smart-tour@departement.example"


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "day", [date(2027, 3, 27), date(2027, 3, 29), date(2026, 10, 25), date(2027, 7, 14)]
)
@pytest.mark.parametrize("state", list(VisitState))
async def test_every_state_and_season_makes_a_strict_file(day: date, state: VisitState) -> None:
    visit = await visit_of(day=day, state=state, sequence=4)
    fallen = state in (VisitState.CANCELLED, VisitState.DECLINED)
    method = "CANCEL" if fallen else "REQUEST"
    ics = invitation_file(visit, attendee="roux@departement.example", name="Roux; É", method=method)
    strictly(ics, method)
    if not fallen:
        strictly(stored_file(visit), None)
    (event,) = by_vobject(ics)
    assert event.dtstart.value == datetime.combine(day, visit.start, settings().tz)


@pytest.mark.usefixtures("db")
async def test_the_zone_is_limited_to_the_dates_and_a_feed_leaves_out_what_fell() -> None:
    visits = [await visit_of(state=state) for state in (VisitState.CONFIRMED, VisitState.CANCELLED)]
    ics = feed_file(visits, "Binôme Est")
    strictly(ics, "PUBLISH")
    assert len(by_icaljs(ics)["events"]) == 1
    assert len(ics) < 2500
    empty = feed_file([], "Binôme Est")
    assert by_icaljs(empty)["events"] == []


async def test_no_calendar_for_who_wants_none_but_the_mail_still(post: Post) -> None:
    await Preference.create(email="roux@departement.example", calendar=False)
    await invited()
    assert calendars(post.messages[0]) == []


async def test_an_address_refused_for_good_is_not_tried_again(post: Post) -> None:
    post.rcpt = ["550 5.1.1 no such user"]
    await invited()
    receipt = await Receipt.get()
    assert (receipt.state, "no such user" in receipt.error) == ("failed", True)
    assert (await OutboxRow.get()).state == OutboxState.FAILED


async def test_a_server_that_cannot_now_is_tried_again_and_the_message_is_the_same(
    post: Post,
) -> None:
    post.data = ["451 4.3.0 come back later"]
    await invited()
    receipt = await Receipt.get()
    assert (receipt.state, "come back later" in receipt.error) == ("waiting", True)
    await OutboxRow.all().update(next_at=now())
    assert await outbox.deliver_due() == 1
    assert post.ids() == [receipt.message_id]
    assert (await Receipt.get()).state == ReceiptState.SENT


async def test_no_server_at_all_waits(db: str, setting: Knobs) -> None:
    setting(smtp_url="smtp://127.0.0.1:9")
    await invited()
    assert (await Receipt.get()).state == ReceiptState.WAITING
    assert (await OutboxRow.get()).state == OutboxState.WAITING


async def test_a_connection_cut_while_the_message_goes_leaves_a_doubt_and_no_double(
    post: Post,
) -> None:
    post.data = ["cut"]
    await invited()
    assert (await Receipt.get()).state == ReceiptState.UNSURE
    await OutboxRow.all().update(next_at=now())
    assert await outbox.deliver_due() == 0
    assert len(post.messages) == 1


async def test_a_worker_that_died_in_the_middle_leaves_a_doubt_and_no_double(post: Post) -> None:
    visit = await visit_of()
    await invite.invite(visit.id, by="Léa")
    await Receipt.all().update(state=ReceiptState.HANDING)
    await OutboxRow.all().update(state=OutboxState.SENDING, next_at=now())
    assert await outbox.deliver_due() == 0
    assert (await Receipt.get()).state == ReceiptState.UNSURE
    assert post.messages == []


async def test_what_is_no_longer_true_does_not_leave(post: Post) -> None:
    visit = await visit_of()
    await invite.invite(visit.id, by="Léa")
    async with transaction():
        await pass_to(await Visit.get(id=visit.id), VisitState.CANCELLED, by="Léa", note="Neige")
    await outbox.deliver_due()
    assert [r.state for r in await Receipt.all()] == [ReceiptState.FAILED, ReceiptState.SENT]
    assert [str(m["Subject"])[:14] for m in post.messages] == ["Visite annulée"]
