"""A real SMTP server (aiosmtpd) that keeps what it is given, or refuses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Post:
    """What arrived; ``rcpt`` and ``data`` are the next answers, when they are not « taken »."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)

    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self, count: int) -> None:
        """Waits until so many messages have come."""
        while len(self.messages) < count:
            self.more.clear()
            await self.more.wait()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = self.data.pop(0) if self.data else "250 taken"
        if said == "cut":
            self.keep(envelope)
            assert server.transport is not None
            server.transport.abort()
            return "250 never heard"
        if said.startswith("250"):
            self.keep(envelope)
        return said

    def keep(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message: Any = message_from_bytes(content, policy=mail_policy)
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        self.more.set()


@asynccontextmanager
async def smtp_server(post: Post | None = None) -> AsyncIterator[Post]:
    post = post or Post()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(post, enable_SMTPUTF8=True), "127.0.0.1", post.port
    )
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
