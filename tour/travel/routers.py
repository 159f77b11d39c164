"""Routers: who is asked for drives by road. An OSRM-compatible service, or Valhalla in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import numpy as np
from numpy.typing import NDArray

from tour.i18n import gettext as _
from tour.post import outside
from tour.settings import settings
from tour.travel.matrix import Point
from tour.travel.roads import Roads, present_roads, valhalla_settings

# A site farther than this from any road is not on this map: a router would else start from the map's edge.
FARTHEST_ROAD_M = 5_000
CONNECT_S, ANSWER_S = 4, 60
LARGEST_ANSWER = 20_000_000  # bytes; 100 × 100 drives are some 200 kB


class RouterError(Exception):
    """The router gave no usable answer; says why, for a planner."""


class TooManyPoints(RouterError):
    """The router refuses so many drives at once: fewer may do."""


@dataclass(frozen=True)
class Table:
    """Drives from each source (row) to each target (column); minutes are infinite where no road leads."""

    minutes: NDArray[np.float64]
    km: NDArray[np.float64]  # NaN where the router does not say


class Router(Protocol):
    @property
    def name(self) -> str:
        """What planners read."""

    @property
    def source(self) -> str:
        """Tells this router and its roads from any other: answers are kept under it."""

    async def table(self, sources: Sequence[Point], targets: Sequence[Point]) -> Table:
        """All drives from sources to targets. Raises RouterError."""


def present_router() -> Router | None:
    """The router of the settings: a service, else the roads that were built here, else none."""
    if settings().router_url:
        return OsrmRouter(settings().router_url)
    roads = present_roads()
    return ValhallaRouter(roads) if roads else None


@dataclass(frozen=True)
class OsrmRouter:
    """A service that answers OSRM's ``/table`` (https://project-osrm.org/docs/v5.24.0/api/#table-service)."""

    url: str

    @property
    def name(self) -> str:
        return f"OSRM, {urlsplit(self.url).hostname}"

    @property
    def source(self) -> str:
        return f"osrm {self.url}"[:200]

    async def table(self, sources: Sequence[Point], targets: Sequence[Point]) -> Table:
        both = [*sources, *targets]
        places = ";".join(f"{lon:.5f},{lat:.5f}" for lat, lon in both)
        first, last = len(sources), len(both)
        asked = {
            "annotations": "duration,distance",
            "sources": ";".join(map(str, range(first))),
            "destinations": ";".join(map(str, range(first, last))),
        }
        answer = await get_json(f"{self.url.rstrip('/')}/table/v1/driving/{places}", asked)
        code = answer.get("code")
        if code == "TooBig":
            raise TooManyPoints(_("trop de points à la fois"))
        if code != "Ok":
            raise RouterError(str(answer.get("message") or code or _("réponse illisible"))[:200])
        distances = answer.get("distances")
        if distances is None:  # older services only know durations
            distances = [[None] * len(targets)] * len(sources)
        away = np.logical_or.outer(
            *(
                far(answer.get(k), n)
                for k, n in (("sources", first), ("destinations", last - first))
            )
        )
        return checked(answer.get("durations"), distances, away, metres=1000)


async def get_json(url: str, query: dict[str, str]) -> dict[str, Any]:
    """An answer of a service, whatever its status. Raises RouterError when it is no JSON object."""
    limits = aiohttp.ClientTimeout(total=ANSWER_S, connect=CONNECT_S)
    try:
        async with (
            outside.trusted_session(limits) as session,
            session.get(url, params=query, allow_redirects=False) as response,
        ):
            if response.status in {413, 414}:
                raise TooManyPoints(_("trop de points à la fois"))
            answer = json.loads(await outside.read(response, LARGEST_ANSWER))
    except outside.TooLong:
        raise TooManyPoints(_("réponse trop longue")) from None
    except TimeoutError:
        raise RouterError(_("pas de réponse")) from None
    except (aiohttp.ClientError, OSError) as error:
        raise RouterError(_("service injoignable (%(why)s)", why=type(error).__name__)) from None
    except ValueError:
        raise RouterError(_("réponse illisible")) from None
    if not isinstance(answer, dict):
        raise RouterError(_("réponse illisible"))
    return answer


