from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import datetime, timedelta

import httpx
import pytest

from tests.factories import make_manager, make_pair, make_site, make_visit, travel_day
from tests.visits.moments import at
from tests.visits.smtp import Post
from tour.db import now
from tour.errors import UserError
from tour.post import outbox
from tour.post.models import Receipt, ReceiptState
from tour.post.outbox import OutboxRow, OutboxState
from tour.settings import ROOT, settings
from tour.visits import invite, mailing
from tour.visits.message_models import Mailing, MailingLine, MailingState
from tour.visits.models import Visit, VisitEvent, VisitState


async def proposed(count: int) -> list[Visit]:
    pair = await make_pair()
    return [
        await make_visit(
            pair=pair,
            site=await make_site(manager=await make_manager()),
            day=travel_day(10 + n // 20),
        )
        for n in range(count)
    ]


async def states() -> dict[str, int]:
    return dict(Counter(str(s) for s in await Visit.all().values_list("state", flat=True)))


@pytest.mark.usefixtures("db")
async def test_no_more_than_so_many_an_hour() -> None:
    visits = await proposed(25)
    await mailing.start([v.id for v in visits], 10, by="Léa")
    made = [await mailing.release(at(minute)) for minute in range(60)]
    assert sum(made) == 10
    assert max(made) == 1  # spread, not all at once
    assert await mailing.release(at(61)) == 1
    assert await states() == {"proposed": 14, "invited": 11}
    event = await VisitEvent.filter(after="invited").first()
    assert event
    assert (event.by, event.actor) == ("Léa", "clock")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "when",
    [
        at(0) - timedelta(hours=3),
        at(0) + timedelta(hours=9),
        at(0) + timedelta(days=4),
        datetime(2026, 12, 25, 10, tzinfo=settings().tz),
    ],
)
async def test_never_out_of_working_hours(when: datetime) -> None:
    visits = await proposed(1)
    await mailing.start([v.id for v in visits], 10, by="Léa")
    assert await mailing.release(when) == 0
    assert await mailing.release(at()) == 1


@pytest.mark.usefixtures("db")
async def test_a_worker_that_slept_does_not_catch_up_at_once() -> None:
    visits = await proposed(30)
    await mailing.start([v.id for v in visits], 120, by="Léa")
    await mailing.release(at())
    assert await mailing.release(at(240)) == 2


@pytest.mark.usefixtures("db")
async def test_paused_waits_and_stopped_is_over() -> None:
    visits = await proposed(5)
    made = await mailing.start([v.id for v in visits], 60, by="Léa")
    await mailing.release(at())
    await mailing.set_state(made, MailingState.PAUSED)
    assert await mailing.release(at(1)) == 0
    await mailing.set_state(made, MailingState.RUNNING)
    assert await mailing.release(at(2)) == 1
    await mailing.set_state(made, MailingState.OVER)
    await mailing.set_state(made, MailingState.RUNNING)
    assert await mailing.release(at(3)) == 0
    assert len(await mailing.to_invite()) == 3


@pytest.mark.usefixtures("db")
async def test_who_can_no_longer_be_invited_is_passed_over_with_why() -> None:
    visits = await proposed(2)
    made = await mailing.start([v.id for v in visits], 600, by="Léa")
    first = await Visit.get(id=visits[0].id).select_related("site")
    await first.site.update_from_dict({"manager_id": None}).save()
    assert await mailing.release(at()) == 1
    lines = {line.visit.id: line for line in await mailing.follow(await Mailing.get(id=made.id))}
    assert lines[first.id].where == "passed"
    assert "pas de responsable" in lines[first.id].why
    assert lines[visits[1].id].where == "leaving"
    assert (await Mailing.get()).state == MailingState.OVER


@pytest.mark.usefixtures("db")
async def test_nobody_or_a_mad_pace_is_refused() -> None:
    visits = await proposed(1)
    with pytest.raises(UserError, match="au moins un responsable"):
        await mailing.start([], 10, by="Léa")
    with pytest.raises(UserError, match="rythme"):
        await mailing.start([visits[0].id], 0, by="Léa")


