"""The server's account against the tablets'; and a saved outbox taken in by a planner."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import httpx
import pytest

from tests.factories import make_visit
from tests.field.conftest import Device, make_device
from tour.db import local_now, uuid7
from tour.errors import UserError
from tour.field import saved as copies
from tour.field.models import Tablet
from tour.needs.models import Need
from tour.visits.models import Visit


async def visit_of(device: Device) -> Visit:
    return await make_visit(pair=device.pair, day=local_now().date())


async def kept(device: Device) -> Tablet:
    return await Tablet.get(id=device.tablet.id)


def account(made: int, **where: int) -> dict[str, int]:
    return {
        "made": made,
        **dict.fromkeys(("confirmed", "waiting", "refused", "aside", "mended"), 0),
        **where,
    }


async def test_it_works(device: Device) -> None:
    device.account = account(5, confirmed=3, waiting=1, refused=1)
    await device.exchange()
    tablet = await kept(device)
    assert (tablet.gap, tablet.lost, tablet.account["made"]) == (0, 0, 5)


async def test_what_is_neither_confirmed_nor_there_is_a_gap(
    device: Device, planner: httpx.AsyncClient
) -> None:
    device.account = account(5, confirmed=3, waiting=1)
    await device.exchange()
    assert (await kept(device)).gap == 1
    shown = (await planner.get("/tablets")).text
    assert "ses comptes ne tombent pas juste : 5 saisies faites" in shown


async def test_a_request_held_up_on_the_way_raises_no_alarm(device: Device) -> None:
    device.account = account(4, confirmed=3, waiting=1)
    await device.exchange()
    device.account = account(2, confirmed=0, waiting=2)
    await device.exchange()
    tablet = await kept(device)
    assert (tablet.account["made"], tablet.gap, tablet.lost) == (4, 0, 0)


async def test_a_browser_that_forgot_is_noticed(device: Device, planner: httpx.AsyncClient) -> None:
    device.account = account(9, confirmed=7, waiting=2)
    visit = await visit_of(device)
    held = [
        device.change("need", uuid7(), visit=str(visit.id), kind="no such", text="x")
        for _ in range(2)
    ]
    await device.exchange(*held)  # both refused: still on the tablet
    device.account = account(0)
    body = {
        "protocol": 2,
        "device": "another-store",
        "cursor": "",
        "changes": [],
        "waiting": 0,
        "account": device.account,
    }
    assert (await device.post(json.dumps(body).encode())).status_code == 200
    assert (await kept(device)).lost == 2
    shown = (await planner.get("/tablets")).text
    assert "le navigateur a effacé 2 saisies" in shown
    await planner.post(f"/tablets/{device.tablet.id}/alarm")
    assert (await kept(device)).lost == 0


@pytest.mark.parametrize(
    "nonsense", ["x", [], {"made": -3, "waiting": "many"}, {"made": 2**70}, None]
)
async def test_nonsense_in_an_account_keeps_nothing_from_being_sent(
    device: Device, nonsense: Any
) -> None:
    visit = await visit_of(device)
    change = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée")
    body = {
        "protocol": 2,
        "cursor": "",
        "changes": [change],
        "account": nonsense,
        "storage": nonsense,
    }
    answer = await device.post(json.dumps(body).encode())
    assert answer.json()["applied"] == [change["id"]]


async def test_the_protocol_before_is_understood_and_answered_in_its_own_words(
    device: Device,
) -> None:
    device.protocol = 1
    visit = await visit_of(device)
    change = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée")
    answer = await device.exchange(change)
    assert (answer["protocol"], answer["applied"]) == (1, [change["id"]])
    assert (await kept(device)).account == {}


# Saved outboxes


def saved(origin: Device, /, *changes: dict[str, Any], **values: Any) -> bytes:
    copy = {"protocol": 2, "device": "store-1", "pair": origin.pair.name, "changes": changes}
    return json.dumps(copy | values).encode()


async def send(planner: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await planner.post("/tablets/copies", files={"file": ("tour-copie.json", body)})


async def test_a_copy_is_taken_in_once(device: Device, planner: httpx.AsyncClient) -> None:
    visit = await visit_of(device)
    good = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée") | {
        "state": "waiting"
    }
    bad = device.change("need", uuid7(), visit=str(visit.id), kind="no such", text="Illisible") | {
        "state": "refused"
    }
    done = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Repris") | {
        "state": "mended"
    }
    shown = (await send(planner, saved(device, good, bad, done))).text
    assert "1 saisie est enregistrée." in shown
    assert "Illisible – " in shown
    await send(planner, saved(device, good))
    await device.exchange(good)  # the tablet comes back to life and sends the same
    assert await Need.all().values_list("text", flat=True) == ["Une idée"]


async def test_a_copy_finds_its_tablet_by_its_store(
    client: httpx.AsyncClient, device: Device, planner: httpx.AsyncClient
) -> None:
    await make_device(client, device.pair)
    device.account = account(0)
    await device.exchange()
    visit = await visit_of(device)
    change = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée")
    shown = (await send(planner, saved(device, change, pair="rebaptisé"))).text
    assert "1 saisie est enregistrée." in shown


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"changes": 3, "device": "x"}',
        b'{"device": "x"}',
        b'{"changes": [], "device": NaN}',
    ],
)
async def test_another_file_is_refused_in_words(planner: httpx.AsyncClient, body: bytes) -> None:
    answer = await send(planner, body)
    assert answer.status_code == 422
    assert "copie d’une tablette" in answer.text or "Choisissez" in answer.text


async def test_a_stranger_s_copy_is_refused(device: Device, planner: httpx.AsyncClient) -> None:
    answer = await send(planner, saved(device, device="?", pair="Personne"))
    assert answer.status_code == 422
    assert "aucune tablette connue" in answer.text


async def test_bad_changes_in_a_copy_do_not_stop_the_others(
    device: Device, planner: httpx.AsyncClient
) -> None:
    visit = await visit_of(device)
    good = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée")
    shown = (await send(planner, saved(device, "nonsense", {"id": 3}, good))).text  # type: ignore[arg-type]
    assert "1 saisie est enregistrée." in shown
    assert "2 saisies sont refusées" in shown


async def test_a_copy_that_no_tablet_makes_is_refused_before_it_is_read(
    planner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "clean", None)  # not even begun
    body = b'{"device":"x","changes":[' + b"[]," * 3_000_000 + b"[]]}"
    answer = await planner.post("/tablets/copies", files={"file": ("tour-copie.json", body)})
    assert answer.status_code == 422
    assert "plus de 20000 saisies" in answer.text


async def test_the_server_answers_others_while_a_copy_is_read(
    device: Device, planner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, answered = threading.Event(), threading.Event()

    def slow(body: bytes) -> Any:
        reading.set()
        assert answered.wait(60), "nobody was answered meanwhile"
        raise UserError("lue", field="file")

    monkeypatch.setattr(copies, "read", slow)
    sent = asyncio.create_task(
        planner.post("/tablets/copies", files={"file": ("tour-copie.json", b"{}")})
    )
    await asyncio.to_thread(reading.wait, 60)
    assert (await planner.get("/healthz")).text == "ok\n"
    answered.set()
    assert "lue" in (await sent).text
