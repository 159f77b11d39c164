from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tour.tables.formulas import marked, unmarked, write_text

FORMULAS = ["=1+1", "+33 6 00", "-2", "@SUM(A1)", "\t=1", "\r=1"]


@given(st.text(max_size=30))
def test_a_marked_text_comes_back_as_it_was(text: str) -> None:
    assert not marked(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    if not text.startswith("'"):
        assert unmarked(marked(text)) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_holds_a_text_that_stays_one_when_edited(text: str) -> None:
    book = Workbook()
    assert book.active is not None
    write_text(book.active["A1"], text)
    written = io.BytesIO()
    book.save(written)
    cell = load_workbook(written).active["A1"]  # type: ignore[index]
    assert cell.data_type == "s"
    assert cell.quotePrefix
