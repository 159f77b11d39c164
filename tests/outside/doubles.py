"""Servers on this machine that speak TLS, strip it, redirect, or never end."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult

from tests.visits.smtp import Post


@dataclass
class Heard:
    """What came to a server of HTTP; ``answers`` are its next ones."""

    port: int = 0
    scheme: str = "http"
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answer: web.Response | None = None
    endless: bool = False

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.requests.append((request.method, request.path, dict(request.headers)))
        if self.endless:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            while True:
                await response.write(b" " * (1 << 16))
        answer = self.answer or web.json_response({}, status=503)
        return web.Response(body=answer.body, status=answer.status, headers=dict(answer.headers))


@asynccontextmanager
async def http_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[Heard]:
    heard = Heard(scheme="https" if tls else "http")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", heard.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    heard.port = runner.addresses[0][1]
    try:
        yield heard
    finally:
        await runner.cleanup()


@dataclass
class TlsPost(Post):
    """A mail server that asks for a password, and writes down those it was told."""

    passwords: list[bytes] = field(default_factory=list)

    def login(
        self, server: object, session: object, envelope: object, mechanism: str, data: object
    ) -> AuthResult:
        self.passwords.append(getattr(data, "password", b""))
        return AuthResult(success=True)


@asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, asks: bool = True
) -> AsyncIterator[TlsPost]:
    """``tls``: from the start; neither: a server, or somebody on the way, that hides STARTTLS."""
    post = TlsPost()
    made = lambda: SMTP(  # noqa: E731
        post,
        tls_context=starttls,
        authenticator=post.login if asks else None,
        auth_require_tls=False,
        enable_SMTPUTF8=True,
    )
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=tls)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()


@dataclass
class Box:
    """An empty mailbox of IMAP, and the logins it heard."""

    port: int = 0
    logins: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, command, *rest = line.decode().split(maxsplit=2)
            if command == "CAPABILITY":
                writer.write(b"* CAPABILITY IMAP4REV1\r\n")
            if command == "LOGIN":
                self.logins += [" ".join(rest).strip()]
            if command == "SELECT":
                writer.write(b"* 0 EXISTS\r\n")
            writer.write(f"{tag} OK done\r\n".encode())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def mailbox_server(tls: ssl.SSLContext | None) -> AsyncIterator[Box]:
    box = Box()
    server = await asyncio.start_server(box.serve, "127.0.0.1", 0, ssl=tls)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
