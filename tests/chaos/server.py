"""The real application in a process that can be made to die or fail at a chosen step of a synchronisation.

``python -m tests.chaos.server``: prints its port. The parent holds the socket and forks a new child each time one dies,
so that a restart takes milliseconds, as a supervisor's would take seconds. A request's header ``X-Chaos`` says what
goes wrong: ``die`` or ``fail``, and ``before``, ``inside`` or ``after`` the transaction that takes the changes.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextvars import ContextVar
from typing import Any

import uvicorn

import tour.field.sync as synchronisation
from tour.app import make_app

fault: ContextVar[str] = ContextVar("fault", default="")
KILLED = 9
take_all, answer_feed = synchronisation.take_all, synchronisation.answer_feed


class Broken(Exception):
    """The fault that was asked for."""


def at(step: str) -> None:
    what, _space, when = fault.get().partition(" ")
    if when == step:
        if what == "die":
            os._exit(KILLED)  # no clean-up, as when the power goes
        raise Broken(fault.get())


async def take_all_and_break(*args: Any) -> None:
    await take_all(*args)
    at("inside")


async def answer_and_break(*args: Any) -> Any:
    at("after")
    return await answer_feed(*args)


def serve(listening: socket.socket) -> None:
    synchronisation.take_all = take_all_and_break
    synchronisation.answer_feed = answer_and_break
    app = make_app()

    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers") or [])
        fault.set(headers.get(b"x-chaos", b"").decode())
        if scope["type"] == "http":
            at("before")
        await app(scope, receive, send)

    config = uvicorn.Config(breaking, log_level="critical", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listening])


def main() -> None:
    # Named as TCP, or asyncio does not turn Nagle off and each answer waits 40 ms for the acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    print(listening.getsockname()[1], flush=True)
    child = 0

    def stop(*_: object) -> None:
        if child:
            os.kill(child, signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            serve(listening)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != KILLED:
            sys.exit("the server ended by itself")


if __name__ == "__main__":
    main()
