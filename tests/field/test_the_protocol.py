"""docs/sync.md and its schemas say what server and tablets really send; nonsense within and beyond them breaks nothing."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.chaos.tablet import Tablet as OtherClient
from tests.examples import examples
from tests.factories import make_item, make_pair, make_visit
from tests.field.conftest import Device
from tour.app import make_app
from tour.db import database, local_now, uuid7
from tour.field.tablets import enrol_at_once
from tour.settings import ROOT

SCHEMAS = {
    name: json.loads((ROOT / "docs" / f"sync-{name}.schema.json").read_text())
    for name in ("request", "answer")
}
ORIGIN = "http://tour.test"


def check(name: str, value: Any) -> None:
    jsonschema.Draft202012Validator(
        SCHEMAS[name], format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(value)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


async def test_what_the_server_answers(device: Device) -> None:
    visit = await make_visit(pair=device.pair, day=local_now().date())
    await make_item()
    good = device.change("need", uuid7(), visit=str(visit.id), kind="idea", text="Une idée")
    bad = device.change("need", uuid7(), visit=str(visit.id), kind="no such", text="x")
    check("answer", (await device.send(good, bad, "nonsense")).json())  # type: ignore[arg-type]
    for protocol in (1, 2):
        device.protocol = protocol
        check("answer", (await device.send()).json())


async def test_what_another_client_asks(device: Device) -> None:
    client = OtherClient("t1", device.pair.id, device.secret, random.Random(1))
    client.make("need", str(uuid7()), visit=str(uuid7()), kind="idea", text="Une idée")
    for client.protocol in (1, 2):
        check("request", json.loads(client.request()))


OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Synchronisation", "version": "2"},
    "paths": {
        "/field/sync": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": SCHEMAS["request"]}},
                },
                "responses": {
                    "200": {
                        "description": "taken",
                        "content": {"application/json": {"schema": SCHEMAS["answer"]}},
                    },
                    "400": {"description": "unreadable, kept"},
                    "401": {"description": "unknown tablet"},
                    "413": {"description": "too much at once"},
                },
            }
        }
    },
}
schema = schemathesis.openapi.from_dict(OPENAPI)


@pytest.fixture(scope="module")
def served(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """The application on a database of this module's own, and an enrolled tablet's secret."""
    path = tmp_path_factory.mktemp("fuzzed") / "tour.sqlite3"
    shutil.copy(migrated, path)
    url = f"sqlite://{path}"

    async def enrol() -> str:
        async with database(url):
            pair = await make_pair()
            await make_visit(pair=pair, day=local_now().date())
            _tablet, secret = await enrol_at_once(pair, "Tablette")
            return secret

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tour.db.settings", lambda: settings_with(url))
        yield make_app(), asyncio.run(enrol())


def settings_with(url: str) -> Any:
    from tour.settings import settings as real

    return real().model_copy(update={"database_url": url})


@schema.parametrize()
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_sent_is_answered_as_written(case: Any, served: tuple[Any, str]) -> None:
    app, secret = served
    headers = {"Origin": ORIGIN, "Cookie": f"tablet={secret}"}
    response = case.call(app=app, base_url=ORIGIN, headers=headers)
    if case.method != "POST":
        assert response.status_code == 405
        return
    assert response.status_code in {200, 400, 413}, response.text
    if response.status_code == 200:
        check("answer", response.json())
