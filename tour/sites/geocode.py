"""Finding where sites are from their address, at a service that speaks like the Base Adresse Nationale."""

from __future__ import annotations

import asyncio
import json
import re
import time
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass
from uuid import UUID

from aiohttp import ClientTimeout
from geopy.adapters import AdapterHTTPError, AioHTTPAdapter
from geopy.exc import (
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderRateLimited,
    GeocoderServiceError,
)
from geopy.geocoders import BANFrance
from geopy.location import Location
from yarl import URL

from tour.i18n import _
from tour.post.outside import read, tls_context
from tour.settings import settings
from tour.sites.models import PositionState, Site

GOOD_SCORE = 0.6  # our choice: below, a person looks
ENOUGH_FAILURES = 3  # in a row: the network or the service is down, no use asking for each site
RATE_LIMIT_TRIES = 3
RATE_LIMIT_WAIT_S = 5.0  # what the Géoplateforme asks for when it does not say
LONGEST_WAIT_S = 30.0
LARGEST_ANSWER = 1_000_000  # bytes; one address is some 700
LONGEST_QUERY = 200  # characters, addok's limit
SHORT_FOR = {"st": "saint", "ste": "sainte"}  # in the names of communes

Pause = Callable[[float], Awaitable[None]]


@dataclass
class GeocodeReport:
    """What became of the sites that waited for a position. ``failure`` says why some still wait."""

    geocoded: list[UUID] = field(default_factory=list)
    to_check: list[UUID] = field(default_factory=list)
    not_found: list[UUID] = field(default_factory=list)
    waiting: list[Site] = field(default_factory=list)
    failure: str = ""


@dataclass(frozen=True)
class Found:
    """An answer of the service: where, how well it suits the question, and of which commune it is."""

    lat: float
    lon: float
    score: float
    kind: str
    insee: str = ""
    postcode: str = ""
    city: str = ""

    def state_for(self, site: Site) -> PositionState:
        """Found, when it is an address that suits the question, in the Département and in the commune of the site."""
        sure = (
            self.score >= GOOD_SCORE
            and self.kind != "municipality"
            and self.insee.startswith(settings().departement_code)
            and self.agrees_with(site)
        )
        return PositionState.GEOCODED if sure else PositionState.TO_CHECK

    def agrees_with(self, site: Site) -> bool:
        """Whether the answer is of the commune that the site says, by the surest thing it says of it.

        A postcode beside an INSEE code is not compared: that of a CEDEX is no street's. An address alone is to be
        found in many communes, unless there is a postcode in it.
        """
        if site.insee:
            return self.insee == site.insee
        if site.postcode:
            return self.postcode == site.postcode
        if site.commune:
            return same_commune(self.city, site.commune)
        return self.postcode in re.findall(r"\b\d{5}\b", site.address)


def same_commune(one: str, other: str) -> bool:
    """« St Paul » is « Saint-Paul-de-Vence » and « Nice CEDEX 3 » is « Nice », but « Cannes » is not « Le Cannet »."""
    first, second = words_of(one), words_of(other)
    return bool(first and second) and (first <= second or second <= first)


