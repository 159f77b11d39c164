"""A TCP proxy between the worker and a desk that cuts connections at random: before the request, after it, in the answer."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

FAULTS = ("refused", "request cut", "answer lost", "answer cut", "slow")


@dataclass
class Network:
    port: int = 0
    share: float = 0.25  # of the connections that go wrong
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    had: Counter[str] = field(default_factory=Counter)

    def fault(self) -> str:
        return self.dice.choice(FAULTS) if self.dice.random() < self.share else ""


@contextmanager
def bad_network(port: int, *, share: float, seed: int) -> Iterator[Network]:
    """A proxy before 127.0.0.1:port, in a thread of its own."""
    network = Network(share=share, dice=random.Random(seed))
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError):
                await carry(network, port, reader, writer)
            writer.transport.abort()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        network.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield network
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


async def carry(
    network: Network, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection. The peer always gets what was let through, and goes on when the worker is cut off."""
    fault = network.fault()
    if fault:
        network.had[fault] += 1
    if fault == "refused":
        return
    peer_reader, peer_writer = await asyncio.open_connection("127.0.0.1", port)
    dropped = asyncio.Event()

    async def out() -> None:
        while data := await reader.read(65536):
            if fault == "request cut":
                peer_writer.write(data[: len(data) // 2])
                await peer_writer.drain()
                dropped.set()
                return
            peer_writer.write(data)
            await peer_writer.drain()
        with suppress(OSError):
            peer_writer.write_eof()

    async def back() -> None:
        while data := await peer_reader.read(65536):
            if fault == "slow":
                await asyncio.sleep(network.dice.uniform(0, 0.5))
            if fault in {"answer lost", "answer cut"}:
                if fault == "answer cut":
                    writer.write(data[: len(data) // 2])
                    await writer.drain()
                dropped.set()
                return
            writer.write(data)
            await writer.drain()
        dropped.set()

    tasks = [asyncio.create_task(out()), asyncio.create_task(back())]
    await dropped.wait()
    writer.transport.abort()
    for task in tasks:
        task.cancel()
    peer_writer.close()
