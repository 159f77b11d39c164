"""Each request that changes something, takes something out or is refused leaves a line in the audit."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict, deque
from typing import Any

from starlette.requests import HTTPConnection
from starlette.routing import Match
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
# An answer that a bug kept from being made: what was asked for may have been done all the same.
FAILED: Message = {"status": 500, "headers": []}
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
            answered = False

            async def send_once_written(message: Message) -> None:
                nonlocal answered
                if message["type"] == "http.response.start":
                    await self.write(scope, here, message)
                    answered = True
                await send(message)

            try:
                await self.app(scope, receive, send_once_written)
            except Exception:
                if not answered:  # the page that says so is made outside of here
                    await self.write(scope, here, FAILED)
                raise

    async def write(self, scope: Scope, here: Scene, answer: Message) -> None:
        if here.by == STRANGER:
            here.by = who_asks(scope)
        if here.lines and answer is not FAILED:
            return  # the domain has said it better
        what = kind_of(scope, answer)
        by_anybody = what in {"refused", "sign-in.refused"} or (
            here.by == STRANGER and not SECRETS & scope.get("path_params", {}).keys()
        )
        if not what or (by_anybody and not self.may_note(here.origin)):
            return
        details: dict[str, Any] = {}
        if what in {"refused", "exported"}:
            details = {"request": template(scope)}
        if what == "sign-in.refused":
            details = {"why": f"link {scope['state']['refused_sign_in']}"}
        elif answer["status"] >= 400:
            details["status"] = answer["status"]
        await record(what, on=thing(scope), **details)

    def may_note(self, origin: str) -> bool:
        """Whether this refusal, or a stranger's act, is still within the bound of its origin."""
        times = self.refusals.setdefault(origin, deque(maxlen=MOST_REFUSALS))
        self.refusals.move_to_end(origin)
        if len(self.refusals) > MOST_ORIGINS:
            self.refusals.popitem(last=False)
        at = time.monotonic()
        if len(times) == MOST_REFUSALS and at - times[0] < 60:
            log.warning("more than %s lines a minute from strangers of %s", MOST_REFUSALS, origin)
            return False
        times.append(at)
        return True


def kind_of(scope: Scope, answer: Message) -> str:
    """What the line says: the address that changed something, « exported », « refused », or nothing."""
    status = answer["status"]
    if scope.get("state", {}).get("refused_sign_in"):
        return "sign-in.refused"
    if status in REFUSED or (
        status in {404, 410} and SECRETS & scope.get("path_params", {}).keys()
    ):
        return "refused"
    if answer is FAILED:
        return "" if scope["method"] in SAFE_METHODS else template(scope)
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
    """What it was done to: the address asked for, without the tokens that open something; nothing of one that is not ours."""
    path, params = scope["path"], scope.get("path_params")
    if "route" not in scope:  # refused before it was looked up
        params = next(
            (
                found["path_params"]
                for match, found in (route.matches(scope) for route in scope["app"].routes)
                if match != Match.NONE
            ),
            None,
        )
    if params is None:
        return ""
    for name in SECRETS & params.keys():
        path = path.replace(str(params[name]), "…")
    return str(path)


def who_asks(scope: Scope) -> By:
    state = scope.get("state", {})
    if agent := state.get("agent"):
        return By(ByKind.AGENT, str(agent.id), agent.name)
    if tablet := state.get("tablet"):
        return By(ByKind.TABLET, str(tablet.id), f"{tablet.name} · {tablet.pair.name}")
    return STRANGER