def far(snapped: Any, count: int) -> NDArray[np.bool_]:
    """Which points the service moved too far to reach a road."""
    if not isinstance(snapped, list) or len(snapped) != count:
        return np.zeros(count, dtype=bool)
    moved = [point.get("distance") if isinstance(point, dict) else None for point in snapped]
    return np.array([isinstance(m, int | float) and m > FARTHEST_ROAD_M for m in moved], dtype=bool)


def checked(seconds: Any, distances: Any, away: NDArray[np.bool_], *, metres: float) -> Table:
    """Both tables as minutes and km. Raises RouterError when they are not what was asked for."""
    try:
        time, way = (np.array(rows, dtype=float) for rows in (seconds, distances))
    except (TypeError, ValueError):
        raise RouterError(_("réponse illisible")) from None
    if time.shape != away.shape or way.shape != away.shape:
        raise RouterError(_("réponse illisible"))
    if (time < 0).any() or (way < 0).any():
        raise RouterError(_("durées négatives"))
    no_road = away | np.isnan(time)
    return Table(np.where(no_road, np.inf, time / 60), np.where(no_road, np.nan, way / metres))


@dataclass(frozen=True)
class ValhallaRouter:
    """Valhalla over the roads that ``tour roads build`` made."""

    roads: Roads

    @property
    def name(self) -> str:
        return f"Valhalla, {self.roads.name}"

    @property
    def source(self) -> str:
        return f"valhalla {self.roads.stamp}"

    async def table(self, sources: Sequence[Point], targets: Sequence[Point]) -> Table:
        return await asyncio.to_thread(valhalla_table, self.roads, sources, targets)


_actors: dict[str, Any] = {}  # by the roads' stamp: opening tiles takes longer than a table
_one_at_a_time = Lock()  # an actor is not made for threads


def valhalla_table(roads: Roads, sources: Sequence[Point], targets: Sequence[Point]) -> Table:
    """Drives by Valhalla's matrix (https://valhalla.github.io/valhalla/api/matrix/api-reference/)."""
    try:
        from valhalla import Actor
    except ImportError:
        raise RouterError(_("pyvalhalla n’est pas installé")) from None
    with _one_at_a_time:
        try:
            if roads.stamp not in _actors:
                _actors.clear()
                _actors[roads.stamp] = Actor(valhalla_settings(roads.folder))
            return _table(_actors[roads.stamp], sources, targets)
        except (RuntimeError, ValueError, OSError) as error:
            raise RouterError(str(error)[:200]) from None


def _table(actor: Any, sources: Sequence[Point], targets: Sequence[Point]) -> Table:
    """One point off the roads would spoil the whole answer, so those are found first and left out."""
    both = [as_location(point) for point in (*sources, *targets)]
    located = actor.locate({"locations": both, "costing": "auto", "verbose": False})
    on_road = np.array([bool(place.get("edges")) for place in located])
    rows, columns = np.flatnonzero(on_road[: len(sources)]), np.flatnonzero(on_road[len(sources) :])
    minutes = np.full((len(sources), len(targets)), np.inf)
    km = np.full(minutes.shape, np.nan)
    if len(rows) and len(columns):
        answer = actor.matrix(
            {
                "sources": [both[row] for row in rows],
                "targets": [both[len(sources) + column] for column in columns],
                "costing": "auto",
                "verbose": False,
            }
        )["sources_to_targets"]
        away = np.zeros((len(rows), len(columns)), dtype=bool)
        found = checked(answer["durations"], answer["distances"], away, metres=1)
        minutes[np.ix_(rows, columns)], km[np.ix_(rows, columns)] = found.minutes, found.km
    return Table(minutes, km)


def as_location(point: Point) -> dict[str, float]:
    return {"lat": point[0], "lon": point[1], "search_cutoff": FARTHEST_ROAD_M}
