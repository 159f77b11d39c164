"""Keeping events on a CalDAV server (RFC 4791), one collection per pair."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp

from tour.post import outside
from tour.settings import settings

TIMEOUT = aiohttp.ClientTimeout(total=30)


def session() -> aiohttp.ClientSession:
    return outside.trusted_session(TIMEOUT, headers=credentials())


async def put(http: aiohttp.ClientSession, place: str, uid: str, event: bytes) -> None:
    """PUTs an event; makes the collection first when there is none."""
    headers = {"Content-Type": "text/calendar; charset=utf-8"}
    for last in (False, True):
        async with http.put(
            place + uid + ".ics",
            data=event,
            headers=headers,
            allow_redirects=False,
        ) as said:
            if last or said.status not in (404, 409):
                check(said)
                return
        async with http.request("MKCALENDAR", place, allow_redirects=False) as made:
            check(made, 405)


async def delete(http: aiohttp.ClientSession, place: str, uid: str) -> None:
    """DELETEs an event, which may not be there."""
    async with http.delete(place + uid + ".ics", allow_redirects=False) as said:
        check(said, 404)


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
