from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.conftest import FakeDesk, all_due, noted
from tests.examples import examples
from tests.factories import make_item
from tour.corner.catalogue.edit import save_item
from tour.db import now
from tour.desk import push
from tour.desk.connectors.base import (
    Broken,
    Denied,
    PhotoFile,
    Refused,
    Unreachable,
    Unsure,
)
from tour.desk.models import Delivery, DeliveryState, Desk, Ticket
from tour.desk.pages.deliveries import retry
from tour.needs.models import Need
from tour.post import outbox
from tour.post.outbox import OutboxRow, OutboxState

PHOTOS = [
    PhotoFile("photo-a.jpg", "image/jpeg", b"a"),
    PhotoFile("photo-b.jpg", "image/jpeg", b"b"),
]


async def two_photos(need: Need) -> list[PhotoFile]:
    return PHOTOS


async def sent(need: Need) -> Delivery:
    return await Delivery.get(need_id=need.id)


async def test_it_works(there: FakeDesk) -> None:
    need = await noted(requester="Anne Roy, anne.roy@departement.example")
    await all_due()
    await all_due()
    assert [wanted.ref for wanted in there.requests] == [str(need.id)]
    assert there.requests[0].requester_email == "anne.roy@departement.example"
    delivery = await sent(need)
    assert (delivery.state, delivery.remote_id) == (DeliveryState.SENT, "1")
    assert (await Ticket.get(need_id=need.id)).reference == "RT 1"


async def test_answers_go_under_the_words_of_their_questions(there: FakeDesk) -> None:
    questions = [
        {"id": "poste", "label": "Quel poste ?", "type": "text", "choices": [], "required": False},
        {"id": "seul", "label": "Seul", "type": "yes_no", "choices": [], "required": False},
    ]
    item = await save_item(await make_item(), {"questions": questions})
    answers = {"poste": "Accueil", "seul": True, "ancienne": "Rue de l’Église"}
    await noted(item=item, answers=answers, item_version=item.version)
    await all_due()
    await all_due()
    lines = there.requests[0].lines
    assert lines[1:4] == ["Quel poste ? Accueil", "Seul : oui", "ancienne : Rue de l’Église"]


async def test_a_need_already_there_is_not_made_again(there: FakeDesk) -> None:
    need = await noted()
    await all_due()
    await all_due()
    await Delivery.filter(need_id=need.id).update(remote_id="", state=DeliveryState.WAITING)
    await outbox.wake(f"delivery/{need.id}")
    await all_due()
    assert len(there.requests) == 1
    assert (await sent(need)).remote_id == "1"


async def test_after_a_time_out_the_desk_is_left_to_finish_and_searched(there: FakeDesk) -> None:
    there.plan = [("after", Unsure("pas de réponse"))]
    need = await noted()
    await all_due()
    await all_due()
    assert (await sent(need)).state == DeliveryState.TO_CHECK
    await all_due()  # too early: nothing is asked
    assert (await sent(need)).remote_id == ""
    await Delivery.filter(need_id=need.id).update(unsure_at=now() - push.SETTLE)
    await all_due()
    assert (await sent(need)).state == DeliveryState.SENT
    assert len(there.requests) == 1


async def test_a_refused_need_waits_for_a_person_and_stops_nobody(there: FakeDesk) -> None:
    there.plan = [("before", Refused("le titre manque", "HTTP 400"))]
    bad, good = await noted(), await noted()
    await all_due()
    await all_due()
    assert (await sent(bad)).state == DeliveryState.FAILED
    assert (await sent(bad)).problem == "le titre manque"
    assert (await sent(good)).state == DeliveryState.SENT
    await retry([await sent(bad)])
    await all_due()
    assert (await sent(bad)).state == DeliveryState.SENT


async def test_one_need_that_breaks_the_desk_does_not_close_it(there: FakeDesk) -> None:
    need = await noted()
    await all_due()
    for _ in range(8):
        there.plan = [("before", Broken("en panne"))]
        await Delivery.filter(need_id=need.id).update(unsure_at=None)
        await all_due()
    assert (await Desk.get()).open_until is None


async def test_a_desk_that_is_down_is_left_alone_for_a_while(there: FakeDesk) -> None:
    there.plan = [("before", Unreachable("injoignable"))] * 4
    for _ in range(6):
        await noted()
    await all_due()
    await all_due()
    desk = await Desk.get()
    assert desk.open_until is not None
    assert desk.open_until > now()
    assert desk.trouble == "injoignable"
    assert there.requests == []
    await Desk.all().update(open_until=now() - timedelta(seconds=1))
    await all_due()
    assert len(there.requests) == 6
    assert (await Desk.get()).open_until is None


