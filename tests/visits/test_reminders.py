from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.factories import make_manager, make_site, make_visit, travel_day
from tests.visits.conftest import Knobs
from tests.visits.smtp import Post
from tour import hours
from tour.db import now
from tour.post import outbox
from tour.post.models import Preference, Receipt, ReceiptState
from tour.post.outbox import OutboxRow
from tour.settings import settings
from tour.visits import invite, remind
from tour.visits.models import Visit, VisitEvent, VisitState

IN_WORKING_HOURS = hours.in_working_hours


@pytest.fixture(autouse=True)
def open_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours, "in_working_hours", lambda at: True)


async def silent(phone: str = "", days: int = 30) -> Visit:
    """Invited just now, and says nothing."""
    manager = await make_manager(email="roux@departement.example", phone=phone)
    visit = await make_visit(site=await make_site(manager=manager), day=travel_day(days))
    await invite.invite(visit.id, by="Léa")
    await outbox.deliver_due()
    return visit


def later(days: float) -> datetime:
    return now() + timedelta(days=days, minutes=1)


async def reminders() -> int:
    return await Receipt.filter(event="reminder").count()


@pytest.mark.usefixtures("db")
async def test_two_at_most_after_four_and_eight_days() -> None:
    await silent()
    counts = []
    for day in (0, 3.9, 4, 4, 5, 7.9, 8, 9, 20):
        await remind.remind(later(day))
        counts.append(await reminders())
    assert counts == [0, 0, 1, 1, 1, 1, 2, 2, 2]


@pytest.mark.usefixtures("db")
async def test_not_to_who_has_answered_or_does_not_want_them() -> None:
    visit = await silent()
    await Preference.create(email="roux@departement.example", reminders=False)
    assert await remind.remind(later(5)) == 0
    await Preference.all().update(reminders=True)
    await invite.answer(visit.id, VisitState.CONFIRMED, name="Mme Roux")
    assert await remind.remind(later(5)) == 0


@pytest.mark.usefixtures("db")
async def test_not_when_the_invitation_did_not_arrive_nor_on_the_day() -> None:
    visit = await silent(days=5)
    on_the_day = datetime.combine(visit.day, time(10), settings().tz)
    assert await remind.remind(on_the_day) == 0
    await Receipt.all().update(state=ReceiptState.BOUNCED)
    assert await remind.remind(later(4)) == 0


@pytest.mark.usefixtures("db")
async def test_a_setting_switches_them_off(setting: Knobs) -> None:
    await silent()
    setting(reminder_days="")
    assert await remind.remind(later(9)) == 0


@pytest.mark.parametrize(
    ("local", "open_"),
    [
        ("2026-12-01 08:29", False),
        ("2026-12-01 08:30", True),
        ("2026-12-01 18:00", False),
        ("2026-12-05 10:00", False),
        ("2026-12-25 10:00", False),
        ("2027-07-01 17:59", True),
    ],
)
def test_working_hours(local: str, open_: bool) -> None:
    assert IN_WORKING_HOURS(datetime.fromisoformat(local).replace(tzinfo=settings().tz)) is open_


@pytest.mark.parametrize(
    ("local", "next_"),
    [
        ("2026-12-01 10:00", "2026-12-01 10:00"),
        ("2026-12-01 07:00", "2026-12-01 08:30"),
        ("2026-12-04 18:00", "2026-12-07 08:30"),
        ("2026-12-24 19:00", "2026-12-28 08:30"),
        ("2027-03-26 19:00", "2027-03-30 08:30"),  # over the change of clocks and Easter Monday
    ],
)
def test_the_next_working_hours(local: str, next_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours, "in_working_hours", IN_WORKING_HOURS)
    at, expected = (datetime.fromisoformat(t).replace(tzinfo=settings().tz) for t in (local, next_))
    assert hours.next_working_hours(at) == expected


async def test_a_reminder_can_be_stopped_by_its_link_and_by_the_mail_program(
    post: Post, client: httpx.AsyncClient
) -> None:
    await silent()
    await remind.remind(later(4))
    await outbox.deliver_due()
    message = post.messages[-1]
    assert str(message["Subject"]).startswith("Rappel")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.sub(r"^<http://[^/]+|>$", "", str(message["List-Unsubscribe"]))
    for _ in range(2):  # a scanner looks
        assert "Ne plus recevoir" in (await client.get(path)).text
    assert await Preference.all().count() == 0
    one_click = await client.post(
        path, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": ""}
    )
    assert one_click.status_code == 200
    assert (await Preference.get()).reminders is False
    assert await remind.remind(later(9)) == 0


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("status", "state"), [(200, "sent"), (400, "failed"), (503, "waiting"), (429, "waiting")]
)
async def test_the_last_one_goes_by_text_message_where_there_is_a_gateway(
    setting: Knobs, status: int, state: str
) -> None:
    taken: list[dict[str, str]] = []

    async def gateway(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        taken.append(await request.json())
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/sms", gateway)
    async with TestServer(app) as server:
        setting(sms_url=str(server.make_url("/sms")), sms_token="secret")
        await silent(phone="06 39 98 02 02")
        await remind.remind(later(4))
        await outbox.deliver_due()
        assert taken == []
        await remind.remind(later(8))
        await outbox.deliver_due()
    receipt = await Receipt.get(channel="sms")
    assert receipt.state == state
    assert receipt.recipient == "0639980202"
    assert taken[0]["to"] == "0639980202"
    assert "/v/" in taken[0]["text"]
    assert "&" not in taken[0]["text"]


@pytest.mark.usefixtures("db")
async def test_no_text_message_without_a_gateway_or_to_a_landline(setting: Knobs) -> None:
    await silent(phone="06 39 98 02 02")
    await remind.remind(later(4))
    await remind.remind(later(8))
    setting(sms_url="http://127.0.0.1:9/sms")
    await silent_landline()
    await remind.remind(later(4))
    await remind.remind(later(8))
    assert await OutboxRow.filter(kind="sms").count() == 0
    assert await reminders() == 4


async def silent_landline() -> None:
    manager = await make_manager(phone="04 97 00 00 00")
    visit = await make_visit(site=await make_site(manager=manager), day=travel_day(30))
    await invite.invite(visit.id, by="Léa")
    await outbox.deliver_due()


@pytest.mark.usefixtures("db")
async def test_a_visit_long_past_where_nobody_came_is_missed_by_the_clock() -> None:
    today = now().date()
    old, late = [
        await make_visit(state=VisitState.CONFIRMED, day=today - timedelta(days=days))
        for days in (8, 6)
    ]
    assert await remind.close_past() == 1
    assert (await Visit.get(id=old.id)).state == VisitState.MISSED
    assert (await Visit.get(id=late.id)).state == VisitState.CONFIRMED
    assert (await VisitEvent.get(visit_id=old.id)).actor == "clock"


@pytest.mark.usefixtures("db")
async def test_one_that_was_held_up_until_the_evening_waits_for_the_morning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await silent()
    await remind.remind(later(4))
    monkeypatch.setattr(hours, "in_working_hours", lambda at: False)
    for _ in range(50):
        await OutboxRow.all().update(next_at=now())
        assert await outbox.deliver_due() == 0
    held = await OutboxRow.get(key__startswith="reminder/")
    assert (held.tries, held.last_error) == (0, "waits for working hours")
    monkeypatch.setattr(hours, "in_working_hours", lambda at: True)
    await OutboxRow.all().update(next_at=now())
    assert await outbox.deliver_due() == 1
    assert await reminders() == 1
