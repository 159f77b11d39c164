"""Reading CSV as people have it: any usual delimiter and encoding, quotes that do not always close."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from tour.i18n import _
from tour.tables.table import (
    MAX_COLUMNS,
    MAX_LINES,
    Row,
    Table,
    UnusableFile,
    check_row_count,
    clean,
    headed,
    named,
)

Known = Callable[[list[str]], int]  # how many columns of a header mean something to whoever reads
DELIMITERS = (";", ",", "\t", "|")
BLANK = ("\n", "\r\n", "\r")
LONGEST_HEADER = 100_000  # characters
LONGEST_RECORD = 50  # lines a quoted cell may run over, so that a quote left open swallows no more than its own line


def read_csv(data: bytes, known: Known) -> Table:
    """The table in a CSV text. A row whose quotes do not close, or with more cells than columns, has a fault."""
    lines = lines_of(decode(data))
    start = header_line(lines)
    delimiter = sniff(lines[start:], known)
    parsed = records(lines, delimiter, start)
    columns = [clean(cell) for cell in next(parsed)[1] or []]
    rows: list[Row] = []
    for number, cells in parsed:
        if cells is None:
            rows.append(Row(number, fault=_("guillemets mal fermés")))
        elif any(cell.strip() for cell in cells[len(columns) :]):
            fault = _(
                "%(cells)d cellules pour %(columns)d colonnes",
                cells=len(cells),
                columns=len(columns),
            )
            rows.append(Row(number, headed(columns, cells), fault))
        elif any(cell.strip() for cell in cells):
            rows.append(Row(number, headed(columns, cells)))
        check_row_count(len(rows))
    return Table(named(columns), rows)


def decode(data: bytes) -> str:
    """UTF-8 (with or without BOM), UTF-16 (Excel's « Unicode text »), else cp1252."""
    try:
        text = data.decode(utf_16_of(data) or "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise UnusableFile(
            _("Ce fichier n’est ni un texte CSV, ni un classeur .xlsx, ni un GeoJSON.")
        )
    return text


def utf_16_of(data: bytes) -> str:
    """Which UTF-16 a text is in, by its BOM or by where the zeros of its Latin letters are; empty when it is not."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = data[:1000]
    first, second = start[0::2].count(0), start[1::2].count(0)
    if len(start) >= 4 and not first and second * 3 >= len(start):
        return "utf-16-le"
    if len(start) >= 4 and not second and first * 3 >= len(start):
        return "utf-16-be"
    return ""


def lines_of(text: str) -> list[str]:
    """The lines, however they end; blank ones after the last that says something are none."""
    text = text.rstrip("\r\n")
    if text.count("\n") + text.count("\r") > 2 * MAX_LINES:
        raise too_many_lines()
    lines = io.StringIO(text, newline="").readlines()
    if len(lines) > MAX_LINES:
        raise too_many_lines()
    return lines


def too_many_lines() -> UnusableFile:
    return UnusableFile(
        _(
            "Trop de lignes, vides comprises : %(most)d au plus. Supprimez les lignes vides ou découpez le fichier.",
            most=MAX_LINES,
        )
    )


def header_line(lines: list[str]) -> int:
    """Where the header is: after blank lines and Excel's « sep=; »."""
    for index, line in enumerate(lines):
        if line.strip() and not line.lower().startswith("sep="):
            if len(line) > LONGEST_HEADER:
                raise UnusableFile(_("Trop de colonnes : %(most)d au plus.", most=MAX_COLUMNS))
            return index
    raise UnusableFile(_("Le fichier est vide."))


def sniff(lines: list[str], known: Known) -> str:
    """The delimiter under which the header has most columns that are known, then most columns.

    csv.Sniffer guesses from the look of the rows, and decimal commas and addresses mislead it.
    """

    def merit(delimiter: str) -> tuple[int, int]:
        columns = [clean(cell) for cell in next(records(lines, delimiter))[1] or []]
        return known(columns), len(columns)

    return max(DELIMITERS, key=merit)


def records(
    lines: list[str], delimiter: str, start: int = 0
) -> Iterator[tuple[int, list[str] | None]]:
    """Each record with its first line's number; None when it cannot be read: reading goes on at the next line."""
    at = start
    while at < len(lines):
        if lines[at] in BLANK:
            at += 1
            continue
        reader = csv.reader(
            lines[at : at + LONGEST_RECORD], delimiter=delimiter, strict=True, skipinitialspace=True
        )
        try:
            cells = next(reader)
        except csv.Error:
            yield at + 1, None
            at += 1
        else:
            yield at + 1, cells
            at += reader.line_num
