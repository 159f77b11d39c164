"""What every kind of file is read into: named columns, and rows of text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from tour.errors import UserError
from tour.i18n import _

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_LINES = 200_000  # blank ones and those within quotes included
MAX_CELLS = 2_000_000
MAX_TEXT = 50_000_000  # characters in all cells


class UnusableFile(UserError):
    """Nothing of this file can be imported; the message says why."""


@dataclass(frozen=True)
class Row:
    """One line of the file. A column missing from ``cells`` says nothing; an empty cell says « nothing there ».

    ``number`` is the line of the text, the row of the sheet or the rank of the feature, counted from 1.
    """

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """Columns as the file names them, in its order, and its rows."""

    columns: list[str]
    rows: list[Row]


def headed(columns: list[str], cells: list[str]) -> dict[str, str]:
    """The cells of a row by column name: missing ones are empty, nameless columns are left out, the first of two wins."""
    padded = cells + [""] * (len(columns) - len(cells))
    by_column: dict[str, str] = {}
    for column, cell in zip(columns, padded, strict=False):
        if column:
            by_column.setdefault(column, cell)
    return by_column


def named(columns: list[str]) -> list[str]:
    """The columns that have a name, each once."""
    if len(columns) > MAX_COLUMNS:
        raise UnusableFile(_("Trop de colonnes : %(most)d au plus.", most=MAX_COLUMNS))
    return list(dict.fromkeys(column for column in columns if column))


def check_row_count(count: int) -> None:
    """Raises UnusableFile above MAX_ROWS."""
    if count > MAX_ROWS:
        raise UnusableFile(
            _("Trop de lignes : %(most)d au plus. Découpez le fichier.", most=MAX_ROWS)
        )


def clean(text: str) -> str:
    """Text as we keep it: composed (NFC), trimmed, no control character or lone surrogate (databases refuse some)."""
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept).strip()


def fold(text: str) -> str:
    """Letters and digits only, without accents, lower case: how column names and codes are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isascii() and c.isalnum())
