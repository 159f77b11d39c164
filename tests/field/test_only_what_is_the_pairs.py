"""A tablet speaks of its pair's visits and needs, under its team's names, and hears of no other's."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import httpx
import pytest

from tests.factories import make_agent, make_pair, make_site, make_visit
from tests.field.conftest import Device, make_device
from tests.field.pictures import announced, photo, sha
from tests.field.sending import put
from tour.db import local_now, now, uuid7
from tour.field.merge import make_stamp
from tour.field.models import Change, ChangeOutcome, Tablet, VisitHold
from tour.field.saved import receive_saved
from tour.field.window import read_cursor
from tour.needs.models import Need, NeedPhoto
from tour.people.models import Agent, Pair
from tour.visits.models import Visit


@pytest.fixture
async def thief(client: httpx.AsyncClient, device: Device) -> Device:
    """The tablet of another pair, or whoever has its cookie."""
    return await make_device(client, await make_pair())


@pytest.fixture
async def visit(device: Device) -> Visit:
    return await make_visit(pair=device.pair, day=local_now().date())


async def a_need(device: Device, visit: Visit, **more: object) -> Need:
    made = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="à nous", **more)
    assert (await device.exchange(made))["applied"] == [made["id"]]
    return await Need.get(id=made["doc"])


async def test_another_pairs_visit_is_not_written_on(thief: Device, visit: Visit) -> None:
    false = thief.change("visit", visit.id, left_at="2026-11-24T09:00:00Z", report="un faux")
    own = await make_visit(pair=thief.pair, day=local_now().date())
    good = thief.change("visit", own.id, met=3)
    answer = await thief.exchange(false, good)
    (refused,) = answer["refused"]
    assert refused["id"] == false["id"]
    assert "pas de celles de ce binôme" in refused["why"]
    assert answer["applied"] == [good["id"]]
    after = await Visit.get(id=visit.id)
    assert (after.report, after.state) == ("", visit.state)
    # Kept for a person, as every refusal.
    assert (await Change.get(id=false["id"])).outcome == ChangeOutcome.REFUSED


@pytest.mark.parametrize(
    "patch",
    [
        {"withdrawn": True},
        {"text": "un faux"},
        {"photos": []},
        {"urgency": "high"},
        {"requester": "x"},
        {"asset": "x"},
        {"answers": {"a": 1}},
        {"item": ""},
        {"kind": "incident"},
    ],
)
async def test_another_pairs_need_is_not_changed(
    device: Device, thief: Device, visit: Visit, patch: dict[str, object]
) -> None:
    need = await a_need(device, visit, photos=[announced(photo())])
    before = dict(await Need.filter(id=need.id).first().values())  # type: ignore[call-overload]
    answer = await thief.exchange(thief.change("need", need.id, **patch))
    assert [refused["why"] for refused in answer["refused"]]
    assert dict(await Need.filter(id=need.id).first().values()) == before  # type: ignore[call-overload]
    assert await NeedPhoto.filter(need_id=need.id).count() == 1


async def test_no_need_is_noted_at_another_pairs_visit(thief: Device, visit: Visit) -> None:
    made = thief.change("need", uuid7(), visit=str(visit.id), kind="idea", text="un faux")
    unknown = thief.change("need", uuid7(), visit=str(uuid7()), kind="idea", text="au hasard")
    answer = await thief.exchange(made, unknown)
    # The same words for what is another's and for what does not exist: nothing is learnt.
    assert len({(one["field"], one["why"]) for one in answer["refused"]}) == 1
    assert not await Need.exists(id=made["doc"])


async def test_a_need_at_the_same_site_is_read_and_not_changed(
    device: Device, client: httpx.AsyncClient
) -> None:
    site = await make_site()
    ours = await make_visit(pair=device.pair, day=local_now().date(), site=site)
    need = await a_need(device, ours)
    other = await make_device(client, await make_pair())
    await make_visit(pair=other.pair, day=local_now().date(), site=site)
    await other.exchange()
    assert str(need.id) in other.held("need")
    assert (await other.exchange(other.change("need", need.id, withdrawn=True)))["refused"]


async def test_what_was_noted_before_a_visit_went_to_another_pair_is_taken(
    device: Device, thief: Device, visit: Visit
) -> None:
    third = await make_pair()
    for pair in (thief.pair, third):
        await Visit.filter(id=visit.id).update(pair_id=pair.id)
    late = device.change("visit", visit.id, met=5)
    need = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="noté avant")
    assert (await device.exchange(late, need))["applied"] == [late["id"], need["id"]]
    held = await VisitHold.filter(visit=visit.id).order_by("id").values_list("pair", flat=True)
    assert held == [device.pair.id, thief.pair.id, third.id]


async def test_who_held_a_visit_is_written_by_the_database_and_stays(visit: Visit) -> None:
    with pytest.raises(Exception, match="never changed"):
        await VisitHold.filter(visit=visit.id).update(pair=uuid7())
    with pytest.raises(Exception, match="never removed"):
        await VisitHold.filter(visit=visit.id).delete()


class TestWhatATabletHears:
    def forged(self, thief: Device) -> str:
        today = local_now().date().isoformat()
        values = [0, today, str(thief.pair.id), 0, today, ""]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()

    async def test_a_cursor_that_we_did_not_sign_begins_anew(
        self, device: Device, thief: Device, visit: Visit
    ) -> None:
        await a_need(device, visit)
        thief.cursor = self.forged(thief)  # as the release before wrote its own
        answer = await thief.exchange()
        assert (answer["whole"], answer["gone"]) == (True, [])
        assert not thief.held("visit")

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda text: text[:-3],
            lambda text: text[3:],
            lambda text: text + "x",
            lambda text: text.replace(".", ""),
            lambda _: "é\udcff",
            lambda _: "." * 9000,
            lambda _: base64.urlsafe_b64encode(b"[" * 3000).decode(),
        ],
    )
    async def test_a_damaged_cursor_loses_nothing(
        self, device: Device, visit: Visit, spoil: object
    ) -> None:
        await device.exchange()
        device.cursor = spoil(device.cursor)  # type: ignore[operator]
        made = device.change("visit", visit.id, met=2)
        assert (await device.exchange(made))["applied"] == [made["id"]]
        assert device.held("visit") == {str(visit.id)}

    async def test_gone_names_only_what_the_pair_once_held(
        self, device: Device, thief: Device, visit: Visit
    ) -> None:
        await thief.exchange()
        lent = await make_visit(pair=thief.pair, day=local_now().date())
        await thief.exchange()
        await a_need(device, visit)
        await Visit.filter(id=lent.id).update(pair_id=device.pair.id)
        answer = await thief.exchange()
        assert answer["gone"] == [["visit", str(lent.id)]]

    async def test_needs_leave_with_the_visit_that_left(self, device: Device, visit: Visit) -> None:
        need = await a_need(device, visit)
        await device.exchange()
        await Visit.filter(id=visit.id).update(pair_id=(await make_pair()).id)
        await device.exchange()
        assert str(need.id) not in device.held("need")

    async def test_a_cursor_is_read_back(self, device: Device) -> None:
        await device.exchange()
        assert read_cursor(device.cursor)


class TestUnderWhoseName:
    async def test_only_the_teams_names_stand(self, device: Device, visit: Visit) -> None:
        ana, planner = await make_agent(name="Ana"), await make_agent(name="Léa Planif")
        await Pair.filter(id=device.pair.id).update(hr_id=ana.id)
        mine = device.change("visit", visit.id, met=1) | {"by": "Ana"}
        false = device.change("visit", visit.id, met=2) | {"by": planner.name}
        answer = await device.exchange(mine, false)
        assert answer["applied"] == [mine["id"], false["id"]]
        one, two = await Change.get(id=mine["id"]), await Change.get(id=false["id"])
        assert (one.by, one.said) == ("Ana", "")
        assert (two.by, two.said) == (device.pair.name, "Léa Planif")

    async def test_late_work_of_someone_renamed_or_gone_is_the_pairs(
        self, device: Device, visit: Visit
    ) -> None:
        ana = await make_agent(name="Ana Petit")
        await Pair.filter(id=device.pair.id).update(hr_id=ana.id)
        made = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="x")
        await Agent.filter(id=ana.id).update(name="Ana Grand")
        await device.exchange(made | {"by": "Ana Petit"})
        kept = await Change.get(id=made["id"])
        assert (kept.by, kept.said) == (device.pair.name, "Ana Petit")
        assert (await Need.get(id=made["doc"])).recorded_by_id is None


class TestPhotos:
    async def test_to_know_a_photos_name_is_not_to_have_it(
        self, device: Device, thief: Device, visit: Visit
    ) -> None:
        content = photo()
        await a_need(device, visit, photos=[announced(content)])
        await put(device, sha(content), content)
        own = await make_visit(pair=thief.pair, day=local_now().date())
        need = await a_need(thief, own, photos=[announced(content)])
        cookies = {"Cookie": f"tablet={thief.secret}"}
        for size in ("", "/small"):
            seen = await thief.http.get(f"/field/photos/{sha(content)}{size}", headers=cookies)
            assert seen.headers["content-type"] != "image/jpeg"
        asked = await put(thief, sha(content), b"", f"bytes */{len(content)}")
        assert asked.json() == {"protocol": 2, "received": 0, "complete": False}
        await thief.exchange()
        assert thief.docs["need", str(need.id)]["photos_missing"] == 1
        # Whoever has it sends it, and then sees it.
        assert (await put(thief, sha(content), content)).json()["complete"]
        seen = await thief.http.get(f"/field/photos/{sha(content)}", headers=cookies)
        assert seen.headers["content-type"] == "image/jpeg"

    async def test_a_pair_that_has_brought_a_photo_lists_it_again(
        self, device: Device, visit: Visit
    ) -> None:
        content = photo()
        await a_need(device, visit, photos=[announced(content)])
        await put(device, sha(content), content)
        again = await a_need(device, visit, photos=[announced(content)])
        await device.exchange()
        assert device.docs["need", str(again.id)]["photos_missing"] == 0

    async def test_another_pairs_photos_stay(
        self, device: Device, thief: Device, visit: Visit
    ) -> None:
        content = photo()
        need = await a_need(device, visit, photos=[announced(content)])
        await put(device, sha(content), content)
        listed = [announced(content)]
        await thief.exchange(thief.change("need", need.id, photos=[], photos_from=listed))
        seen = await device.http.get(
            f"/field/photos/{sha(content)}", headers={"Cookie": f"tablet={device.secret}"}
        )
        assert seen.headers["content-type"] == "image/jpeg"


async def test_a_planner_takes_in_the_work_of_each_pair_a_tablet_was_lent_to(
    device: Device, thief: Device, visit: Visit
) -> None:
    await device.exchange()
    await Tablet.filter(id=device.tablet.id).update(device="store-9", revoked_at=now())
    await Tablet.filter(id=thief.tablet.id).update(device="store-9")
    made = device.change("visit", visit.id, met=4)
    refused = (await thief.exchange(made))["refused"]
    assert [one["id"] for one in refused] == [made["id"]]
    copy = {"pair": thief.pair.name, "device": "store-9", "changes": [made]}
    taken = await receive_saved(json.dumps(copy).encode())
    assert (taken.applied, taken.refused) == (1, [])
    assert (await Visit.get(id=visit.id)).met == 4


async def test_ids_in_capitals_are_answered_as_they_came(device: Device, visit: Visit) -> None:
    made = device.change("visit", visit.id, met=4)
    loud = made | {"id": made["id"].upper(), "doc": made["doc"].upper()}
    answer = await device.exchange(loud)
    assert answer["applied"] == [loud["id"]] == list(answer["receipts"])
    bad = device.change("visit", visit.id, met=-4)
    loud = bad | {"id": bad["id"].upper()}
    assert [one["id"] for one in (await device.exchange(loud))["refused"]] == [loud["id"]]


async def test_digits_are_those_of_ascii(device: Device, visit: Visit) -> None:
    arabic = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    stamp = make_stamp(now() + timedelta(minutes=1), "d")
    bad = [
        device.change("visit", visit.id, met=1, stamp=stamp.translate(arabic)),
        device.change("visit", visit.id, arrived_at="2026-11-24T09:00:00Z".translate(arabic)),
        device.change("visit", visit.id, met=2) | {"id": str(uuid7()).translate(arabic)},
    ]
    answer = await device.exchange(*bad)
    assert len(answer["refused"]) == 3
    assert not answer["applied"]
