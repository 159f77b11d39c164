"""The photos of a need, as files for a desk."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from tour.db import now, transaction
from tour.desk.connectors.base import PhotoFile
from tour.desk.deliver import send
from tour.desk.models import Delivery
from tour.needs.models import Need, NeedPhoto, PhotoState
from tour.needs.photos import path_of

NAMED_BY = 12  # characters of a photo's SHA-256
LOOKED_BACK = timedelta(days=1)


async def photos_of(need: Need) -> list[PhotoFile]:
    """The photos that have arrived; each name is made from its content."""
    links = await NeedPhoto.filter(need_id=need.id, photo__state=PhotoState.RECEIVED)
    return [
        PhotoFile(
            f"photo-{link.photo_id[:NAMED_BY]}.jpg",
            "image/jpeg",
            await asyncio.to_thread(path_of(link.photo_id).read_bytes),
        )
        for link in links
    ]


async def photos_awaited(need: Need) -> int:
    """How many photos of the need have not arrived from the tablet yet."""
    return await NeedPhoto.filter(need_id=need.id, photo__state=PhotoState.EXPECTED).count()


async def send_latecomers() -> None:
    """Wakes the deliveries of needs whose photos arrived after the last attempt."""
    since = now() - LOOKED_BACK
    last: dict[Any, datetime] = {}
    for link in await NeedPhoto.filter(photo__received_at__gte=since).select_related("photo"):
        if at := link.photo.received_at:
            last[link.need_id] = max(at, last.get(link.need_id, at))
    for delivery in await Delivery.filter(need_id__in=list(last)).exclude(remote_id=""):
        if delivery.tried_at is None or delivery.tried_at < last[delivery.need_id]:
            async with transaction():
                await send(delivery.need_id)
