"""Tablets: enrolled once by a link that works once, known by a secret of their own, and revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, timedelta

from tortoise.queryset import QuerySet

from tour.db import now, transaction
from tour.errors import UserError
from tour.field.models import Tablet
from tour.field.team import WITH_TEAM
from tour.i18n import gettext as _
from tour.people.models import Agent, Pair
from tour.settings import settings
from tour.visits.models import Visit

A_DAY = timedelta(days=1)
LINK_LASTS = timedelta(minutes=10)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def enrol_link(pair: Pair, name: str, by: Agent | None = None) -> str:
    """A link that enrols one tablet for a pair, once, within LINK_LASTS. Only its hash is kept."""
    token = secrets.token_urlsafe(24)
    await Tablet.create(
        pair=pair,
        name=name,
        enrolled_by=by,
        enrol_hash=hashed(token),
        enrol_until=now() + LINK_LASTS,
    )
    return f"{settings().base_url}/field/enrol/{token}"


async def waiting_for(token: str) -> Tablet | None:
    """The tablet that a link would enrol; none when it is wrong, used or too old."""
    return await Tablet.get_or_none(
        enrol_hash=hashed(token), enrol_until__gt=now(), revoked_at=None
    ).prefetch_related("pair")


async def enrol(token: str) -> tuple[Tablet, str]:
    """Enrols the device that opened the link; gives its tablet and its secret. Raises UserError when it cannot."""
    async with transaction():
        tablet = await waiting_for(token)
        if tablet is None:
            raise UserError(
                _(
                    "Ce lien ne convient pas ou ne convient plus. Demandez-en un autre au planificateur."
                )
            )
        return tablet, await give_secret(tablet)


async def enrol_at_once(pair: Pair, name: str) -> tuple[Tablet, str]:
    """Enrols with no link: for the demo."""
    tablet = await Tablet.create(pair=pair, name=name)
    return tablet, await give_secret(tablet)


async def give_secret(tablet: Tablet) -> str:
    secret = secrets.token_urlsafe(32)
    tablet.secret_hash, tablet.enrol_hash, tablet.enrolled_at = hashed(secret), None, now()
    await tablet.save(update_fields=["secret_hash", "enrol_hash", "enrolled_at"])
    return secret


async def known_by(secret: str) -> Tablet | None:
    """The tablet with this secret; none when there is none, it was revoked, or nobody has used it for the days of the setting."""
    if not secret:
        return None
    tablet = await Tablet.get_or_none(secret_hash=hashed(secret), revoked_at=None).prefetch_related(
        *WITH_TEAM
    )
    if tablet is None or tablet.lapsed:
        return None
    if tablet.seen_at is None or tablet.seen_at < now() - A_DAY:
        await Tablet.filter(id=tablet.id).update(seen_at=now())
    return tablet


def links_waiting() -> QuerySet[Tablet]:
    """Tablets whose link was made, not used, and can still be."""
    return Tablet.filter(enrolled_at=None, revoked_at=None, enrol_until__gt=now()).order_by("name")


async def revoke(tablet: Tablet) -> None:
    """From now on the tablet is a stranger: it keeps what it holds unsent, and the server answers 401. Its link dies too."""
    tablet.revoked_at, tablet.enrol_hash = now(), None
    await tablet.save(update_fields=["revoked_at", "enrol_hash"])


async def busiest_pair(day: date) -> Pair | None:
    """The pair with most visits on ``day``, or on the next day that has any; else the first pair."""
    next_visit = await Visit.standing().filter(day__gte=day).order_by("day").first()
    if next_visit is None:
        return await Pair.all().order_by("ref").first()
    pairs = (
        await Visit.standing()
        .filter(day=next_visit.day)
        .order_by("pair__ref")
        .values_list("pair_id", flat=True)
    )
    return await Pair.get(id=max(pairs, key=list(pairs).count))
