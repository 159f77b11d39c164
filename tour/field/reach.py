"""What a pair's tablets may speak of: visits that it holds or once held, needs at them, and needs that it noted itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from tour.errors import UserError
from tour.field.models import Change, ChangeOutcome, VisitHold
from tour.needs.models import Need
from tour.visits.models import Visit


class NotTheirs(UserError):
    """A tablet speaks of another pair's visit or need, or of one that does not exist."""


async def held_by(pairs: Collection[UUID], visits: Collection[UUID]) -> set[UUID]:
    """Of these visits, those that one of the pairs has, or had before they went to another."""
    if not visits:
        return set()
    rows = VisitHold.filter(pair__in=list(pairs), visit__in=list(visits))
    held: list[Any] = await rows.values_list("visit", flat=True)
    return set(held)


async def noted_by(pairs: Collection[UUID], needs: Collection[UUID]) -> set[UUID]:
    """Of these needs, those that a tablet of one of the pairs made."""
    if not needs:
        return set()
    told = Change.filter(
        kind="need",
        doc__in=list(needs),
        outcome=ChangeOutcome.APPLIED,
        tablet__pair_id__in=list(pairs),
    )
    return {change.doc async for change in told if "visit" in change.patch}


async def once_shown(pair: UUID, visits: Collection[UUID], needs: Collection[UUID]) -> set[UUID]:
    """Of these visits and needs, those that the pair's tablets may have held: its visits, and the needs at their sites."""
    known = await held_by([pair], visits)
    if needs:
        rows = await Need.filter(id__in=list(needs)).values_list("id", "site_id")
        at = {site for _need, site in rows}
        there = dict(await Visit.filter(site_id__in=list(at)).values_list("id", "site_id"))
        sites = {there[visit] for visit in await held_by([pair], there.keys())}
        known |= {need for need, site in rows if site in sites}
    return known
