"""How often somebody without an account may try something."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from tour.db import now, transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.settings import settings
from tour.visits.message_models import Attempts


class TooOften(UserError):
    """Too many tries within the while."""


async def allow(what: str, who: str, *, most: int, within: timedelta) -> None:
    """Counts a try of ``who`` (a link, an address: only its hash is kept); raises TooOften beyond ``most``."""
    salted = f"{settings().signing_secret()}/{what}/{who}"
    key = hashlib.sha256(salted.encode()).hexdigest()
    async with transaction():
        tries, _made = await Attempts.get_or_create(key=key)
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
