"""What one enrolled tablet, or its stolen cookie, can read and change of other pairs: nothing. Over HTTP."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID, uuid4

from tests.security.conftest import Target
from tests.world import OTHERS_PHOTO, PHOTO
from tour.db import now
from tour.field.merge import make_stamp
from tour.field.models import Change
from tour.needs.models import Need
from tour.visits.models import Visit


def exchange(target: Target, name: str, *changes: dict[str, Any], cursor: str = "") -> Any:
    body = {"protocol": 2, "device": "store", "cursor": cursor, "changes": list(changes)}
    answer = target.tablet(name).post("/field/sync", json=body)
    assert answer.status_code == 200, answer.text[:300]
    return answer.json()


def change(kind: str, doc: str, /, by: str = "", **patch: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "kind": kind,
        "doc": doc,
        "patch": patch,
        "stamp": make_stamp(now(), "thief"),
        "by": by,
    }


def others(target: Target) -> set[str]:
    """The ids that the other pair's tablet must not hear of: the visits and needs of the first pair."""
    things = target.world.things
    return {things[name] for name in ("visit", "proposed", "need", "triage")}


def told(answer: Any) -> set[str]:
    return {doc["id"] for doc in answer["docs"]} | {doc for _kind, doc in answer["gone"]}


def test_a_forged_cursor_tells_nothing_of_other_pairs(target: Target) -> None:
    honest = exchange(target, "other_tablet")
    assert not told(honest) & others(target)
    today = now().date().isoformat()
    pair = str(target.do(lambda: pair_of(target.world.things["other_visit"])))
    for values in (
        [0, today, pair, 0, today, ""],
        [0, "2020-01-01", pair, 1, "2020-01-01", ""],
        [0, today, str(uuid4()), 0, today, ""],
        [-1, today, pair, 10**9, today, "visit "],
    ):
        forged = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
        assert not told(exchange(target, "other_tablet", cursor=forged)) & others(target)
    for damaged in (honest["cursor"][:-3], honest["cursor"] + "x", "é", "\x00", "٣٣٣"):
        assert not told(exchange(target, "other_tablet", cursor=damaged)) & others(target)


async def pair_of(visit: str) -> UUID:
    found: UUID = (await Visit.get(id=visit)).pair_id
    return found


def test_another_pair_s_visit_and_needs_cannot_be_changed(target: Target) -> None:
    things = target.world.things
    attempts = [
        change("visit", things["visit"], met=99, report="faux"),
        change("visit", things["visit"], arrived_at="2026-11-27T09:00:00Z"),
        change("visit", things["visit"], left_at="2026-11-27T09:30:00Z"),
        change("need", things["need"], withdrawn=True),
        change("need", things["need"], text="autre chose"),
        change("need", things["need"], photos=[]),
        change("need", str(uuid4()), visit=things["visit"], kind="incident", text="faux besoin"),
    ]
    answer = exchange(target, "other_tablet", *attempts)
    assert answer["applied"] == []
    assert {refusal["id"] for refusal in answer["refused"]} == {one["id"] for one in attempts}

    async def untouched() -> None:
        visit, need = await Visit.get(id=things["visit"]), await Need.get(id=things["need"])
        assert (visit.met, visit.report, visit.arrived_at) == (None, "", None)
        assert (need.withdrawn, need.text) == (False, "Clavier cassé")
        assert await need.photos.all().count() == 1  # type: ignore[attr-defined]
        assert await Need.filter(visit_id=visit.id).count() == 2

    target.do(untouched)


def test_nobody_signs_for_somebody_of_another_team(target: Target) -> None:
    one = change("visit", target.world.things["other_visit"], by="Directrice générale", met=3)
    assert exchange(target, "other_tablet", one)["applied"] == [one["id"]]
    kept = target.do(lambda: Change.get(id=one["id"]))
    assert kept.by != "Directrice générale"


def test_a_photo_is_for_those_who_may_see_its_need(target: Target) -> None:
    thief = target.tablet("other_tablet")
    for path in (f"/field/photos/{PHOTO}", f"/field/photos/{PHOTO}/small"):
        assert thief.get(path).status_code == 404
    assert target.tablet("tablet").get(f"/field/photos/{OTHERS_PHOTO}").status_code == 404


def test_naming_a_photo_in_one_s_own_need_does_not_open_it(target: Target) -> None:
    mine = change(
        "need",
        str(uuid4()),
        visit=target.world.things["other_visit"],
        kind="incident",
        text="à moi",
        photos=[{"sha256": PHOTO, "size": 10, "caption": ""}],
    )
    exchange(target, "other_tablet", mine)
    seen = target.tablet("other_tablet").get(f"/field/photos/{PHOTO}")
    assert seen.headers["content-type"] == "image/svg+xml"  # « on its way »: a sign, no photo


def test_nonsense_without_end_fills_no_disk(target: Target) -> None:
    thief = target.tablet("other_tablet")
    for _again in range(40):
        assert thief.post("/field/sync", content=b"{" + b"x" * 5000).status_code == 400
    for n in range(300):
        thief.post("/field/sync", content=b"{" + str(n).encode())
    kept = [path for path in (target.running.home / "unreadable").rglob("*") if path.is_file()]
    assert len(kept) <= 120
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
