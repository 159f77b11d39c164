"""The real application and worker under the shim; lines on its input cut the power and give it back.

``python -m tests.chaos.power.server``: prints the port; then « cut » kills every process at once and answers « dark »,
« light » starts them again and answers « lit ». The parent has everything imported and holds the socket, so a start
takes milliseconds. ``POWER_PRAGMAS`` (``synchronous=NORMAL``) makes the databases less safe than they are.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack

import uvicorn

from tests.chaos.power.pragmas import written_with

for_good = ExitStack()
for_good.enter_context(written_with(os.environ.get("POWER_PRAGMAS", "")))

import tour.worker  # noqa: E402  (opens the queue's file)
from tour.app import make_app  # noqa: E402

WEB_PROCESSES = 2
app = make_app()


def serve(listening: socket.socket) -> None:
    config = uvicorn.Config(app, log_level="critical")
    uvicorn.Server(config).run(sockets=[listening])


def deliver(_listening: socket.socket) -> None:
    tour.worker.queue.create_consumer(
        workers=1, worker_type="thread", periodic=False, initial_delay=0.01, max_delay=0.05
    ).run()


def forked(work: Callable[[socket.socket], None], listening: socket.socket) -> int:
    child = os.fork()
    if not child:
        try:
            work(listening)
        finally:
            os._exit(1)
    return child


def main() -> None:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    print(listening.getsockname()[1], flush=True)
    children: list[int] = []
    for line in sys.stdin:
        if line.strip() == "light":
            children = [forked(serve, listening) for _ in range(WEB_PROCESSES)]
            children.append(forked(deliver, listening))
            print("lit", flush=True)
        else:
            for child in children:
                os.kill(child, signal.SIGKILL)
            for child in children:
                os.waitpid(child, 0)
            print("dark", flush=True)


if __name__ == "__main__":
    main()
