"""From bytes to a table, whatever the format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from tour.apart import TooHeavy, apart
from tour.errors import UserError
from tour.i18n import _
from tour.tables.csv_text import Known, read_csv
from tour.tables.geojson import read_geojson
from tour.tables.table import MAX_BYTES, Row, Table, UnusableFile
from tour.tables.workbook import read_workbook, unpacked_size

ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
LIGHT, LIGHT_UNPACKED = 300_000, 3_000_000  # bytes
MEMORY_MB, SECONDS = 600, 30


def read_table(data: bytes, filename: str, known: Known) -> Table:
    """The table in a CSV, XLSX or GeoJSON file, told apart by content first: extensions lie. Raises UnusableFile.

    Blocks: a large file is read in a process apart, within bounds of memory and time.
    """
    if len(data) > MAX_BYTES:
        raise UnusableFile(_("Fichier trop gros : %(most)d Mo au plus.", most=MAX_BYTES // 1024**2))
    if is_light(data):
        return read_here(data, filename, known)
    columns, rows = read_apart(read_plain, data, filename, known)
    return Table(columns, [Row(*row) for row in rows])


def is_light(data: bytes) -> bool:
    """Whether reading it costs next to nothing, whatever is in it."""
    if len(data) > LIGHT:
        return False
    try:
        return not data.startswith(ZIP) or unpacked_size(data) <= LIGHT_UNPACKED
    except Exception:  # a broken archive is said to be one by its reader
        return True


def read_apart(work: Callable[..., Any], *args: Any) -> Any:
    """What a reader of files makes of one, in a process apart. Raises UnusableFile when it is too much for it."""
    try:
        return apart(work, *args, memory_mb=MEMORY_MB, seconds=SECONDS)
    except TooHeavy as error:
        raise UnusableFile(
            _(
                "Ce fichier demande trop de mémoire ou de temps pour être lu : enregistrez la seule feuille utile en CSV, ou découpez-le."
            )
        ) from error
    except UserError as error:
        raise UnusableFile(error.message) from error


def read_plain(
    data: bytes, filename: str, known: Known
) -> tuple[list[str], list[tuple[int, dict[str, str], str]]]:
    table = read_here(data, filename, known)
    return table.columns, [(row.number, row.cells, row.fault) for row in table.rows]


def read_here(data: bytes, filename: str, known: Known) -> Table:
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
    return read_csv(data, known)


def looks_like_json(data: bytes, filename: str) -> bool:
    extension = PurePath(filename.replace("\0", "")).suffix.lower()
    return (
        extension in (".geojson", ".json")
        or data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    )
