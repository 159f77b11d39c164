"""Tablets as the server meets them, and the worker's own modules beside Python's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.factories import make_pair
from tour import i18n
from tour.db import now, uuid7
from tour.field.merge import make_stamp
from tour.field.models import Tablet
from tour.field.tablets import enrol_at_once
from tour.people.models import Pair


class Device:
    """A tablet that does with answers what the worker does."""

    def __init__(self, http: httpx.AsyncClient, pair: Pair, tablet: Tablet, secret: str) -> None:
        self.http = http
        self.pair = pair
        self.tablet = tablet
        self.secret = secret
        self.cursor = ""
        self.protocol = 2
        self.account: dict[str, int] = {}
        self.docs: dict[tuple[str, str], dict[str, Any]] = {}

    def change(self, kind: str, doc: UUID, /, *, stamp: str = "", **patch: Any) -> dict[str, Any]:
        """A change as the outbox holds it, stamped now unless said otherwise."""
        stamp = stamp or make_stamp(now(), str(self.tablet.id))
        return {
            "id": str(uuid7()),
            "kind": kind,
            "doc": str(doc),
            "patch": patch,
            "stamp": stamp,
            "by": "",
        }

    async def post(self, body: bytes) -> httpx.Response:
        return await self.http.post(
            "/field/sync", content=body, headers={"Cookie": f"tablet={self.secret}"}
        )

    async def send(self, *changes: dict[str, Any]) -> httpx.Response:
        """One request; its answer is not taken in."""
        request = {
            "protocol": self.protocol,
            "device": "store-1",
            **({"account": self.account} if self.account else {}),
            "cursor": self.cursor,
            "changes": changes,
            "waiting": len(changes),
        }
        return await self.post(json.dumps(request).encode())

    async def exchange(self, *changes: dict[str, Any]) -> dict[str, Any]:
        """Sends, takes the answer in and asks on until all is here; gives the first answer."""
        answers: list[dict[str, Any]] = []
        while not answers or answers[-1]["more"]:
            response = await self.send(*([] if answers else changes))
            assert response.status_code == 200, response.text
            answers.append(response.json())
            self.take(answers[-1])
        return answers[0]

    def take(self, answer: dict[str, Any]) -> None:
        if answer["whole"] and answer["first"]:
            self.docs.clear()
        for doc in answer["docs"]:
            self.docs[doc["kind"], doc["id"]] = doc["data"]
        for kind, doc in answer["gone"]:
            self.docs.pop((kind, doc), None)
        self.cursor = answer["cursor"]

    def held(self, kind: str) -> set[str]:
        return {doc for held, doc in self.docs if held == kind}


async def make_device(http: httpx.AsyncClient, pair: Pair) -> Device:
    tablet, secret = await enrol_at_once(pair, "Tablette")
    return Device(http, pair, tablet, secret)


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    """An enrolled tablet that holds nothing yet."""
    return await make_device(client, await make_pair())


class Worker:
    """The worker's modules in a node process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", str(Path(__file__).parent / "worker_side.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, what: str, **question: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(
            json.dumps({"ask": what, "lang": i18n.language.get(), **question}) + "\n"
        )
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.process.kill()
    worker.process.wait()
