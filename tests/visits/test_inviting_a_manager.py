from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as mail_policy

import pytest
from icalendar import Calendar

from tests.factories import make_manager, make_site, make_visit
from tour.db import local_now
from tour.errors import UserError
from tour.i18n import typeset
from tour.post import mail, outbox
from tour.post.links import Link, LinkKind, open_link
from tour.post.models import Receipt
from tour.post.outbox import OutboxRow, OutboxState
from tour.settings import settings
from tour.visits import invite
from tour.visits.models import Visit, VisitEvent, VisitState

pytestmark = pytest.mark.usefixtures("db")


async def test_it_works() -> None:
    visit = await make_visit()
    await invite.invite(visit.id, by="Léa")
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED
    event = await VisitEvent.get(visit_id=visit.id)
    assert (event.by, event.before, event.after) == ("Léa", "proposed", "invited")

    assert await outbox.deliver_due() == 1
    assert (await OutboxRow.get()).state == OutboxState.SENT
    receipt = await Receipt.get()
    assert (receipt.state, receipt.event, receipt.channel) == ("sent", "invitation", "mail")
    message = message_from_bytes(
        (settings().mail_dir / f"{receipt.id}.eml").read_bytes(), policy=mail_policy
    )
    assert message["Message-ID"] == receipt.message_id
    assert message["Reply-To"] == f"smart-tour+{visit.id.hex}@departement.example"
    assert message["List-Unsubscribe"] is None
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    text = message.get_body(("plain",)).get_content()
    link = next(word for word in text.split() if "/v/" in word)
    found = await open_link(link.rpartition("/")[2], LinkKind.VISIT)
    assert found is not None
    assert found.visit_id == visit.id


async def test_the_calendar_file_names_the_visit_and_one_attendee() -> None:
    visit = await make_visit(
        site=await make_site(name="Collège d’essai", manager=await make_manager())
    )
    await invite.invite(visit.id, by="Léa")
    message = await mail.compose(await OutboxRow.get(), await Receipt.get())
    ics = Calendar.from_ical(message.get_payload()[-1].get_content())
    (event,) = ics.walk("VEVENT")
    assert str(event["summary"]) == typeset("Smart tour numérique : Collège d’essai")
    assert event.decoded("dtstart").isoformat().startswith(f"{visit.day}T09:30")
    assert not isinstance(event["attendee"], list)


async def test_only_a_hash_of_the_token_is_kept() -> None:
    visit = await make_visit()
    await invite.invite(visit.id, by="Léa")
    assert await Link.all().count() == 0  # made when the mail leaves
    message = await mail.compose(row := await OutboxRow.get(), await Receipt.get())
    token = re.search(r"/v/(\S+)", message.get_body(("plain",)).get_content())[1]
    link = await Link.get()
    assert len(token) >= 32
    assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(row.payload)


async def test_a_site_without_a_manager_says_what_to_do() -> None:
    visit = await make_visit(site=await make_site())
    with pytest.raises(UserError, match="pas de responsable"):
        await invite.invite(visit.id, by="Léa")
    assert await OutboxRow.all().count() == 0
    assert (await Visit.get(id=visit.id)).state == VisitState.PROPOSED


async def test_an_invitation_sent_twice_delivers_each_mail_once() -> None:
    visit = await make_visit()
    await invite.invite(visit.id, by="Léa")
    await invite.invite(visit.id, by="Léa")
    assert await outbox.deliver_due() == 2
    assert await outbox.deliver_due() == 0


@pytest.mark.parametrize("state", [state for state in VisitState if state.answers])
async def test_each_answer_is_kept_with_who_gave_it(state: VisitState) -> None:
    visit = await make_visit(state=VisitState.INVITED)
    await invite.answer(visit.id, state, name="Mme Roux", note="le matin")
    assert (await Visit.get(id=visit.id)).state == state
    event = await VisitEvent.get(visit_id=visit.id)
    assert (event.by, event.note) == ("Mme Roux", "le matin")


async def test_the_same_answer_twice_changes_nothing() -> None:
    visit = await make_visit(state=VisitState.INVITED)
    for _ in range(2):
        await invite.answer(visit.id, VisitState.CONFIRMED, name="Mme Roux")
    assert await VisitEvent.filter(visit_id=visit.id).count() == 1


async def test_an_answer_can_be_changed_until_the_eve() -> None:
    visit = await make_visit(state=VisitState.CONFIRMED, day=local_now().date() + timedelta(days=1))
    await invite.answer(visit.id, VisitState.DECLINED, name="Mme Roux")
    assert (await Visit.get(id=visit.id)).state == VisitState.DECLINED


async def test_on_the_day_it_is_too_late() -> None:
    visit = await make_visit(state=VisitState.CONFIRMED, day=local_now().date())
    with pytest.raises(UserError, match="appelez-nous"):
        await invite.answer(visit.id, VisitState.DECLINED, name="Mme Roux")
    assert (await Visit.get(id=visit.id)).state == VisitState.CONFIRMED


async def test_a_finished_visit_cannot_be_confirmed() -> None:
    visit = await make_visit(state=VisitState.DONE)
    with pytest.raises(UserError, match="ne peut pas devenir"):
        await invite.answer(visit.id, VisitState.CONFIRMED, name="Mme Roux")
