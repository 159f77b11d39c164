"""The base map drawn from our own data: land, borders, the Département, a graticule and named places.

Land and borders: Natural Earth 1:10m, cut by bin/coast.js at build time. ``data/<code>/`` holds, for a Département
that has one, ``outline.geojson`` (Natural Earth admin-1) and ``places.csv`` (communes, and towns ``beyond`` it;
positions and populations of GeoNames, CC BY 4.0). Without them the map still has land, borders and graticule.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from tour.settings import settings
from tour.templating import DIST, manifest

Feature = dict[str, Any]

DATA = Path(__file__).parent / "data"
WEST, SOUTH, EAST, NORTH = -6, 41, 12, 52  # metropolitan France, in degrees
GRATICULE_STEP = 0.5  # degrees
CENTRE_OF_FRANCE = (46.5, 2.5)


@cache
def base_geojson() -> str:
    """The base map as GeoJSON text; each feature's ``layer`` says what it is and in which order it is drawn."""
    features = [*land(), *outline(), *graticule(), *places()]
    return json.dumps(
        {"type": "FeatureCollection", "features": features},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def land() -> list[Feature]:
    return json.loads((DIST / manifest()["coast.geojson"]).read_text())["features"]


def outline() -> list[Feature]:
    path = own_data("outline.geojson")
    if not path.exists():
        return []
    return [feature("departement", json.loads(path.read_text())["geometry"])]


def graticule() -> list[Feature]:
    meridians = [[[lon, SOUTH], [lon, NORTH]] for lon in steps(WEST, EAST)]
    parallels = [[[WEST, lat], [EAST, lat]] for lat in steps(SOUTH, NORTH)]
    return [feature("graticule", {"type": "MultiLineString", "coordinates": meridians + parallels})]


def steps(first: int, last: int) -> list[float]:
    return [first + n * GRATICULE_STEP for n in range(round((last - first) / GRATICULE_STEP) + 1)]


def places() -> list[Feature]:
    """Communes and towns as points, the most populous first: the first to get its label when two collide."""
    found = sorted(read_places(), key=lambda row: (int(row["rank"]), -int(row["population"])))
    return [
        feature(
            "place",
            {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]},
            name=row["name"],
            rank=int(row["rank"]),
            beyond=row["beyond"] == "1",
        )
        for row in found
    ]


@cache
def centre() -> tuple[float, float]:
    """Where a map opens before its data is there: latitude and longitude, in degrees."""
    path = own_data("outline.geojson")
    if not path.exists():
        return CENTRE_OF_FRANCE
    polygons = json.loads(path.read_text())["geometry"]["coordinates"]
    points = list(chain.from_iterable(ring for polygon in polygons for ring in polygon))
    lons, lats = zip(*points, strict=True)
    return (round((min(lats) + max(lats)) / 2, 3), round((min(lons) + max(lons)) / 2, 3))


def read_places() -> list[dict[str, str]]:
    path = own_data("places.csv")
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def own_data(name: str) -> Path:
    return DATA / settings().departement_code / name


def feature(layer: str, geometry: dict[str, Any], **properties: Any) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": {"layer": layer, **properties}}
