"""Who may hold a tablet, as the planner says; and what it keeps sealed, opened by the server."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.factories import make_agent, make_pair, make_visit
from tests.field.conftest import Device, Worker, make_device
from tour.db import local_now, uuid7
from tour.field import sealing
from tour.field.models import Change, Tablet, TabletPerson
from tour.field.saved import receive_saved
from tour.field.tablets import enrol_link
from tour.needs.models import Need
from tour.people.models import Agent, Role
from tour.settings import settings

NAME = "Anne Bérard"


@pytest.fixture
async def anne(db: str) -> Agent:
    return await make_agent(Role.TOURER, name=NAME)


@pytest.fixture
async def device(client: httpx.AsyncClient, anne: Agent) -> Device:
    return await make_device(client, await make_pair(hr=anne))


@pytest.fixture
def recovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> rsa.RSAPrivateKey:
    """The Département's recovery key, set for this server."""
    private = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "recovery.pem"
    path.write_bytes(
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    changed = settings().model_copy(update={"recovery_key": path})
    monkeypatch.setattr(sealing, "settings", lambda: changed)
    return private


async def sealed(device: Device, worker: Worker, text: str, **tampered: Any) -> dict[str, Any]:
    """What a locked tablet sends, sealed by the worker's own code: a change, and its vault's key closed to us."""
    visit = await make_visit(pair=device.pair, day=local_now().date())
    change = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text=text)
    change["by"] = NAME
    closed = worker.ask(
        "seal",
        change=change,
        vault="v1",
        server=sealing.public_key(),
        recovery=sealing.recovery_public_key(),
    )
    return {"changes": [closed["change"] | tampered], "vaults": {"v1": closed["vault"]}}


async def send(device: Device, **more: Any) -> dict[str, Any]:
    body = {"protocol": 2, "device": "store-1", "cursor": device.cursor, "waiting": 1, **more}
    response = await device.post(json.dumps(body).encode())
    assert response.status_code == 200
    return dict(response.json())


async def test_it_works(device: Device, worker: Worker) -> None:
    answer = await send(device, **(await sealed(device, worker, "Fermé, é😀")))
    assert len(answer["applied"]) == 1
    need = await Need.get().prefetch_related("recorded_by")
    assert need.text == "Fermé, é😀"
    assert need.recorded_by
    assert need.recorded_by.name == NAME
    assert (await Change.get()).patch["text"] == "Fermé, é😀"  # the journal can be read


async def test_the_same_change_sealed_and_in_clear_counts_once(
    device: Device, worker: Worker
) -> None:
    asked = await sealed(device, worker, "Une fois")
    first = await send(device, **asked)
    change = await Change.get()
    clear = asked["changes"][0] | {"patch": change.patch}
    for again in (asked, {"changes": [{k: v for k, v in clear.items() if k != "sealed"}]}):
        answer = await send(device, **again)
        assert answer["applied"] == first["applied"]
        assert answer["receipts"] == first["receipts"]
    assert await Need.all().count() == 1


@pytest.mark.parametrize(
    "tampered",
    [
        {"by": "Someone else"},
        {"doc": "0190163d-8694-739b-aea5-966c26f8ad91"},
        {"vault": "v2"},
        {"sealed": base64.b64encode(bytes(60)).decode()},
        {"sealed": "not base64"},
        {"sealed": 7},
    ],
    ids=str,
)
async def test_what_was_altered_is_not_opened_and_not_refused(
    device: Device, worker: Worker, tampered: dict[str, Any]
) -> None:
    asked = await sealed(device, worker, "x", **tampered)
    answer = await send(device, **asked)
    assert (answer["applied"], answer["refused"]) == ([], [])
    assert answer["unopened"] == [asked["changes"][0]["id"]]
    assert await Change.all().count() == 0


async def test_a_change_that_stays_sealed_blocks_no_other(device: Device, worker: Worker) -> None:
    asked = await sealed(device, worker, "x", by="altered")
    fine = await sealed(device, worker, "Passe")
    answer = await send(device, **asked | {"changes": asked["changes"] + fine["changes"]})
    assert len(answer["unopened"]) == 2  # the vault of the first is not that of the second
    answer = await send(device, changes=fine["changes"], vaults=fine["vaults"])
    assert len(answer["applied"]) == 1


@pytest.mark.parametrize(
    "nonsense", [None, [], "x", {"v1": 3}, {"v1": {"server": {"key": "AAAA"}}}]
)
async def test_nonsense_for_keys_breaks_nothing(
    device: Device, worker: Worker, nonsense: Any
) -> None:
    asked = await sealed(device, worker, "x")
    assert len((await send(device, **asked | {"vaults": nonsense}))["unopened"]) == 1


