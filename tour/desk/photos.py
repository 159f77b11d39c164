"""The photos of a need, as files for a desk."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from tour.db import now, transaction
from tour.desk.connectors.base import PhotoFile
from tour.desk.deliver import send
from tour.desk.models import Delivery
from tour.needs.models import Need, NeedPhoto, PhotoState
from tour.needs.photos import path_of

NAMED_BY = 12  # characters of a photo's SHA-256
LOOKED_BACK = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)


async def photos_of(need: Need) -> list[PhotoFile]:
    """The photos that have arrived; each name is made from its content."""
    photos = []
    here = NeedPhoto.filter(need_id=need.id, photo__state=PhotoState.RECEIVED, brought=True)
    for link in await here:
        with suppress(FileNotFoundError):  # removed this very moment
            content = await asyncio.to_thread(path_of(link.photo_id).read_bytes)
            photos.append(PhotoFile(f"photo-{link.photo_id[:NAMED_BY]}.jpg", "image/jpeg", content))
    return photos


async def photos_awaited(need: Need) -> int:
    """How many photos of the need have not arrived from the tablet yet."""
    to_come = Q(photo__state=PhotoState.EXPECTED) | Q(brought=False)
    return await NeedPhoto.filter(to_come, need_id=need.id).count()


async def send_latecomers() -> None:
    """Wakes the deliveries of needs whose photos arrived after the last attempt."""
    since = now() - LOOKED_BACK
    last: dict[Any, datetime] = {}
    late = Q(photo__received_at__gte=since) | Q(
        listed_at__gte=since
    )  # or here already, for another need
    here = NeedPhoto.filter(late, photo__state=PhotoState.RECEIVED, brought=True)
    for link in await here.select_related("photo"):
        times = [at for at in (link.photo.received_at, link.listed_at) if at]
        last[link.need_id] = max(*times, last.get(link.need_id, times[0]))
    for delivery in await Delivery.filter(need_id__in=list(last)).exclude(remote_id=""):
        # A minute more: a moment is written down before it is there for others to read.
        if delivery.tried_at is None or delivery.tried_at < last[delivery.need_id] + A_MINUTE:
            async with transaction():
                await send(delivery.need_id)
