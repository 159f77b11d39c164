from __future__ import annotations

import os

import pytest

from tests.peers.glpi import APP_TOKEN, CLIENT, USER_TOKEN, Glpi, running_glpi
from tests.peers.storm import Storm, back, storm
from tests.peers.worker import photos_of_test
from tour.desk.models import Delivery, Desk, DeskKind, Ticket
from tour.needs.models import NeedState

NEEDS = int(os.environ.get("NEEDS") or 20)  # `make test-peers` asks for 200
SEED = int(os.environ.get("SEED") or 6)
SECRETS = {
    "app_token": APP_TOKEN,
    "user_token": USER_TOKEN,
    **dict(zip(("client_id", "client_secret", "username", "password"), CLIENT, strict=True)),
}
BAD = {"session_lost": 0.03, "broken_after": 0.05, "slow_commit_s": 0.4}


@pytest.mark.parametrize(
    ("kind", "path", "traps"),
    [
        (DeskKind.GLPI_V1, "/apirest.php", {}),
        (DeskKind.GLPI_V1, "/apirest.php", {"old": True}),
        (DeskKind.GLPI_V2, "/api.php/v2", {}),
    ],
    ids=["v1", "v1 before 10.0.19", "v2"],
)
async def test_each_need_once_with_its_photos_and_back(
    db: str, kind: DeskKind, path: str, traps: dict[str, bool]
) -> None:
    with running_glpi(**BAD, **traps) as glpi:
        port = int(glpi.url.rpartition(":")[2])
        came = await storm(
            db, kind, port, path, needs=NEEDS, seed=SEED, options={"zone": "Europe/Paris"}, secrets=SECRETS
        )  # fmt: skip
        expect_all_once(glpi, came)
        assert came.deaths
        assert len(came.faults) >= 4
        await solve_some(glpi, came, db)
    await no_secret_was_kept()
    print(f"{kind}: {NEEDS} needs, {came.deaths} deaths, {dict(came.faults)}, {came.seconds:.0f} s")


def expect_all_once(glpi: Glpi, came: Storm) -> None:
    assert len(glpi.table("Ticket")) == len(came.needs)
    for need in came.needs:
        tickets = glpi.bearing(str(need.id))
        assert len(tickets) == 1
        photos = sorted(photo.name for photo in photos_of_test(need.id))
        assert sorted(glpi.documents_of(tickets[0]["id"])) == photos
        assert "<script" not in tickets[0]["content"]
    sent = {photo.bytes for need in came.needs for photo in photos_of_test(need.id)}
    assert set(glpi.files.values()) == sent


async def solve_some(glpi: Glpi, came: Storm, db: str) -> None:
    glpi.traps.session_lost = glpi.traps.broken_after = 0
    await Desk.all().update(url=glpi.url + (await Desk.get()).url.partition("/a")[1] + (await Desk.get()).url.partition("/a")[2])  # fmt: skip
    expected = {}
    for n, need in enumerate(came.needs):
        number = glpi.bearing(str(need.id))[0]["id"]
        status, state = [
            (2, NeedState.IN_PROGRESS),
            (4, NeedState.IN_PROGRESS),
            (6, NeedState.DELIVERED),
        ][n % 3]
        glpi.touch(number, status=status)
        expected[str(need.id)] = state
    await back(db, expected)


async def no_secret_was_kept() -> None:
    kept = [
        *await Delivery.all().values_list("answer", flat=True),
        *await Delivery.all().values_list("problem", flat=True),
        *await Desk.all().values_list("secrets", flat=True),
        *await Ticket.all().values_list("url", flat=True),
    ]
    for secret in SECRETS.values():
        assert secret == "tour" or not any(secret in str(text) for text in kept)