def words_of(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return {SHORT_FOR.get(word, word) for word in words} - {"cedex"}


class Ban(BANFrance):
    """geopy's BANFrance, with the filters it leaves out and an error, not a crash, on answers of another shape."""

    async def geocode(self, query: str, **filters: str) -> Location | None:
        """The best answer, or None. ``filters``: ``citycode`` (INSEE), ``postcode``, ``type``; empty ones are left out."""
        wanted = {"q": query, "limit": 1, "autocomplete": 0} | {
            k: v for k, v in filters.items() if v
        }
        callback = partial(self._parse_json, exactly_one=True)
        found: Location | None = await self._call_geocoder(
            f"{self.geocode_api}?{urlencode(wanted)}", callback
        )
        return found

    def _parse_json(self, response: Any, exactly_one: bool) -> Any:
        try:
            return super()._parse_json(response, exactly_one)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise GeocoderParseError(f"not an addok answer: {error}") from error


class StaysThere(AioHTTPAdapter):
    """geopy's adapter, which follows no redirection and reads no endless answer."""

    def _request(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        proxy = (self.proxies or {}).get(urlsplit(url).scheme)
        return self.session.get(
            URL(url, encoded=True),
            timeout=ClientTimeout(total=timeout),
            headers=headers,
            proxy=proxy,
            ssl=self.ssl_context,
            allow_redirects=False,
        )

    async def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:  # noqa: ASYNC109
        with self._normalize_exceptions():
            async with self._request(url, timeout=timeout, headers=headers) as answer:
                body = await read(answer, LARGEST_ANSWER)
                if answer.status >= 400:
                    raise AdapterHTTPError(
                        f"Non-successful status code {answer.status}",
                        status_code=answer.status,
                        headers=answer.headers,
                        text=body.decode("utf-8", "replace"),
                    )
                try:
                    return json.loads(body)
                except ValueError as error:
                    raise GeocoderParseError("not JSON") from error


async def geocode_waiting(*, pause: Pause = asyncio.sleep) -> GeocodeReport:
    """Looks up every site that waits and says anything of where it is; the others, and those not reached, still wait.

    Each answer is written on its own, and only if the site still waits. Never raises for the network:
    a site the service could not be asked about waits for the next time.
    """
    report = GeocodeReport()
    failures = 0
    async with service() as ban:
        asker = Asker(ban, pause)
        for site in await Site.filter(position_state=PositionState.WAITING):
            if not site.can_be_looked_up:
                continue
            try:
                found = await asker.look_up(site)
            except GeocoderServiceError as error:
                report.failure = _(
                    "le service d’adresses ne répond pas (%(error)s)", error=type(error).__name__
                )
                failures += 1
                if failures == ENOUGH_FAILURES:
                    break
            else:
                failures = 0
                await place(site, found, report)
    report.waiting = await Site.filter(position_state=PositionState.WAITING).order_by("name")
    return report


def service() -> Ban:
    """The geocoder of the settings; through the system's proxy unless it is told to let this host pass."""
    url = urlsplit(settings().geocoder_url)
    return Ban(
        domain=f"{url.netloc}{url.path}",
        scheme=url.scheme,
        proxies={} if proxy_bypass(url.hostname or "") else getproxies(),
        user_agent=f"tour ({settings().base_url})",
        timeout=5,
        ssl_context=tls_context(),
        adapter_factory=StaysThere,
    )


class Asker:
    """Asks the service no faster than the settings allow, and waits when it says to."""

    def __init__(self, ban: Ban, pause: Pause) -> None:
        self.ban = ban
        self.pause = pause
        self.next_at = 0.0

    async def look_up(self, site: Site) -> Found | None:
        """Where the service says the site is. Raises GeocoderServiceError when it does not answer.

        A CEDEX postcode or an old commune code filters the right answer out: then asks again without it.
        """
        query = question_of(site)
        kind = "" if site.address else "municipality"
        postcode = "" if site.insee else site.postcode
        answer = await self.ask(query, citycode=site.insee, postcode=postcode, type=kind)
        if answer is None and (site.insee or postcode):
            answer = await self.ask(query, type=kind)
        return found_in(answer) if answer else None

    async def ask(self, query: str, **filters: str) -> Location | None:
        for attempt in range(1, RATE_LIMIT_TRIES + 1):
            await self.keep_pace()
            try:
                return await self.ban.geocode(query, **filters)
            except GeocoderQueryError:
                return None  # the service read the question and can make nothing of it
            except GeocoderRateLimited as error:
                if attempt == RATE_LIMIT_TRIES:
                    raise
                wait_s = RATE_LIMIT_WAIT_S if error.retry_after is None else error.retry_after
                await self.pause(min(max(wait_s, 0), LONGEST_WAIT_S))
        raise AssertionError("unreachable")

    async def keep_pace(self) -> None:
        wait_s = self.next_at - time.monotonic()
        if wait_s > 0:
            await self.pause(wait_s)
        self.next_at = time.monotonic() + 1 / settings().geocoder_per_second


def question_of(site: Site) -> str:
    """What the service is asked: address and commune, else the postcode, else the INSEE code."""
    place = " ".join(filter(None, (site.address, site.commune)))
    return (place or site.postcode or site.insee)[:LONGEST_QUERY]


def found_in(answer: Location) -> Found:
    properties = answer.raw.get("properties") or {}
    score = properties.get("score")
    return Found(
        lat=round(answer.latitude, 7),
        lon=round(answer.longitude, 7),
        score=float(score) if isinstance(score, int | float) else 0.0,
        kind=str(properties.get("type", "")),
        insee=str(properties.get("citycode", "")),
        postcode=str(properties.get("postcode", "")),
        city=str(properties.get("city", "")),
    )


async def place(site: Site, found: Found | None, report: GeocodeReport) -> None:
    """Writes the answer, unless someone placed the site meanwhile."""
    state = found.state_for(site) if found else PositionState.NOT_FOUND
    values: dict[str, Any] = {
        "position_state": state,
        "position_score": found.score if found else None,
    }
    if found:
        values |= {"lat": found.lat, "lon": found.lon}
    written = await Site.filter(id=site.id, position_state=PositionState.WAITING).update(**values)
    if written:
        reached = {
            PositionState.GEOCODED: report.geocoded,
            PositionState.TO_CHECK: report.to_check,
            PositionState.NOT_FOUND: report.not_found,
        }
        reached[state].append(site.id)
