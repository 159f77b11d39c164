"""No letter and no calendar says that an absent pair comes: they wait, and say why."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.factories import (
    bring,
    make_agent,
    make_manager,
    make_pair,
    make_site,
    make_visit,
    travel_day,
)
from tests.visits.conftest import Knobs
from tests.visits.smtp import Post
from tour import hours
from tour.db import now
from tour.errors import UserError
from tour.people.models import Absence, Role
from tour.post import outbox
from tour.post.links import make_feed
from tour.post.models import Receipt, ReceiptState
from tour.post.outbox import OutboxRow
from tour.visits import invite, links, mailing, remind
from tour.visits.invite import Slot
from tour.visits.message_models import MailingLine
from tour.visits.models import Visit, VisitState


@pytest.fixture(autouse=True)
def open_now(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (hours, mailing):
        monkeypatch.setattr(module, "in_working_hours", lambda at: True)


async def make_absent(visit: Visit) -> Absence:
    return await Absence.create(pair_id=visit.pair_id, first_day=visit.day, last_day=visit.day)


async def due_again() -> None:
    await OutboxRow.all().update(next_at=now() - timedelta(minutes=1))


async def invited() -> Visit:
    visit = await make_visit(pair=await make_pair(name="Binôme Nice"))
    await invite.invite(visit.id, by="Léa")
    return await Visit.get(id=visit.id)


async def test_an_invitation_is_not_made(post: Post) -> None:
    visit = await make_visit()
    await make_absent(visit)
    with pytest.raises(UserError, match="est absent"):
        await invite.invite(visit.id, by="Léa")
    assert (await Visit.get(id=visit.id)).state == VisitState.PROPOSED
    assert await OutboxRow.all().count() == 0


async def test_one_that_waits_is_held_then_leaves_when_the_pair_is_back(post: Post) -> None:
    visit = await invited()
    absence = await make_absent(visit)
    assert await outbox.deliver_due() == 0
    receipt = await Receipt.get()
    assert (receipt.state, "Binôme Nice est absent" in receipt.error) == (
        ReceiptState.WAITING,
        True,
    )
    row = await OutboxRow.get()
    assert (row.state, row.tries) == ("waiting", 0)  # it costs no try
    await absence.delete()
    await due_again()
    assert await outbox.deliver_due() == 1
    assert [str(m["Subject"])[:6] for m in post.messages] == ["Visite"]


async def test_one_that_was_held_gives_way_to_the_new_date(post: Post) -> None:
    visit = await invited()
    await make_absent(visit)
    await outbox.deliver_due()
    slot = Slot(travel_day(15), visit.start, visit.end, visit.pair_id)
    await invite.reschedule(visit.id, slot, by="Léa")
    await due_again()
    await outbox.deliver_due()
    assert [str(m["Subject"])[:13] for m in post.messages] == ["Nouvelle date"]


async def test_one_that_was_held_until_its_day_is_over_never_leaves(db: str, post: Post) -> None:
    visit = await invited()
    await make_absent(visit)
    await outbox.deliver_due()
    await Visit.filter(id=visit.id).update(day=now().date() - timedelta(days=1))
    await due_again()
    await outbox.deliver_due()
    assert (post.messages, (await OutboxRow.get()).state) == ([], "failed")


async def test_thanks_for_an_answer_wait_too_but_a_cancellation_leaves(post: Post) -> None:
    visit = await invited()
    await outbox.deliver_due()
    await make_absent(visit)
    await invite.answer(visit.id, VisitState.CONFIRMED, name="Mme Roux")
    assert await outbox.deliver_due() == 0
    await invite.answer(visit.id, VisitState.DECLINED, name="Mme Roux")
    assert await outbox.deliver_due() == 1
    assert len(post.messages) == 2


async def test_no_reminder(post: Post) -> None:
    visit = await make_visit(day=travel_day(30))
    await invite.invite(visit.id, by="Léa")
    await outbox.deliver_due()
    absence = await make_absent(visit)
    later = now() + timedelta(days=5)
    assert await remind.remind(later) == 0
    await absence.delete()
    assert await remind.remind(later) == 1
    await make_absent(visit)
    assert await outbox.deliver_due() == 0  # written already, and held


async def test_no_reminder_by_text_message(setting: Knobs, db: str) -> None:
    setting(sms_url="http://127.0.0.1:9/sms")
    manager = await make_manager(phone="06 12 34 56 78")
    visit = await make_visit(site=await make_site(manager=manager), day=travel_day(30))
    await bring([visit], VisitState.INVITED)
    from tour.visits.sms import write_reminder

    await write_reminder(visit, manager.phone, key="reminder/1")
    await make_absent(visit)
    assert await outbox.deliver_due() == 0
    row = await OutboxRow.get()
    assert (row.tries, "est absent" in row.last_error) == (0, True)


async def test_a_mailing_holds_them_says_why_and_goes_on_with_the_others(
    planner: httpx.AsyncClient,
) -> None:
    away, here = await make_visit(pair=await make_pair(name="Binôme Nice")), await make_visit()
    made = await mailing.start([away.id, here.id], 1000, by="Léa")
    absence = await make_absent(away)
    await mailing.release()
    assert (await Visit.get(id=away.id)).state == VisitState.PROPOSED
    assert (await Visit.get(id=here.id)).state == VisitState.INVITED
    page = (await planner.get(f"/visits/mailings/{made.id}")).text
    assert "retenu : binôme absent" in page
    assert "Binôme Nice est absent" in page
    assert await MailingLine.filter(posted_at=None).count() == 1
    await absence.delete()
    await mailing.release()
    assert (await Visit.get(id=away.id)).state == VisitState.INVITED


async def test_one_that_got_its_new_date_meanwhile_is_not_invited_twice(db: str) -> None:
    visit = await make_visit()
    await mailing.start([visit.id], 1000, by="Léa")
    await make_absent(visit)
    await mailing.release()
    slot = Slot(travel_day(15), visit.start, visit.end, visit.pair_id)
    await invite.reschedule(visit.id, slot, by="Léa")
    assert await mailing.release() == 0
    assert await Receipt.all().count() == 1
    assert (await MailingLine.get()).problem == "Déjà invité entre-temps."


async def test_a_line_that_was_held_until_its_day_is_over_is_passed_over(db: str) -> None:
    visit = await make_visit()
    made = await mailing.start([visit.id], 1000, by="Léa")
    await Visit.filter(id=visit.id).update(day=now().date() - timedelta(days=1))
    assert await mailing.release() == 0
    assert (await Visit.get(id=visit.id)).state == VisitState.PROPOSED
    assert "passée" in (await MailingLine.get(mailing_id=made.id)).problem


async def test_its_manager_reads_that_the_date_is_in_doubt_and_not_why(
    client: httpx.AsyncClient, db: str
) -> None:
    hr = await make_agent(Role.TOURER, name="Inès Moraldon")
    visit = await make_visit(pair=await make_pair(hr=hr), state=VisitState.CONFIRMED)
    path = (await links.make_link(visit)).removeprefix("http://localhost:8000")
    assert "Inès Moraldon" in (await client.get(path, follow_redirects=True)).text
    await make_absent(visit)
    page = (await client.get(path, follow_redirects=True)).text
    assert "La date est en cours de révision" in page
    assert "Inès Moraldon" not in page
    assert "absent" not in page


async def test_a_new_mailing_names_them_apart_and_does_not_take_them(
    planner: httpx.AsyncClient,
) -> None:
    away, here = await make_visit(pair=await make_pair(name="Binôme Nice")), await make_visit()
    await make_absent(away)
    page = (await planner.get("/visits/mailings/new")).text
    assert "Retenues : le binôme ne se déplace pas ce jour-là" in page
    assert f'value="{away.id}"' not in page
    assert f'value="{here.id}"' in page
    with pytest.raises(UserError, match="au moins un responsable"):
        await mailing.start([away.id], 10, by="Léa")


async def test_an_invitation_that_waits_in_the_outbox_is_held_on_the_mailing_s_page(
    planner: httpx.AsyncClient,
) -> None:
    visit = await make_visit()
    made = await mailing.start([visit.id], 1000, by="Léa")
    await mailing.release()
    await make_absent(visit)
    (line,) = await mailing.follow(made)
    assert (line.where, "est absent" in line.why) == ("held", True)


async def test_the_pair_s_calendar_leaves_it_out_and_the_planner_s_says_so(
    client: httpx.AsyncClient, db: str
) -> None:
    visit = await make_visit(state=VisitState.CONFIRMED)
    agent = await make_agent(Role.PLANNER)
    feeds = [
        (await make_feed(pair_id=visit.pair_id)).removeprefix("http://localhost:8000"),
        (await make_feed(agent_id=agent.id)).removeprefix("http://localhost:8000"),
    ]
    for feed in feeds:
        assert "STATUS:CONFIRMED" in (await client.get(feed)).text
    await make_absent(visit)
    mine, all_ = [(await client.get(feed)).text for feed in feeds]
    assert f"visit-{visit.id}" not in mine
    assert "STATUS:TENTATIVE" in all_
    assert "Binôme absent" in all_


async def test_calendar_servers_hear_of_each_change_of_an_absence(
    planner: httpx.AsyncClient, setting: Knobs
) -> None:
    setting(caldav_url="http://127.0.0.1:9/{pair}/")
    visit = await make_visit(state=VisitState.CONFIRMED)
    sent = {"first_day": str(visit.day), "last_day": str(visit.day)}
    address = f"/pairs/{visit.pair_id}/absences"
    await planner.post(address, data=sent)
    absence = await Absence.get()
    await planner.post(f"{address}/{absence.id}", data=sent | {"last_day": str(travel_day(9))})
    await planner.post(f"{address}/{absence.id}/removal")
    rows = await OutboxRow.filter(kind="calendar")
    assert [row.payload for row in rows] == [{"visit": str(visit.id)}] * 3
