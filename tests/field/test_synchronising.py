from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from tests.factories import make_item, make_pair, make_visit
from tests.field.conftest import Device, make_device
from tour.db import local_now, now, uuid7
from tour.field import sync as sync_module
from tour.field.kinds import iso
from tour.field.merge import make_stamp
from tour.field.models import Change, ChangeOutcome, Tablet, Unreadable
from tour.field.unreadable import content
from tour.needs.models import Need, NeedState
from tour.post.outbox import OutboxRow
from tour.visits.models import Visit, VisitEvent, VisitState


async def a_visit(device: Device, **values: object) -> Visit:
    return await make_visit(pair=device.pair, day=local_now().date(), **values)


async def test_it_works(device: Device) -> None:
    visit = await a_visit(device)
    item = await make_item(name="Clavier défectueux")
    need = uuid7()
    change = device.change(
        "need",
        need,
        visit=str(visit.id),
        item=str(item.id),
        kind="incident",
        text="Touches mortes",
        urgency="high",
    )
    answer = await device.exchange(change)
    assert answer["applied"] == [change["id"]]
    assert answer["refused"] == []
    assert set(answer["receipts"]) == {change["id"]}

    stored = await Need.get(id=need)
    assert (stored.text, stored.urgency, stored.item_id) == ("Touches mortes", "high", item.id)
    assert await OutboxRow.filter(key=f"ticket/{need}").count() == 1
    shown = device.docs["need", str(need)]
    assert (shown["state"], shown["item_name"]) == ("received", "Clavier défectueux")


async def test_a_batch_sent_twice_changes_nothing(device: Device) -> None:
    visit = await a_visit(device)
    change = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée")
    first = (await device.send(change)).json()
    second = (await device.send(change)).json()  # as when the first answer was lost
    assert first["applied"] == second["applied"] == [change["id"]]
    assert first["receipts"] == second["receipts"]
    assert await Need.all().count() == 1
    assert await Change.all().count() == 1
    assert await OutboxRow.all().count() == 1


async def test_the_same_change_twice_in_one_batch_is_one(device: Device) -> None:
    visit = await a_visit(device)
    change = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée")
    await device.exchange(change, change)
    assert await Need.all().count() == 1


async def test_one_bad_change_never_blocks_the_rest(device: Device) -> None:
    visit = await a_visit(device)
    good = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée")
    bad = device.change("need", uuid7(), visit=str(visit.id), kind="nothing known", text="x")
    last = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une autre")
    answer = await device.exchange(good, bad, last)
    assert answer["applied"] == [good["id"], last["id"]]
    (refused,) = answer["refused"]
    assert (refused["id"], refused["field"]) == (bad["id"], "kind")
    assert refused["why"]
    assert (await Change.get(id=bad["id"])).outcome == ChangeOutcome.REFUSED


async def test_a_refused_change_may_come_again_mended_or_not(device: Device) -> None:
    visit = await a_visit(device)
    need = uuid7()
    bad = device.change("need", need, visit=str(visit.id), kind="idea", text="x" * 5000)
    assert (await device.exchange(bad))["refused"]
    assert (await device.exchange(bad))["refused"]
    mended = bad | {"patch": bad["patch"] | {"text": "Plus court"}}
    assert (await device.exchange(mended))["applied"] == [bad["id"]]
    assert (await Need.get(id=need)).text == "Plus court"


async def test_arriving_and_leaving_are_passages_of_the_visit(device: Device) -> None:
    visit = await a_visit(device, state=VisitState.CONFIRMED)
    await device.exchange(device.change("visit", visit.id, arrived_at=iso(now())))
    assert (await Visit.get(id=visit.id)).state == VisitState.UNDER_WAY
    await device.exchange(device.change("visit", visit.id, left_at=iso(now()), met=7))
    visit = await Visit.get(id=visit.id)
    assert (visit.state, visit.met) == (VisitState.DONE, 7)
    assert await VisitEvent.filter(visit_id=visit.id).values_list("after", flat=True) == [
        "under_way",
        "done",
    ]


async def test_the_highest_stamp_wins_whatever_the_order_of_arrival(device: Device) -> None:
    visit = await a_visit(device)
    early = make_stamp(now() - timedelta(minutes=5), "a")
    late = make_stamp(now(), "b")
    await device.exchange(device.change("visit", visit.id, stamp=late, report="le dernier mot"))
    await device.exchange(
        device.change("visit", visit.id, stamp=early, report="un mot plus ancien", met=3)
    )
    visit = await Visit.get(id=visit.id)
    assert (visit.report, visit.met) == ("le dernier mot", 3)
    kept = [change.patch["report"] for change in await Change.filter(doc=visit.id)]
    assert sorted(kept) == [
        "le dernier mot",
        "un mot plus ancien",
    ]  # the losing value can be taken back


async def test_a_clock_days_ahead_does_not_win_for_ever(device: Device) -> None:
    visit = await a_visit(device)
    ahead = make_stamp(now() + timedelta(days=3), "wrong-clock")
    await device.exchange(device.change("visit", visit.id, stamp=ahead, report="du futur"))
    later = make_stamp(now() + timedelta(seconds=1), "right-clock")
    await device.exchange(device.change("visit", visit.id, stamp=later, report="du présent"))
    assert (await Visit.get(id=visit.id)).report == "du présent"


