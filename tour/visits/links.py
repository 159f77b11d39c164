"""Links given to people without an account: 192 random bits, of which only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from tour.db import now
from tour.settings import settings
from tour.sites.models import SiteManager
from tour.visits.models import Link, LinkKind, Visit

# How long each kind lives: after the visit where there is one, else from now on.
AFTER_VISIT = {
    LinkKind.VISIT: timedelta(days=30),
    LinkKind.POSTER: timedelta(0),
    LinkKind.REMINDERS: timedelta(days=30),
}
FROM_NOW = {LinkKind.MANAGER: timedelta(days=2)}
ADDRESS = {
    LinkKind.VISIT: "/v/",
    LinkKind.MANAGER: "/v/",
    LinkKind.POSTER: "/p/",
    LinkKind.REMINDERS: "/v/reminders/",
    LinkKind.FEED: "/agenda/",
}


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def make_link(visit: Visit, kind: LinkKind = LinkKind.VISIT, *, email: str = "") -> str:
    """A new link of this kind for a visit; its life is counted from the end of the visit's day.

    A manager's is for one person: who is mailed at ``email``, by default the site's manager as of now.
    """
    last = datetime.combine(visit.day, time(23, 59), settings().tz) + AFTER_VISIT[kind]
    values: dict[str, Any] = {"visit_id": visit.id, "email": email.lower(), "expires_at": last}
    if kind == LinkKind.VISIT:
        manager = await SiteManager.filter(sites__id=visit.site_id).first()
        if manager and not email:
            values |= {"email": manager.email.lower(), "manager_id": manager.id}
    return await keep(kind, **values)


async def make_manager_link(manager_id: UUID) -> str:
    """A new link to all the visits of a manager."""
    manager = await SiteManager.get(id=manager_id)
    return await keep(
        LinkKind.MANAGER,
        manager_id=manager_id,
        email=manager.email.lower(),
        expires_at=now() + FROM_NOW[LinkKind.MANAGER],
    )


def is_theirs(link: Link, manager: SiteManager | None) -> bool:
    """Whether a manager's link is still that of this manager: the same mailbox, or person where there is none."""
    if manager is None:
        return False
    if link.email:
        return link.email == manager.email.lower()
    return link.manager_id is not None and link.manager_id == manager.id


async def make_feed(*, pair_id: UUID | None = None, agent_id: UUID | None = None) -> str:
    """A new calendar to subscribe to, in place of the one before; it lives until the next."""
    owner = {"pair_id": pair_id} if pair_id else {"agent_id": agent_id}
    await Link.filter(kind=LinkKind.FEED, **owner).delete()
    return await keep(LinkKind.FEED, **owner) + ".ics"


async def keep(kind: LinkKind, **values: Any) -> str:
    token = secrets.token_urlsafe(24)
    await Link.create(kind=kind, token_hash=hashed(token), **values)
    return f"{settings().base_url}{ADDRESS[kind]}{token}"


async def open_link(token: str, *kinds: LinkKind) -> Link | None:
    """The link of a token, also when it has expired (the page then says whom to call); none when unknown."""
    return await Link.get_or_none(token_hash=hashed(token), kind__in=list(kinds))


def expired(link: Link) -> bool:
    return link.expires_at is not None and link.expires_at < now()