async def test_the_preview_is_shown_apart_where_nothing_may_be_done(
    planner: httpx.AsyncClient,
) -> None:
    assert (await planner.get("/visits/mailings/preview")).status_code == 404
    [visit] = await proposed(1)
    page = await planner.get("/visits/mailings/new")
    assert 'src="/visits/mailings/preview" sandbox' in page.text
    assert "style=" not in page.text
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-src 'self'" in policy
    mail = await planner.get("/visits/mailings/preview")
    site = (await Visit.get(id=visit.id).select_related("site")).site.name
    assert site in mail.text
    assert 'href="#"' in mail.text
    allowed = mail.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "style-src 'unsafe-inline'", "sandbox"} <= set(allowed)
    assert "frame-ancestors 'self'" in allowed


async def test_the_page_tells_sent_bounced_answered_silent(planner: httpx.AsyncClient) -> None:
    visits = await proposed(6)
    page = await planner.get("/visits/mailings/new")
    assert page.text.count('name="visits"') == 6
    assert "Aperçu du premier message" in page.text
    wrong = await planner.post(
        "/visits/mailings", data={"visits": [str(visits[0].id)], "per_hour": "x"}
    )
    assert (wrong.status_code, wrong.text.count("checked")) == (422, 1)
    sent = await planner.post(
        "/visits/mailings", data={"visits": [str(v.id) for v in visits[:5]], "per_hour": "600"}
    )
    assert sent.status_code == 303
    await mailing.release(at())
    await outbox.deliver_due()
    await invite.answer(visits[1].id, VisitState.CONFIRMED, name="Mme Roux")
    await Receipt.filter(visit_id=visits[2].id).update(state="bounced", error="5.1.1 unknown")
    await Receipt.filter(visit_id=visits[3].id).update(state="unsure")
    await MailingLine.filter(visit_id=visits[4].id).update(posted_at=None)
    await Mailing.all().update(state=MailingState.RUNNING)
    page = await planner.get(sent.headers["location"])
    for words in (
        "sans réponse",
        "a répondu",
        "5.1.1 unknown",
        "départ incertain",
        "attend son tour",
    ):
        assert words in page.text
    assert str(visits[5].id) not in page.text  # left out


WORKER = """
import asyncio, sys
from datetime import timedelta
from tests.visits.moments import at
from tour.post import outbox
from tour.db import database
from tour.visits import mailing
from tour.visits.message_models import MailingLine
from tour.wiring import connect

connect()

async def main(minute):
    async with database():
        while await MailingLine.filter(posted_at=None).exists() or await outbox.OutboxRow.filter(state="waiting").exists():
            await mailing.release(at(minute))
            await outbox.deliver_due()
            minute += 1

asyncio.run(main(int(sys.argv[1])))
"""


async def test_200_invitations_killed_in_the_middle_leave_once_each(db: str, post: Post) -> None:
    visits = await proposed(200)
    await mailing.start([v.id for v in visits], 1000, by="Léa")
    environment = os.environ | {"TOUR_DATABASE_URL": db, "TOUR_SMTP_URL": post.url}
    start = 0
    for until in (30, 75, 140, 10_000):
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WORKER, str(start), env=environment, cwd=ROOT
        )
        kill = asyncio.create_task(post.reached(until))
        ended = asyncio.create_task(worker.wait())
        await asyncio.wait({kill, ended}, return_when=asyncio.FIRST_COMPLETED)
        if kill.done():
            worker.send_signal(signal.SIGKILL)
            await ended
        else:
            kill.cancel()
            assert worker.returncode == 0
        start += 100
        # What the dead worker held is taken up again when its time is over.
        await OutboxRow.filter(state=OutboxState.SENDING).update(next_at=now() - timedelta(1))
    await outbox.deliver_due()

    receipts = {r.message_id: r for r in await Receipt.all()}
    assert len(receipts) == 200
    assert len(post.ids()) == len(set(post.ids()))  # none twice
    assert set(post.ids()) <= set(receipts)
    sent = {m for m, r in receipts.items() if r.state == ReceiptState.SENT}
    unsure = {m for m, r in receipts.items() if r.state == ReceiptState.UNSURE}
    assert sent | unsure == set(receipts)  # complete
    assert sent <= set(post.ids())
    assert len(unsure) <= 3  # one for each kill at most, and the planner is told
    assert await states() == {"invited": 200}
    assert await MailingLine.filter(posted_at=None).count() == 0
    assert len(set(post.recipients)) == len(post.recipients)
