"""Links mailed to managers: 192 random bits, of which only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, time, timedelta

from tour.db import now
from tour.settings import settings
from tour.visits.models import ManagerLink, Visit

LASTS_AFTER_VISIT = timedelta(days=30)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def make_link(visit: Visit) -> str:
    """A new link for the manager of this visit, good until 30 days after it."""
    token = secrets.token_urlsafe(24)
    last = datetime.combine(visit.day, time(23, 59), settings().tz) + LASTS_AFTER_VISIT
    await ManagerLink.create(visit_id=visit.id, token_hash=hashed(token), expires_at=last)
    return f"{settings().base_url}/v/{token}"


async def open_link(token: str) -> ManagerLink | None:
    """The link of a token, also when it has expired (the page then says whom to call); none when unknown."""
    return await ManagerLink.get_or_none(token_hash=hashed(token)).prefetch_related("visit")


def expired(link: ManagerLink) -> bool:
    return link.expires_at < now()
