from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from tests.peers.rt import RequestTrackerServer, running_rt, why_not
from tests.peers.storm import Storm, back, storm
from tests.peers.worker import photos_of_test
from tour.desk.models import Delivery, Desk, DeskKind, Ticket
from tour.needs.models import Need, NeedState

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
NEEDS = int(os.environ.get("NEEDS") or 12)  # `make test-peers` asks for 200
SEED = int(os.environ.get("SEED") or 6)


@pytest.fixture(scope="module")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTrackerServer]:
    with running_rt(tmp_path_factory.mktemp("rt")) as server:
        yield server


@pytest.mark.timeout(1800)
async def test_each_need_once_with_its_photos_and_back(db: str, rt: RequestTrackerServer) -> None:
    came = await storm(
        db, DeskKind.RT, rt.port, "", needs=NEEDS, seed=SEED, options={"queue": "Support"},
        secrets={"token": rt.token}, lives_s=20, share=0.06, replay_s=4, patience_s=1700,
    )  # fmt: skip
    with rt.client() as client:
        tickets = expect_all_once(rt, client, came)
        assert came.deaths
        assert came.faults
        await Desk.all().update(url=rt.url)
        await answers_come_back(client, tickets, came, db)
    answers = await Delivery.all().values_list("answer", flat=True)
    assert not any(rt.token in str(answer) for answer in answers)
    print(f"RT: {NEEDS} needs, {came.deaths} deaths, {dict(came.faults)}, {came.seconds:.0f} s")


def expect_all_once(rt: RequestTrackerServer, client: httpx.Client, came: Storm) -> dict[str, str]:
    """Exactly one ticket a need, with exactly its photos; gives the number of each."""
    found = rt.tickets(client)
    refs = Counter(field["values"][0] for t in found for field in t["CustomFields"])
    assert refs == Counter(str(need.id) for need in came.needs)
    numbers = {t["CustomFields"][0]["values"][0]: str(t["id"]) for t in found}
    for need in came.needs:
        files = client.get(
            f"/ticket/{numbers[str(need.id)]}/attachments",
            params={"fields": "Filename", "per_page": "100"},
        ).json()["items"]
        names = sorted(f["Filename"] for f in files if f.get("Filename"))
        assert names == sorted(photo.name for photo in photos_of_test(need.id))
    return numbers


async def answers_come_back(
    client: httpx.Client, numbers: dict[str, str], came: Storm, db: str
) -> None:
    expected: dict[str, NeedState] = {}
    for n, need in enumerate(came.needs[:12]):
        number = numbers[str(need.id)]
        word, state = [
            ("open", NeedState.IN_PROGRESS), ("resolved", NeedState.DELIVERED), ("rejected", NeedState.REFUSED),
        ][n % 3]  # fmt: skip
        answer = client.put(f"/ticket/{number}", json={"Status": word})
        assert answer.status_code == 200
        expected[str(need.id)] = state
    answered = came.needs[0]
    said = {"Content": "Réponse : c’est commandé", "ContentType": "text/plain"}
    client.post(f"/ticket/{numbers[str(answered.id)]}/correspond", json=said)
    secret = {"Content": "entre nous", "ContentType": "text/plain"}
    client.post(f"/ticket/{numbers[str(answered.id)]}/comment", json=secret)
    await back(db, expected, patience_s=120)
    need = await Need.get(id=answered.id)
    if not need.news:  # the status may have been read just before the answer was written
        await Ticket.filter(need_id=need.id).update(read_at=None)
        await Desk.all().update(polled_at=None)
        from tour.desk.back import poll_all

        await poll_all()
        need = await Need.get(id=answered.id)
    assert [entry["text"] for entry in need.news or []] == ["Réponse : c’est commandé"]
