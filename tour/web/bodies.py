"""How much a request may send. Bytes are counted as they come, before anything is made of them.

A handler that takes more than a small form says so with ``@takes(bytes)``. Its limit is looked up when somebody first
asks for the body: by then the address is known and the guards around the handler have spoken, so that nothing is read
of what a stranger sends to a page of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

H = TypeVar("H", bound=Callable[..., Any])

FORM = 64_000  # what a page's form holds, with room
LONG_FORM = 1024**2  # a form with a box to tick for each visit or need
MOST_FIELDS = 20_000  # in such a form
FORGIVEN = (
    50_000_000  # so much unread is thrown away, for the browser to see the answer; else we hang up
)


class TooLarge(HTTPException):
    """The body is larger than ``most`` bytes, which is what this address takes."""

    def __init__(self, most: int) -> None:
        super().__init__(413)
        self.most = most


def takes(most: int) -> Callable[[H], H]:
    """The handler reads bodies of up to so many bytes."""

    def mark(handler: H) -> H:
        handler.most_bytes = most  # type: ignore[attr-defined]
        return handler

    return mark


def most_of(scope: Scope) -> int:
    """What the handler that was found takes."""
    return getattr(scope.get("endpoint"), "most_bytes", FORM)


class BoundedBodies:
    """Counts each request's body: by what it says of its length, and by what really comes. Raises TooLarge to who reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = Body(scope, receive)

        async def send_and_hang_up(message: Message) -> None:
            if message["type"] == "http.response.start" and body.too_much_is_left():
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self.app(scope, body.receive, send_and_hang_up)


class Body:
    """The body of one request, as far as it has been read."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        said = headers.get("content-length", "")
        self.scope, self.inner = scope, receive
        self.said = int(said) if said.isascii() and said.isdigit() else 0
        self.endless = "transfer-encoding" in headers
        self.read = 0
        self.ended = not self.said and not self.endless

    async def receive(self) -> Message:
        most = most_of(self.scope)
        if not self.ended and self.said > most:
            raise TooLarge(most)
        message = await self.inner()
        if message["type"] == "http.request":
            self.read += len(message.get("body", b""))
            self.ended = not message.get("more_body", False)
            if self.read > most:
                raise TooLarge(most)
        return message

    def too_much_is_left(self) -> bool:
        return not self.ended and (self.endless or self.said - self.read > FORGIVEN)
