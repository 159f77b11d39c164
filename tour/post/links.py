"""Links given to people without an account: 192 random bits, of which only a hash is kept."""

from __future__ import annotations

import enum
import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from tour.db import now, uuid7
from tour.settings import settings


class LinkKind(enum.StrEnum):
    """What a link opens; each kind has a life of its own."""

    VISIT = "visit"  # one visit, for its site's manager
    MANAGER = "manager"  # all visits of a manager
    POSTER = "poster"  # the page where a site's agents say what they need
    REMINDERS = "reminders"  # no more reminders, please
    FEED = "feed"  # a calendar to subscribe to


class Link(Model):
    """A link given to somebody without an account: only the token's SHA-256 is kept."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharEnumField(LinkKind, max_length=12)
    token_hash = fields.CharField(max_length=64, unique=True)
    visit: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "tour.Visit", null=True, related_name="given_links"
    )
    manager: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "tour.SiteManager", null=True, related_name="links"
    )
    pair: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "tour.Pair", null=True, related_name="links"
    )
    agent: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "tour.Agent", null=True, related_name="links"
    )
    email = fields.CharField(max_length=254, default="")
    expires_at: datetime | None = fields.DatetimeField(null=True)  # none: until it is replaced
    created_at = fields.DatetimeField(default=now)

    visit_id: Any
    manager_id: Any
    pair_id: Any
    agent_id: Any


ADDRESS = {
    LinkKind.VISIT: "/v/",
    LinkKind.MANAGER: "/v/",
    LinkKind.POSTER: "/p/",
    LinkKind.REMINDERS: "/v/reminders/",
    LinkKind.FEED: "/agenda/",
}


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


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
