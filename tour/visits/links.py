"""The links given for a visit, and how long each lives."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from tour.db import now
from tour.post.links import Link, LinkKind, keep
from tour.settings import settings
from tour.sites.models import SiteManager
from tour.visits.models import Visit

# How long each kind lives: after the visit where there is one, else from now on.
AFTER_VISIT = {
    LinkKind.VISIT: timedelta(days=30),
    LinkKind.POSTER: timedelta(0),
    LinkKind.REMINDERS: timedelta(days=30),
}
FROM_NOW = {LinkKind.MANAGER: timedelta(days=2)}


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
