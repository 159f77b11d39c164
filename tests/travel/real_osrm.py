"""The real osrm-routed, from the wheel osrm-bindings, over a small extract."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import osrm

FOLDER = Path(str(osrm.__file__)).parent


@asynccontextmanager
async def routed(extract: Path) -> AsyncIterator[str]:
    """Prepares the roads and serves them; gives the service's address."""
    roads = extract.with_suffix(".osrm")
    for step in (
        ["osrm-extract", "-p", FOLDER / "share/profiles/car.lua", extract],
        ["osrm-partition", roads],
        ["osrm-customize", roads],
    ):
        command = [FOLDER / "bin" / str(step[0]), *step[1:]]
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    server = await asyncio.create_subprocess_exec(
        FOLDER / "bin/osrm-routed", "-a", "mld", "-i", "127.0.0.1", "-p", "0", roads,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout
    port = ""
    try:
        while b"running and waiting" not in (line := await server.stdout.readline()):
            assert line, "osrm-routed stopped"
            if b"Listening on" in line:
                port = line.decode().rsplit(":", 1)[1].strip()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        await server.wait()
