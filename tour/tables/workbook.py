"""Reading the first sheet of an XLSX workbook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from openpyxl import load_workbook

from tour.i18n import _
from tour.tables.table import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_TEXT,
    Row,
    Table,
    UnusableFile,
    check_row_count,
    clean,
    headed,
    named,
)

MAX_UNPACKED = 100 * 1024 * 1024
MAX_PARTS = 2_000
MAX_SHEET_ROWS = (
    200_000  # empty rows included: a forged row number would have openpyxl count up to it
)


def read_workbook(data: bytes) -> Table:
    """The table in a workbook's first sheet: its first non-empty row is the header. Raises UnusableFile."""
    try:
        if unpacked_size(data) > MAX_UNPACKED:
            raise UnusableFile(
                _("Classeur trop gros une fois décompressé : enregistrez-le en CSV.")
            )
        filled = list(bounded(filled_rows(data)))
    except (UnusableFile, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever the broken part made it raise
        raise UnusableFile(
            _("Classeur illisible : enregistrez-le de nouveau en .xlsx, ou en CSV.")
        ) from error
    if not filled:
        raise UnusableFile(_("La première feuille du classeur est vide."))
    columns = [clean(cell) for cell in filled[0][1]]
    rows = [Row(number, headed(columns, cells)) for number, cells in filled[1:]]
    return Table(named(columns), [row for row in rows if any(row.cells.values())])


def unpacked_size(data: bytes) -> int:
    """How many bytes an archive says it unpacks to; zipfile never unpacks more than it says. Too many parts are too large.

    Entities that expand without end are stopped by expat itself (2.4.1 and later).
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    return sum(part.file_size for part in parts) if len(parts) <= MAX_PARTS else MAX_UNPACKED + 1


def bounded(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows, up to so many cells and so much text: one text may be that of every cell."""
    count = length = 0
    for number, cells in rows:
        count += len(cells)
        length += sum(map(len, cells))
        if count > MAX_CELLS or length > MAX_TEXT:
            raise UnusableFile(
                _("Trop de texte dans ce classeur : gardez les seules colonnes utiles.")
            )
        yield number, cells


def filled_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as workbook:
        if not workbook.worksheets:
            return
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # the size a sheet declares is often wrong
        count = 0
        # With no last column, a cell forged far to the right would have each row filled up to it.
        rows = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
        for number, values in enumerate(islice(rows, MAX_SHEET_ROWS), start=1):
            cells = without_end(values)
            if any(cell.strip() for cell in cells):
                count += 1
                check_row_count(count - 1)  # the header is not counted
                yield number, cells


def without_end(values: tuple[Any, ...]) -> list[str]:
    """A row's cells as text, without the empty ones at its end."""
    cells = [as_text(value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def as_text(value: Any) -> str:
    """A cell as CSV would show it: whole numbers without decimals, ISO dates."""
    match value:
        case None:
            return ""
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
    return str(value)
