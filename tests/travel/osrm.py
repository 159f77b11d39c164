"""A service that answers OSRM's ``/table`` on the loopback, for when the real one is not installed.

It drives straight at 60 km/h. What it says of the protocol was compared with osrm-routed 26.10.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiohttp import web

from tour.travel.matrix import great_circle_km


class Service:
    """What it was asked, and how it behaves."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[int, int]] = []  # sources, targets
        self.most = 100
        self.fails_after: int | None = None
        self.answers: Any = None  # instead of a table
        self.knows_distances = True
        self.off_road_north_of = 90.0

    async def table(self, request: web.Request) -> web.Response:
        if self.fails_after is not None and len(self.asked) >= self.fails_after:
            return web.Response(status=503, text="<html>Service Unavailable</html>")
        if self.answers is not None:
            return web.json_response(self.answers)
        points = np.array(
            [place.split(",") for place in request.match_info["places"].split(";")], dtype=float
        )
        rows, columns = (
            [int(n) for n in request.query[name].split(";")] for name in ("sources", "destinations")
        )
        self.asked.append((len(rows), len(columns)))
        if len(rows) * len(columns) > self.most**2:
            return web.json_response(
                {"code": "TooBig", "message": "Too many table coordinates"}, status=400
            )
        lon, lat = points.T
        km = great_circle_km(
            lat[rows][:, None], lon[rows][:, None], lat[columns][None], lon[columns][None]
        )
        said: dict[str, Any] = {
            "code": "Ok",
            "durations": (km * 60).tolist(),
            "sources": [self.snapped(lat[n]) for n in rows],
            "destinations": [self.snapped(lat[n]) for n in columns],
        }
        if self.knows_distances:
            said["distances"] = (km * 1000).tolist()
        return web.json_response(said)

    def snapped(self, lat: float) -> dict[str, Any]:
        return {"distance": 90_000.0 if lat > self.off_road_north_of else 3.2, "name": ""}


@asynccontextmanager
async def osrm_service() -> AsyncIterator[Service]:
    """The service, for as long as the block lasts."""
    service = Service()
    app = web.Application()
    app.router.add_get("/table/v1/driving/{places}", service.table)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await asyncio.shield(runner.cleanup())
