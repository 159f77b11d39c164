"""Minutes and kilometres between points with no service and no file: great circle, detour, two speeds.

Constants were set against known drives of Alpes-Maritimes (Nice–Antibes about 30 min, Nice–Puget-Théniers a good hour,
Nice–Saint-Étienne-de-Tinée about 1 h 40). On the coast roads are dense and slow. A drive with one end in the mountains
follows a valley road for most of its way; between two mountain places there is often a pass or a way round.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_KM = 6371.0088
COAST_KM = 12.0  # farther from the coast than this is mountain
COAST_KMH, MOUNTAIN_KMH = 45.0, 58.0
COAST_DETOUR, VALLEY_DETOUR, PASS_DETOUR = 1.35, 1.40, 1.60  # no mountain end, one, two
LEAVING_MIN = 5.0  # to reach the car, leave and park: also for the shortest drive
# The coast from the Estérel to Menton as (lon, lat) points, enough to tell coast from mountain.
COAST_LINE = (
    (6.90, 43.44),
    (7.02, 43.55),
    (7.13, 43.57),
    (7.20, 43.65),
    (7.33, 43.69),
    (7.42, 43.74),
    (7.53, 43.78),
)


@dataclass(frozen=True)
class Correction:
    """What a planner knows better: minutes between two places, for points within ``radius_km`` of each end."""

    from_lat: float
    from_lon: float
    to_lat: float
    to_lon: float
    minutes: int
    both_ways: bool = True
    radius_km: float = 2.0


class Source(enum.IntEnum):
    """Where the minutes of a drive come from."""

    STRAIGHT = 0  # a straight line, a detour and two speeds
    ROAD = 1  # a router, over the roads
    PLANNER = 2  # a planner who knows better


Point = tuple[float, float]  # latitude, longitude in degrees (WGS 84)


@dataclass(frozen=True)
class Travel:
    """Square matrices, row to column: whole minutes, kilometres by road, and the Source of the minutes."""

    minutes: NDArray[np.int64]
    km: NDArray[np.float64]
    source: NDArray[np.uint8]


def matrix(points: Sequence[Point], corrections: Sequence[Correction] = ()) -> Travel:
    """Travel between all ``points`` as estimated and corrected; the diagonal is zero."""
    return corrected(straight(points), points, corrections)


def straight(points: Sequence[Point]) -> Travel:
    """Travel between all ``points`` as estimated from the straight line; the diagonal is zero."""
    lat, lon = columns(points)
    straight = great_circle_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    share = mountain_share(lat, lon)
    one_end, both_ends = np.maximum.outer(share, share), np.minimum.outer(share, share)
    detour = (
        COAST_DETOUR
        + (VALLEY_DETOUR - COAST_DETOUR) * one_end
        + (PASS_DETOUR - VALLEY_DETOUR) * both_ends
    )
    km = straight * detour
    kmh = COAST_KMH + (MOUNTAIN_KMH - COAST_KMH) * one_end
    minutes = np.rint(km / kmh * 60 + LEAVING_MIN).astype(np.int64)
    np.fill_diagonal(minutes, 0)
    return Travel(minutes, km, np.full(minutes.shape, Source.STRAIGHT, dtype=np.uint8))


def corrected(travel: Travel, points: Sequence[Point], corrections: Sequence[Correction]) -> Travel:
    """The same travel with the planners' corrections; of two that meet, the later holds."""
    if not corrections:
        return travel
    minutes, source = travel.minutes.copy(), travel.source.copy()
    for correction in corrections:
        between = pairs_of(columns(points), correction)
        minutes[between] = correction.minutes
        source[between] = Source.PLANNER
    return Travel(minutes, travel.km, source)


def columns(points: Sequence[Point]) -> NDArray[np.float64]:
    """Latitudes and longitudes, as two rows."""
    return np.array(points, dtype=float).reshape(-1, 2).T


def great_circle_km(
    lat1: NDArray[np.float64],
    lon1: NDArray[np.float64],
    lat2: NDArray[np.float64],
    lon2: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Haversine distance; arrays in degrees are broadcast."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_lat, half_lon = (phi2 - phi1) / 2, np.radians(lon2 - lon1) / 2
    a = np.sin(half_lat) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(a, 0, 1))))


def mountain_share(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of a place is mountain: 0 on the coast, 1 from twice COAST_KM inland on."""
    coast = np.array(COAST_LINE)
    along = np.linspace(coast[:, 0].min(), coast[:, 0].max(), 60)
    shore = np.interp(along, coast[:, 0], coast[:, 1])
    away = great_circle_km(lat[:, None], lon[:, None], shore[None, :], along[None, :]).min(axis=1)
    return np.clip((away - COAST_KM) / COAST_KM, 0, 1)


def pairs_of(places: NDArray[np.float64], correction: Correction) -> NDArray[np.bool_]:
    """Which pairs of places a correction holds for, row to column; never the diagonal."""
    lat, lon = places
    ends = (
        (np.array([correction.from_lat]), np.array([correction.from_lon])),
        (np.array([correction.to_lat]), np.array([correction.to_lon])),
    )
    near_from, near_to = (great_circle_km(lat, lon, *end) <= correction.radius_km for end in ends)
    between = np.outer(near_from, near_to)
    if correction.both_ways:
        between |= between.T
    np.fill_diagonal(between, False)
    return between
