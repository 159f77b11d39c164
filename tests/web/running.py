"""``tour web`` in a process of its own, as it runs in production, spoken to through a socket."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass
class Server:
    port: int
    pid: int
    home: Path

    def peak_mb(self) -> float:
        """The most memory it ever had, in megabytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1000
        raise AssertionError("the system does not tell")

    def files_on_disk(self) -> int:
        """Bytes in files it holds open that have no name (where forms put what is large)."""
        total = 0
        for handle in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                if os.readlink(handle).endswith("(deleted)"):
                    total += handle.stat().st_size
            except FileNotFoundError:
                continue
        return total

    def ask(self, head: str, body: Iterable[bytes] = ()) -> Answer:
        """Sends a request byte by byte as told, until the server has answered or hung up."""
        sent = 0
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n")
            try:
                for piece in body:
                    line.sendall(piece)
                    sent += len(piece)
            except OSError:
                pass
            said = b""
            try:
                while piece := line.recv(65_536):
                    said += piece
                    if complete(said):
                        break
            except OSError:
                pass
        return Answer(said, sent)


@dataclass
class Answer:
    said: bytes
    sent: int

    @property
    def status(self) -> int:
        return int(self.said.split(b" ", 2)[1]) if self.said else 0

    @property
    def headers(self) -> str:
        return self.said.partition(b"\r\n\r\n")[0].decode("latin-1").lower()


def complete(said: bytes) -> bool:
    head, _blank, body = said.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


@contextmanager
def serving(migrated: Path, home: Path, **environment: str) -> Iterator[Server]:
    """The server, from its first answer until the block ends."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(migrated, home / "tour.sqlite3")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tour", "web"],
        env=os.environ
        | {"TOUR_HOME": str(home), "TOUR_PORT": str(port), "TOUR_SECRET": "s" * 40}
        | environment,
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
        yield Server(port, process.pid, home)
    finally:
        process.terminate()
        process.wait(20)
