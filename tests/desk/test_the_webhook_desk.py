"""What leaves is signed and has the shapes of docs/desk-webhook.schema.json."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiohttp import web

from tests.desk.conftest import all_due, noted
from tour.desk import push
from tour.desk.connectors.base import PhotoFile
from tour.desk.models import Delivery, DeliveryState, Desk, DeskKind
from tour.desk.secrets import seal
from tour.desk.signature import good
from tour.needs.models import Need

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "desk-webhook.schema.json").read_text())


class Receiver:
    """A receiver that keeps its half of the promise: one key, one ticket."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.keys: dict[str, int] = {}
        self.forget_answers = 0
        self.portal = False

    async def take(self, request: web.Request) -> web.Response:
        if self.portal:
            return web.Response(
                text="<html>Bienvenue sur le Wi-Fi</html>", content_type="text/html"
            )
        body = await request.read()
        at, signature = request.headers["X-Tour-Timestamp"], request.headers["X-Tour-Signature"]
        if not good("chut", body, at, signature):
            return web.json_response({"error": "signature"}, status=401)
        message = json.loads(body)
        jsonschema.validate(message, SCHEMA)
        key = request.headers["Idempotency-Key"]
        if key not in self.keys:
            self.keys[key] = len(self.keys) + 1
            self.got.append(message)
        if self.forget_answers:
            self.forget_answers -= 1
            assert request.transport
            request.transport.abort()
        return web.json_response({"id": str(self.keys[key])})


@pytest.fixture
async def receiver(db: str) -> AsyncIterator[Receiver]:
    there = Receiver()
    app = web.Application()
    app.router.add_post("/", there.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await Desk.create(
        kind=DeskKind.WEBHOOK, name="Ailleurs", url=f"http://127.0.0.1:{runner.addresses[0][1]}/",
        secrets=seal({"secret": "chut"}), in_use=True,
    )  # fmt: skip
    yield there
    await runner.cleanup()


async def one_photo(need: Need) -> list[PhotoFile]:
    return [PhotoFile("photo-a.jpg", "image/jpeg", b"\xff\xd8")]


async def test_it_works(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "photos_of", one_photo)
    need = await noted()
    await all_due()
    await all_due()
    assert [message["event"] for message in receiver.got] == ["need", "photo"]
    assert receiver.got[0]["reference"] == str(need.id)
    assert (await Delivery.get()).state == DeliveryState.SENT


async def test_a_lost_answer_makes_no_second_ticket(receiver: Receiver) -> None:
    receiver.forget_answers = 1
    await noted()
    await all_due()
    await all_due()
    delivery = await Delivery.get()
    assert delivery.state == DeliveryState.TO_CHECK
    assert delivery.unsure_at
    await Delivery.all().update(unsure_at=delivery.unsure_at - push.SETTLE)
    await all_due()
    assert len(receiver.got) == 1
    assert (await Delivery.get()).state == DeliveryState.SENT


async def test_a_captive_portal_s_answer_is_not_taken_for_the_desk_s(receiver: Receiver) -> None:
    receiver.portal = True
    await noted()
    await all_due()
    await all_due()
    assert (await Delivery.get()).state == DeliveryState.TO_CHECK


async def test_a_wrong_secret_fails_no_need(receiver: Receiver) -> None:
    await Desk.all().update(secrets=seal({"secret": "autre"}))
    await noted()
    await all_due()
    await all_due()
    assert (await Delivery.get()).state == DeliveryState.WAITING
    assert "refuse l’accès" in (await Desk.get()).trouble
