"""How often somebody who is not known yet may try something."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from tortoise import fields
from tortoise.models import Model

from tour.db import now, transaction, uuid7
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.settings import settings


class Attempts(Model):
    """How often somebody tried something within a while (see limits.py)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    key = fields.CharField(max_length=64, unique=True)
    since: datetime = fields.DatetimeField(default=now)
    count = fields.IntField(default=0)


class TooOften(UserError):
    """Too many tries within the while."""


async def allow(what: str, who: str, *, most: int, within: timedelta) -> None:
    """Counts a try of ``who`` (a link, an address: only its hash is kept); raises TooOften beyond ``most``."""
    salted = f"{settings().signing_secret()}/{what}/{who}"
    key = hashlib.sha256(salted.encode()).hexdigest()
    async with transaction():
        await Attempts.get_or_create(key=key)
        tries = await Attempts.select_for_update().get(key=key)  # two at once are two
        if tries.since < now() - within:
            tries.since, tries.count = now(), 0
        tries.count += 1
        await tries.save()
    if tries.count > most:
        raise TooOften(
            _("Trop d’essais en peu de temps : attendez quelques minutes, ou appelez-nous.")
        )


async def forget(older: timedelta = timedelta(days=1)) -> None:
    """Counts of yesterday are of no use."""
    await Attempts.filter(since__lt=now() - older).delete()
