"""Needs and photos as a tablet sends them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.factories import make_visit
from tests.field.conftest import Device
from tour.db import local_now, uuid7
from tour.needs.models import Need


async def note(device: Device, *listed: dict[str, Any]) -> Need:
    """A need of the tablet with these photos announced."""
    visit = await make_visit(pair=device.pair, day=local_now().date())
    need = uuid7()
    answer = await device.exchange(
        device.change("need", need, visit=str(visit.id), kind="incident", text="Écran fendu", photos=list(listed))
    )  # fmt: skip
    assert answer["refused"] == []
    return await Need.get(id=need).prefetch_related("photos__photo")


async def put(
    device: Device, sha256: str, piece: bytes, content_range: str = "", **headers: str
) -> httpx.Response:
    if content_range:
        headers["Content-Range"] = content_range
    return await device.http.put(
        f"/field/photos/{sha256}",
        content=piece,
        headers={"Cookie": f"tablet={device.secret}", **headers},
    )


async def get(device: Device, path: str) -> httpx.Response:
    return await device.http.get(path, headers={"Cookie": f"tablet={device.secret}"})
