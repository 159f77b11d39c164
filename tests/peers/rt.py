"""A real Request Tracker 5 on loopback, from Debian's packages, for as long as a block lasts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

SETUP = "/usr/sbin/rt-setup-database-5"
SCRIPT = Path(__file__).parent / "rt_peer.sh"


@dataclass(frozen=True)
class RequestTrackerServer:
    port: int
    token: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.url}/REST/2.0",
            headers={"Authorization": f"token {self.token}"},
            timeout=30,
        )

    def tickets(self, client: httpx.Client) -> list[dict]:  # type: ignore[type-arg]
        """All tickets with their reference."""
        found: list[dict] = []  # type: ignore[type-arg]
        for number in range(1, 50):
            query = {
                "query": "id > 0", "fields": "Status,CustomFields,Subject", "per_page": "100", "page": str(number),
            }  # fmt: skip
            items = client.get("/tickets", params=query).json()["items"]
            found += items
            if len(items) < 100:
                break
        return found


def why_not() -> str:
    """Why Request Tracker cannot run here; empty when it can."""
    if not shutil.which("perl") or not os.path.exists(SETUP):
        return (
            "Request Tracker 5 is not installed (tests/peers/install.sh does it, as root on Debian)"
        )
    if os.geteuid() != 0 and os.environ.get("USER") != "www-data":
        return "Request Tracker runs as root or www-data only"
    return ""


@contextmanager
def running_rt(folder: Path) -> Iterator[RequestTrackerServer]:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    done = subprocess.run(
        ["sh", str(SCRIPT), str(folder), str(port)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    )
    try:
        yield RequestTrackerServer(port, done.stdout.split()[-1])
    finally:
        os.kill(int((folder / "pid").read_text()), signal.SIGTERM)
