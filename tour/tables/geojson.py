"""Reading a GeoJSON FeatureCollection of points (RFC 7946): properties are columns."""

from __future__ import annotations

import json
from typing import Any

from tour.i18n import _
from tour.tables.table import Row, Table, UnusableFile, check_row_count, clean, named


def read_geojson(data: bytes) -> Table:
    """The table in a FeatureCollection. A feature that is not a point has a fault; no geometry means no coordinates."""
    try:
        content = json.loads(data.decode("utf-8-sig"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnusableFile(
            _("Ce n’est pas du GeoJSON lisible : %(why)s", why=str(error)[:120])
        ) from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise UnusableFile(_("GeoJSON : une FeatureCollection de points est attendue."))
    check_row_count(len(features))
    rows = [row_of(number, feature) for number, feature in enumerate(features, start=1)]
    return Table(named(all_columns(rows)), rows)


def refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


def row_of(number: int, feature: Any) -> Row:
    if not isinstance(feature, dict):
        return Row(number, fault=_("ce n’est pas un objet « Feature »"))
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        return Row(number, fault=_("« properties » n’est pas un objet"))
    cells = {clean(str(name)): as_text(value) for name, value in properties.items()}
    if "id" in feature:
        cells.setdefault("id", as_text(feature["id"]))
    match feature.get("geometry"):
        case None:
            return Row(number, cells)
        case {"type": "Point", "coordinates": [lon, lat, *_altitude]}:
            return Row(number, {"lat": as_text(lat), "lon": as_text(lon)} | without_position(cells))
    return Row(number, cells, fault=_("la géométrie n’est pas un point"))


def without_position(cells: dict[str, str]) -> dict[str, str]:
    """The properties less those the geometry already says."""
    return {name: cell for name, cell in cells.items() if name not in ("lat", "lon")}


def all_columns(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(column for row in rows for column in row.cells))


def as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case list() if all(isinstance(each, str | int | float) for each in value):
            return ";".join(map(str, value))
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
    return json.dumps(value, ensure_ascii=False)
