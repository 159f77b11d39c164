"""Each request that changes something, takes something out or is refused leaves a line in the audit."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict, deque
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tour.audit.record import Scene, record, scene
from tour.audit.who import STRANGER, By, ByKind
from tour.web.security import SAFE_METHODS

# What is written down elsewhere, line by line and for good: the journal of tablets' changes, with who made each.
KEPT_ELSEWHERE = frozenset(
    {"/field/sync", "/field/photos/{sha256}", "/field/changes/{kind}/{doc:uuid}"}
)
REFUSED = frozenset({401, 403, 413, 421, 429})
SECRETS = frozenset({"token"})
MOST_REFUSALS = 60  # a minute and origin: who knocks without end fills no table
MOST_ORIGINS = 1000
log = logging.getLogger("tour")


class Audited:
    """Opens the request's scene, and writes its line before the answer leaves."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.refusals: OrderedDict[str, deque[float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        client = HTTPConnection(scope).client
        request_id = scope.get("state", {}).get("request_id", "")
        with scene(origin=client.host if client else "", request_id=request_id) as here:

            async def send_once_written(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await self.write(scope, here, message)
                await send(message)

            await self.app(scope, receive, send_once_written)

    async def write(self, scope: Scope, here: Scene, answer: Message) -> None:
        if here.by == STRANGER:
            here.by = who_asks(scope)
        if here.lines:
            return  # the domain has said it better
        what = kind_of(scope, answer)
        if not what or (what == "refused" and not self.may_note(here.origin)):
            return
        details: dict[str, Any] = {}
        if what in {"refused", "exported"}:
            details = {"request": template(scope)}
        if what == "refused":
            details["status"] = answer["status"]
        await record(what, on=thing(scope), **details)

    def may_note(self, origin: str) -> bool:
        """Whether this refusal is still within the bound of its origin."""
        times = self.refusals.setdefault(origin, deque(maxlen=MOST_REFUSALS))
        self.refusals.move_to_end(origin)
        if len(self.refusals) > MOST_ORIGINS:
            self.refusals.popitem(last=False)
        at = time.monotonic()
        if len(times) == MOST_REFUSALS and at - times[0] < 60:
            log.warning("more than %s refusals a minute from %s", MOST_REFUSALS, origin)
            return False
        times.append(at)
        return True


def kind_of(scope: Scope, answer: Message) -> str:
    """What the line says: the address that changed something, « exported », « refused », or nothing."""
    status = answer["status"]
    if status in REFUSED or (
        status in {404, 410} and SECRETS & scope.get("path_params", {}).keys()
    ):
        return "refused"
    if status >= 400:
        return ""
    route = getattr(scope.get("route"), "path", "")
    if scope["method"] not in SAFE_METHODS:
        return "" if route in KEPT_ELSEWHERE else template(scope)
    disposition = next(
        (v for k, v in answer["headers"] if k.lower() == b"content-disposition"), b""
    )
    return "exported" if disposition.startswith(b"attachment") else ""


def template(scope: Scope) -> str:
    """The address as the routes write it."""
    return f"{scope['method']} {getattr(scope.get('route'), 'path', '')}".strip()


def thing(scope: Scope) -> str:
    """What it was done to: the address asked for, without the tokens that open something."""
    path = scope["path"]
    for name in SECRETS & scope.get("path_params", {}).keys():
        path = path.replace(str(scope["path_params"][name]), "…")
    return path


def who_asks(scope: Scope) -> By:
    state = scope.get("state", {})
    if agent := state.get("agent"):
        return By(ByKind.AGENT, str(agent.id), agent.name)
    if tablet := state.get("tablet"):
        return By(ByKind.TABLET, str(tablet.id), f"{tablet.name} · {tablet.pair.name}")
    return STRANGER