async def test_a_server_with_another_secret_leaves_it_sealed_and_the_recovery_key_opens_it(
    device: Device,
    worker: Worker,
    recovery: rsa.RSAPrivateKey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = await sealed(device, worker, "Retrouvé")
    other = settings().model_copy(update={"secret": "another", "recovery_key": None})
    monkeypatch.setattr(sealing, "settings", lambda: other)
    assert len((await send(device, **asked))["unopened"]) == 1
    copy = json.dumps({"device": "store-1", "pair": device.pair.name, **asked}).encode()
    assert (await receive_saved(copy)).unopened == [NAME]
    taken = await receive_saved(copy, sealing.by_recovery(recovery))
    assert (taken.applied, taken.unopened) == (1, [])
    assert (await Need.get()).text == "Retrouvé"


async def test_the_planner_takes_in_a_sealed_copy(
    device: Device, worker: Worker, planner: httpx.AsyncClient
) -> None:
    asked = await sealed(device, worker, "Copie fermée")
    copy = json.dumps({"device": "store-1", "pair": device.pair.name, **asked}).encode()
    shown = await planner.post("/tablets/copies", files={"file": ("tour.json", copy)})
    assert "1 saisie est enregistrée" in shown.text
    asked["vaults"] = {}
    copy = json.dumps({"device": "store-1", "pair": device.pair.name, **asked}).encode()
    shown = await planner.post("/tablets/copies", files={"file": ("tour.json", copy)})
    assert "1 saisie reste fermée" in shown.text
    assert NAME in shown.text


async def test_a_pin_opens_its_own_vault_only(worker: Worker) -> None:
    assert worker.ask("pins", right="4071", tried=["4071", "4072", ""]) == [True, False, False]


async def test_a_tablet_hears_who_may_hold_it(device: Device, anne: Agent) -> None:
    told = (await send(device, changes=[]))["tablet"]
    assert told["people"] == [NAME]
    assert told["team"] == [{"id": str(anne.id), "name": NAME, "reset": ""}]
    assert (told["pin"], told["lock_minutes"]) == ("optional", 10)
    assert "recovery" not in told


async def test_a_guest_comes_and_goes(device: Device, planner: httpx.AsyncClient) -> None:
    guest = await make_agent(Role.TOURER, name="Invitée")
    address = f"/tablets/{device.tablet.id}/guests"
    assert (await planner.post(address, data={"agent": str(guest.id)})).status_code == 303
    told = (await send(device, changes=[]))["tablet"]
    assert told["people"] == [NAME, "Invitée"]
    assert "Invitée" in (await planner.get("/tablets")).text
    await planner.post(f"{address}/{guest.id}/removal")
    assert (await send(device, changes=[]))["tablet"]["people"] == [NAME]


@pytest.mark.parametrize("who", ["", "nonsense", "desk"])
async def test_only_those_who_tour_are_guests(
    device: Device, planner: httpx.AsyncClient, who: str
) -> None:
    chosen = str((await make_agent(Role.DESK)).id) if who == "desk" else who
    answer = await planner.post(f"/tablets/{device.tablet.id}/guests", data={"agent": chosen})
    assert answer.status_code == 422
    assert "Choisissez une personne de la liste." in answer.text
    assert await TabletPerson.all().count() == 0


async def test_a_planner_allows_a_new_pin(
    device: Device, planner: httpx.AsyncClient, anne: Agent
) -> None:
    address = f"/tablets/{device.tablet.id}/people/{anne.id}/pin-reset"
    assert (await planner.post(address)).status_code == 303
    assert (await send(device, changes=[]))["tablet"]["team"][0]["reset"] != ""
    stranger = await make_agent(Role.TOURER)
    address = f"/tablets/{device.tablet.id}/people/{stranger.id}/pin-reset"
    assert (await planner.post(address)).status_code == 404


async def test_only_planners_say_who(device: Device, anne: Agent) -> None:
    for path in ("guests", f"guests/{anne.id}/removal", f"people/{anne.id}/pin-reset"):
        answer = await device.http.post(f"/tablets/{device.tablet.id}/{path}")
        assert answer.status_code == 403


async def test_a_link_not_used_yet_is_shown_and_can_be_cancelled(
    planner: httpx.AsyncClient,
) -> None:
    pair = await make_pair(name="Binôme Est")
    await planner.post("/tablets", data={"pair": str(pair.id), "name": "Tablette 7"})
    shown = (await planner.get("/tablets")).text
    assert "Liens en attente" in shown
    assert "créé par" in shown
    tablet = await Tablet.get()
    assert tablet.enrolled_by_id
    await planner.post(f"/tablets/{tablet.id}/revocation")
    assert "Liens en attente" not in (await planner.get("/tablets")).text
    link = await enrol_link(pair, "Tablette 8")
    assert (await planner.get(link.removeprefix(settings().base_url))).status_code == 200
