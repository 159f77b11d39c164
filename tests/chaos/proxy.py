"""A bad network between a real browser and a real server: each synchronisation meets the fault that is due."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

PORTAL = "<html><title>Bienvenue</title>Acceptez les conditions pour naviguer.</html>"
HELD_S = 0.4
FAULTS = ("request lost", "answer lost", "delivered twice", "captive portal", "answer cut", "server error", "slow", "late", "too large")  # fmt: skip


@dataclass
class Network:
    """``due`` holds the faults to come, one for each synchronisation; none left means a good network."""

    url: str
    due: deque[str] = field(default_factory=deque)
    had: Counter[str] = field(default_factory=Counter)
    scripts: dict[str, str] = field(
        default_factory=dict
    )  # by path: served in the place of the server’s own


@contextmanager
def bad_network(target: str) -> Iterator[Network]:
    """A proxy before ``target``, in a thread of its own, for as long as the block lasts."""
    network = Network("")
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            app = web.Application(client_max_size=20_000_000)

            async def answer(request: web.Request) -> web.StreamResponse:
                return await handle(request, network, target, session)

            app.router.add_route("*", "/{path:.*}", answer)
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            assert runner.addresses
            network.url = f"http://localhost:{runner.addresses[0][1]}"
            ready.set()
            await stop.wait()
            await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield network
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


async def handle(
    request: web.Request, network: Network, target: str, session: aiohttp.ClientSession
) -> web.StreamResponse:
    body = await request.read()
    if script := network.scripts.get(request.path):
        return web.Response(text=script, content_type="text/javascript")

    async def forward() -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in {"host"}}
        async with session.request(
            request.method,
            target + request.path_qs,
            data=body,
            headers=headers,
            allow_redirects=False,
        ) as answer:
            kept = answer.headers.copy()
            for name in ("Transfer-Encoding", "Content-Length", "Connection"):
                kept.popall(name, None)
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    fault = network.due.popleft() if request.path == "/field/sync" and network.due else ""
    if fault:
        network.had[fault] += 1
    if fault == "request lost":
        return cut(request)
    if fault == "answer lost":
        await forward()
        return cut(request)
    if fault == "captive portal":
        return web.Response(text=PORTAL, content_type="text/html")
    if fault == "too large" and len(json.loads(body).get("changes", [])) > 1:
        return web.json_response({"protocol": 2, "error": "Envoi trop grand"}, status=413)
    if fault == "server error":
        return web.Response(status=502, text="Bad Gateway")
    if fault == "delivered twice":
        await asyncio.gather(forward(), forward())
    if fault == "slow":
        await asyncio.sleep(HELD_S)
    if fault == "late":
        asyncio.get_running_loop().call_later(HELD_S, lambda: asyncio.ensure_future(forward()))
        return cut(request)
    answer = await forward()
    if fault == "answer cut":
        assert isinstance(answer.body, bytes)
        return web.Response(
            status=answer.status, body=answer.body[: len(answer.body) // 2],
            headers={k: v for k, v in answer.headers.items() if k != "Content-Length"},
        )  # fmt: skip
    return answer


def cut(request: web.Request) -> web.StreamResponse:
    """The connection breaks, with no answer."""
    assert request.transport
    request.transport.abort()
    return web.Response()
