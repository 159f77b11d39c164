"""A tablet that follows docs/sync.md and nothing else: written from the protocol, not from the worker's code."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tour.db import uuid7

Change = dict[str, Any]
Doc = dict[str, Any]
DAY_MS = 24 * 3600 * 1000


class NoAnswer(Exception):
    """The exchange failed: nothing is known of what became of it."""


@dataclass
class Tablet:
    """What it holds, what it made, and what the server said became of that."""

    name: str
    pair: UUID
    secret: str
    dice: random.Random
    protocol: int = 2
    cursor: str = ""
    docs: dict[tuple[str, str], Doc] = field(default_factory=dict)
    outbox: dict[str, Change] = field(default_factory=dict)
    made: dict[str, Change] = field(default_factory=dict)
    applied: dict[str, Change] = field(default_factory=dict)  # as they were when the server said so
    refused: dict[str, Change] = field(default_factory=dict)
    receipts: dict[str, Any] = field(default_factory=dict)
    skew_ms: int = 0
    wall: int = 0
    counter: int = 0
    signed_in: bool = True

    def make(self, kind: str, doc: str, /, **patch: Any) -> Change:
        """Puts a change in the outbox, stamped by this tablet's clock, which may be wrong but never goes back."""
        now = round(time.time() * 1000) + self.skew_ms
        self.wall, self.counter = (now, 0) if now > self.wall else (self.wall, self.counter + 1)
        stamp = f"{self.wall:013d}.{self.counter:04x}.{self.name}"
        change = {
            "id": str(uuid7()),
            "kind": kind,
            "doc": doc,
            "patch": patch,
            "stamp": stamp,
            "by": "",
        }
        self.outbox[change["id"]] = self.made[change["id"]] = change
        return change

    def request(self, most: int = 200) -> bytes:
        """The next request's body."""
        batch = list(self.outbox.values())[:most]
        asked = {
            "protocol": self.protocol,
            "device": self.name,
            "cursor": self.cursor,
            "changes": batch,
            "waiting": len(self.outbox) + len(self.refused),
        }
        if self.protocol > 1:
            asked["account"] = {
                "made": len(self.made),
                "confirmed": len(self.applied),
                "waiting": len(self.outbox),
                "refused": len(self.refused),
                "aside": 0,
                "mended": 0,
            }
        return json.dumps(asked).encode()

    def take(self, answer: dict[str, Any]) -> None:
        """Takes an answer in, whole."""
        if answer["whole"] and answer["first"]:
            self.docs.clear()
        for doc in answer["docs"]:
            self.docs[doc["kind"], doc["id"]] = doc["data"]
        for kind, doc in answer["gone"]:
            self.docs.pop((kind, doc), None)
        for name in answer["applied"]:
            if name in self.outbox:
                self.applied[name] = self.outbox.pop(name)
                self.receipts[name] = answer["receipts"][name]
        for refusal in answer["refused"]:
            if refusal["id"] in self.outbox:
                self.refused[refusal["id"]] = self.outbox.pop(refusal["id"])
        self.cursor = answer["cursor"]

    def save_report(self, visit: str, typed: dict[str, Any], shown: dict[str, Any]) -> None:
        """A form opened on ``shown`` is saved: only what a person changed in it becomes a change."""
        if patch := {field: value for field, value in typed.items() if shown[field] != value}:
            self.make("visit", visit, **patch)

    def shown(self, visit: str) -> dict[str, Any]:
        """A visit as its page shows it: the document with what waits here laid over it."""
        data = dict(self.docs["visit", visit])
        for change in sorted(self.outbox.values(), key=lambda one: one["stamp"]):
            if change["doc"] == visit:
                data |= change["patch"]
        return data

    def held(self, kind: str) -> list[Doc]:
        return [data for (held, _doc), data in sorted(self.docs.items()) if held == kind]

    async def post(
        self, http: httpx.AsyncClient, body: bytes, *, chaos: str = "", patience: float = 20
    ) -> httpx.Response:
        secret = self.secret if self.signed_in else "nobody"
        origin = str(http.base_url).rstrip("/")
        headers = {"Cookie": f"tablet={secret}", "Origin": origin, "X-Chaos": chaos}
        return await http.post("/field/sync", content=body, headers=headers, timeout=patience)

    async def exchange(self, http: httpx.AsyncClient, **trouble: Any) -> dict[str, Any]:
        """One request and its answer, taken in. Raises NoAnswer."""
        try:
            response = await self.post(http, self.request(), **trouble)
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from None
        answer = readable(response)
        self.take(answer)
        return answer


def readable(response: httpx.Response) -> dict[str, Any]:
    """The answer if it is one: a captive portal's 200, an error page or a cut answer is none. Raises NoAnswer."""
    try:
        answer = response.json()
    except ValueError:
        raise NoAnswer(f"{response.status_code} {response.text[:200]}") from None
    if response.status_code != 200 or not isinstance(answer, dict) or "protocol" not in answer:
        raise NoAnswer(f"{response.status_code}")
    return answer
