"""Files of sites as people send them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

ROW = {"id": "COL-1", "nom": "Collège Ségurane", "lat": "43.69957", "lon": "7.28057"}


def csv_file(*rows: Mapping[str, Any], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file; the columns are the first row's."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_file(rows: Iterable[Sequence[Any]]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    data = io.BytesIO()
    workbook.save(data)
    return data.getvalue()


def feature(properties: Mapping[str, Any], geometry: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"type": "Feature", "properties": dict(properties), "geometry": geometry}


def geojson_file(*features: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
