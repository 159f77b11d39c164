"""Pushing visits to a calendar server, one collection per pair; off unless a server is set.

A push is a PUT of the visit as it stands at an address made from its id: repeating it changes nothing.
"""

from __future__ import annotations

from uuid import UUID

import aiohttp

from tour.db import local_now, uuid7
from tour.people.models import Pair
from tour.post import caldav, letters
from tour.post.models import Channel, LetterKind, ReceiptState
from tour.post.outbox import OutboxRow
from tour.settings import settings
from tour.visits.calendar import stored_file, uid_of
from tour.visits.life import VisitChanged
from tour.visits.models import Visit, VisitState
from tour.visits.stranded import why_not_coming


async def push(happened: VisitChanged) -> None:
    """Whatever changes a visit is pushed."""
    await write(happened.visit, key=f"calendar/{happened.event.id}")


async def push_days(pair_id: UUID) -> None:
    """Pushes a pair's visits ahead anew: the days that it travels have changed. In the caller's transaction."""
    states = [state for state in VisitState if state.ahead]
    ahead = Visit.filter(pair_id=pair_id, state__in=states, day__gte=local_now().date())
    for visit in await ahead:
        await write(visit, key=f"calendar/{visit.id}/{uuid7()}")


async def write(visit: Visit, *, key: str) -> None:
    if settings().caldav_url:
        await letters.write(
            Channel.CALENDAR,
            LetterKind.CALENDAR,
            "CalDAV",
            key=key,
            visit_id=visit.id,
            payload={"visit": str(visit.id)},
        )


async def deliver(row: OutboxRow) -> None:
    """Brings the server to where the visit stands: in its pair's collection and in no other, or nowhere."""
    receipt = await letters.receipt_of(row)
    visit = await Visit.get_or_none(id=row.payload["visit"]).select_related("site", "pair")
    if visit is None:
        await letters.give_up(receipt, "the visit no longer exists")
    assert visit
    here = caldav.collection(visit.pair.ref)
    everywhere = {caldav.collection(pair.ref) for pair in await Pair.all()}
    try:
        async with caldav.session() as http:
            if visit.state.stands and not await why_not_coming(visit):
                await caldav.put(http, here, uid_of(visit), stored_file(visit))
                everywhere.discard(here)
            for place in everywhere:
                await caldav.delete(http, place, uid_of(visit))
    except (aiohttp.ClientError, TimeoutError) as error:
        await letters.try_later(row, receipt, error)
    await letters.mark(receipt, ReceiptState.SENT)
