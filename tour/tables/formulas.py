"""The one guard against texts that a spreadsheet would take for a formula (OWASP, CSV injection), in CSV and XLSX.

A site's name or a need's text is somebody's: ``=HYPERLINK(…)`` must show as what it is, when the cell is edited too.
"""

from __future__ import annotations

from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST_CELL = 32_000  # characters; Excel takes 32 767


def marked(text: str) -> str:
    """The text for a CSV cell: an apostrophe before what could be a formula."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def unmarked(text: str) -> str:
    """The text of such a cell, as it was."""
    return text[1:] if text.startswith("'") and text[1:].startswith(STARTS_A_FORMULA) else text


def write_text(cell: Cell, text: str) -> None:
    """The text in an XLSX cell, never a formula: as a text, and marked as one that stays a text when edited."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST_CELL]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(STARTS_A_FORMULA)
