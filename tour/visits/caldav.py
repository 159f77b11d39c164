"""Pushing visits to a CalDAV server (RFC 4791), one collection per pair; off unless a server is set.

A push is a PUT of the visit as it stands at an address made from its id: repeating it changes nothing.
"""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import unquote, urlsplit, urlunsplit
from uuid import UUID

import aiohttp

from tour.db import local_now, uuid7
from tour.people.models import Pair
from tour.post import outside
from tour.post.outbox import OutboxRow
from tour.settings import settings
from tour.visits import messages
from tour.visits.calendar import stored_file, uid_of
from tour.visits.life import VisitChanged
from tour.visits.message_models import Channel, ReceiptState
from tour.visits.models import FALLEN, Visit
from tour.visits.stranded import EXPECTED, why_not_coming

TIMEOUT = aiohttp.ClientTimeout(total=30)


async def push(happened: VisitChanged) -> None:
    """Whatever changes a visit is pushed."""
    await write(happened.visit, key=f"calendar/{happened.event.id}")


async def push_days(pair_id: UUID) -> None:
    """Pushes a pair's visits ahead anew: the days that it travels have changed. In the caller's transaction."""
    ahead = Visit.filter(pair_id=pair_id, state__in=list(EXPECTED), day__gte=local_now().date())
    for visit in await ahead:
        await write(visit, key=f"calendar/{visit.id}/{uuid7()}")


async def write(visit: Visit, *, key: str) -> None:
    if settings().caldav_url:
        await messages.write(
            Channel.CALENDAR,
            "calendar",
            "CalDAV",
            key=key,
            visit_id=visit.id,
            payload={"visit": str(visit.id)},
        )


async def deliver(row: OutboxRow) -> None:
    """Brings the server to where the visit stands: in its pair's collection and in no other, or nowhere."""
    receipt = await messages.receipt_of(row)
    visit = await Visit.get_or_none(id=row.payload["visit"]).select_related("site", "pair")
    if visit is None:
        await messages.give_up(receipt, "the visit no longer exists")
    assert visit
    here = collection(visit.pair.ref)
    everywhere = {collection(pair.ref) for pair in await Pair.all()}
    try:
        async with outside.trusted_session(TIMEOUT, headers=credentials()) as http:
            if visit.state not in FALLEN and not await why_not_coming(visit):
                await put(http, here, visit)
                everywhere.discard(here)
            for place in everywhere:
                async with http.delete(
                    place + uid_of(visit) + ".ics", allow_redirects=False
                ) as said:
                    check(said, 404)
    except (aiohttp.ClientError, TimeoutError) as error:
        await messages.try_later(row, receipt, error)
    await messages.mark(receipt, ReceiptState.SENT)


async def put(http: aiohttp.ClientSession, place: str, visit: Visit) -> None:
    """PUTs the visit; makes the collection first when there is none."""
    headers = {"Content-Type": "text/calendar; charset=utf-8"}
    for last in (False, True):
        async with http.put(
            place + uid_of(visit) + ".ics",
            data=stored_file(visit),
            headers=headers,
            allow_redirects=False,
        ) as said:
            if last or said.status not in (404, 409):
                check(said)
                return
        async with http.request("MKCALENDAR", place, allow_redirects=False) as made:
            check(made, 405)


def check(said: aiohttp.ClientResponse, *fine: int) -> None:
    """Raises ClientError; a redirection, which is never followed, is no success either."""
    if said.status not in fine:
        said.raise_for_status()
        if said.status >= 300:
            raise aiohttp.ClientError(f"the calendar server redirects ({said.status})")


def collection(pair_ref: str) -> str:
    """A pair's collection, without credentials."""
    url = urlsplit(settings().caldav_url)
    host = (url.hostname or "") + (f":{url.port}" if url.port else "")
    path = url.path.replace("{pair}", pair_ref).rstrip("/") + "/"
    return urlunsplit((url.scheme, host, path, "", ""))


def credentials() -> dict[str, str]:
    url = urlsplit(settings().caldav_url)
    if not url.username:
        return {}
    said = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return {"Authorization": f"Basic {b64encode(said.encode()).decode()}"}
