"""The photos of a need, as files for a desk."""

from __future__ import annotations

from tour.desk.connectors.base import PhotoFile
from tour.needs.models import Need


async def photos_of(need: Need) -> list[PhotoFile]:
    """The photos that have arrived; each name is made from its content."""
    return []


async def photos_awaited(need: Need) -> int:
    """How many photos of the need have not arrived from the tablet yet."""
    return 0
