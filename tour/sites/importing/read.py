"""From bytes to a table, whatever the format."""

from __future__ import annotations

from pathlib import PurePath

from tour.i18n import _
from tour.sites.importing.csv_text import read_csv
from tour.sites.importing.geojson import read_geojson
from tour.sites.importing.tables import MAX_BYTES, Table, UnusableFile
from tour.sites.importing.workbook import read_workbook

ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def read_table(data: bytes, filename: str) -> Table:
    """The table in a CSV, XLSX or GeoJSON file, told apart by content first: extensions lie. Raises UnusableFile."""
    if len(data) > MAX_BYTES:
        raise UnusableFile(_("Fichier trop gros : %(most)d Mo au plus.", most=MAX_BYTES // 1024**2))
    if not data.strip():
        raise UnusableFile(_("Le fichier est vide."))
    if data.startswith(OLD_OFFICE):
        raise UnusableFile(
            _("Ancien format Excel (.xls) : enregistrez le classeur en .xlsx ou en CSV.")
        )
    if data.startswith(ZIP):
        return read_workbook(data)
    if looks_like_json(data, filename):
        return read_geojson(data)
    return read_csv(data)


def looks_like_json(data: bytes, filename: str) -> bool:
    extension = PurePath(filename.replace("\0", "")).suffix.lower()
    return (
        extension in (".geojson", ".json")
        or data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    )