async def test_a_wrong_token_stops_the_desk_at_once_and_fails_no_need(there: FakeDesk) -> None:
    there.plan = [("before", Denied("jeton refusé"))]
    need, other = await noted(), await noted()
    await all_due()
    await all_due()
    assert (await Desk.get()).trouble == "jeton refusé"
    assert {(await sent(need)).state, (await sent(other)).state} == {DeliveryState.WAITING}


async def test_two_tickets_for_a_need_are_shown_to_a_person(there: FakeDesk) -> None:
    need = await noted()
    await all_due()
    await all_due()
    there.requests.append(there.requests[0])
    await Delivery.filter(need_id=need.id).update(remote_id="")
    await outbox.wake(f"delivery/{need.id}")
    await all_due()
    delivery = await sent(need)
    assert (delivery.state, delivery.remote_id) == (DeliveryState.TO_CHECK, "1")
    assert "1, 2" in delivery.problem


async def test_photos_follow_once_each(there: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "photos_of", two_photos)
    there.plan = [None, ("after", Unsure("coupé"))]
    need = await noted()
    await all_due()
    await all_due()
    assert (await sent(need)).photos_left == 2
    await Delivery.filter(need_id=need.id).update(unsure_at=now() - push.SETTLE)
    await all_due()
    assert sorted(there.files) == [("1", "photo-a.jpg"), ("1", "photo-b.jpg")]
    assert (await sent(need)).photos_left == 0


async def test_a_photo_the_desk_refuses_does_not_stop_the_others(
    there: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "photos_of", two_photos)
    there.plan = [None, ("before", Refused("trop lourde"))]
    need = await noted()
    await all_due()
    await all_due()
    delivery = await sent(need)
    assert there.files == [("1", "photo-b.jpg")]
    assert (delivery.state, delivery.problem) == (DeliveryState.SENT, "trop lourde")
    assert delivery.photos_left == 1


async def test_a_withdrawn_need_does_not_leave(there: FakeDesk) -> None:
    need = await noted(withdrawn=True)
    await all_due()
    await all_due()
    assert there.requests == []
    await Need.filter(id=need.id).update(withdrawn=False)
    await all_due()
    assert len(there.requests) == 1


FAULTS = st.one_of(
    st.none(),
    st.tuples(
        st.just("before"),
        st.sampled_from([Unreachable("x"), Denied("x"), Unsure("x"), Broken("x"), Refused("x")]),
    ),
    st.tuples(st.just("after"), st.sampled_from([Unsure("x"), Broken("x")])),
)


@given(plan=st.lists(FAULTS, max_size=12))
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_whatever_goes_wrong_there_is_one_ticket_with_each_photo(
    there: FakeDesk, monkeypatch: pytest.MonkeyPatch, plan: list
) -> None:  # type: ignore[type-arg]
    monkeypatch.setattr(push, "photos_of", two_photos)
    there.plan = list(plan)
    need = await noted()
    for _ in range(40):
        await Desk.all().update(open_until=None)
        await (
            Delivery.filter(need_id=need.id)
            .exclude(unsure_at=None)
            .update(unsure_at=now() - push.SETTLE)
        )
        await retry(await Delivery.filter(need_id=need.id, state=DeliveryState.FAILED))
        row = await outbox.OutboxRow.get_or_none(key=f"delivery/{need.id}")
        if row and row.state == outbox.OutboxState.FAILED:
            await outbox.wake(row.key)
        await all_due()
    made = await there.find(str(need.id))
    assert len(made) == 1
    files = sorted(name for ticket, name in there.files if ticket == made[0].id)
    assert files == ["photo-a.jpg", "photo-b.jpg"]
    delivery = await sent(need)
    assert (delivery.state, delivery.photos_left) == (DeliveryState.SENT, 0)


async def test_photos_that_are_awaited_for_long_cost_no_try(
    there: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def one(_need: Need) -> int:
        return 1

    monkeypatch.setattr(push, "photos_awaited", one)
    need = await noted()
    for _ in range(20):
        await all_due()
    assert (await sent(need)).tries == 0
    row = await OutboxRow.get(key=f"delivery/{need.id}")
    assert (row.tries, row.state) == (0, OutboxState.WAITING)