async def test_a_need_of_a_visit_that_went_to_another_pair_is_still_taken(device: Device) -> None:
    visit = await a_visit(device)
    await device.exchange()
    await Visit.filter(id=visit.id).update(pair_id=(await make_pair()).id)
    change = device.change(
        "need", uuid7(), visit=str(visit.id), kind="idea", text="Notée avant le changement"
    )
    answer = await device.exchange(change)
    assert answer["applied"] == [change["id"]]
    assert str(visit.id) not in device.held("visit")


async def test_a_visit_comes_into_the_window_and_leaves_it_as_days_pass(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = local_now()
    near = await make_visit(pair=device.pair, day=today.date())
    far = await make_visit(pair=device.pair, day=today.date() + timedelta(days=25))
    await device.exchange()
    assert device.held("visit") == {str(near.id)}

    monkeypatch.setattr(sync_module, "local_now", lambda: today + timedelta(days=10))
    await device.send()  # this answer is lost: the device's cursor stays where it was
    await device.exchange()
    assert device.held("visit") == {str(far.id)}


async def test_a_whole_catalogue_comes_in_pages(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_module, "MOST_DOCS", 3)
    items = {str((await make_item()).id) for _ in range(10)}
    answer = await device.exchange()
    assert answer["more"]
    assert device.held("item") == items


async def test_nothing_new_is_a_small_answer(device: Device) -> None:
    for _ in range(20):
        await a_visit(device)
    await device.exchange()
    answer = await device.send()
    assert answer.json()["docs"] == []
    assert len(answer.content) < 2_000


async def test_what_the_desk_did_comes_back(device: Device) -> None:
    visit = await a_visit(device)
    need = uuid7()
    await device.exchange(
        device.change("need", need, visit=str(visit.id), kind="idea", text="Une idée")
    )
    await Need.filter(id=need).update(state=NeedState.DELIVERED)
    await device.exchange()
    assert device.docs["need", str(need)]["state"] == "delivered"


async def test_two_tablets_of_a_pair_end_up_with_the_same(device: Device) -> None:
    other = await make_device(device.http, device.pair)
    visit = await a_visit(device)
    await device.exchange(device.change("visit", visit.id, report="de l’une"))
    await other.exchange(other.change("visit", visit.id, met=4))
    await device.exchange()
    await other.exchange()
    assert device.docs == other.docs
    shown = device.docs["visit", str(visit.id)]
    assert (shown["report"], shown["met"]) == ("de l’une", 4)


async def test_many_tablets_at_once_lose_and_double_nothing(device: Device) -> None:
    visit = await a_visit(device)
    devices = [device, *[await make_device(device.http, device.pair) for _ in range(4)]]
    batches = [
        [d.change("need", uuid7(), visit=str(visit.id), kind="idea", text=f"{n}") for n in range(5)]
        for d in devices
    ]
    await asyncio.gather(
        *(d.send(*batch) for d, batch in zip(devices, batches, strict=True) for _twice in range(2))
    )
    assert await Need.all().count() == 25
    assert await Change.all().count() == 25


@pytest.mark.parametrize("secret", ["", "unknown"])
async def test_an_unknown_tablet_is_told_in_json_and_not_sent_elsewhere(
    device: Device, secret: str
) -> None:
    device.secret = secret
    answer = await device.send()
    assert answer.status_code == 401
    assert answer.json()["protocol"] == 2


async def test_a_revoked_tablet_is_known_no_more(device: Device) -> None:
    await Tablet.filter(id=device.tablet.id).update(revoked_at=now())
    assert (await device.send()).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b'{"protocol": 99}', b'{"protocol": 1, "changes": 3}']
)
async def test_what_cannot_be_read_is_kept_as_it_came(device: Device, body: bytes) -> None:
    assert (await device.post(body)).status_code == 400
    kept = [await content(row) for row in await Unreadable.filter(tablet_id=device.tablet.id)]
    assert kept == [body]


async def test_too_much_at_once_says_so(device: Device) -> None:
    changes = [device.change("visit", uuid7(), met=1) for _ in range(201)]
    assert (await device.send(*changes)).status_code == 413
    assert (await device.post(b" " * 1_000_001)).status_code == 413
    assert await Change.all().count() == 0


async def test_nul_and_lone_surrogates_are_taken_out(device: Device) -> None:
    visit = await a_visit(device)
    need = uuid7()
    change = device.change("need", need, visit=str(visit.id), kind="idea", text="a\x00b\ud800c")
    body = json.dumps({"protocol": 1, "cursor": "", "changes": [change]})
    assert (await device.post(body.encode())).json()["applied"] == [change["id"]]
    assert (await Need.get(id=need)).text == "ab\ufffdc"


async def test_a_cursor_that_means_nothing_gets_everything(device: Device) -> None:
    visit = await a_visit(device)
    device.cursor = "bm9uc2Vuc2U="
    await device.exchange()
    assert device.held("visit") == {str(visit.id)}


@pytest.mark.parametrize("text", ["\u200b", "\ufeff\u00ad", "\u2800", "\u3164 \u115f", "\u0301"])
async def test_a_need_of_which_nothing_shows_is_refused_like_an_empty_one(
    device: Device, text: str
) -> None:
    visit = await a_visit(device)
    change = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text=text)
    (refused,) = (await device.exchange(change))["refused"]
    assert refused["field"] == "text"
