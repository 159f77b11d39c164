from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tour.visits.key import VisitKey

SITE = "01890000-0000-7000-8000-00000000000a"
keys = st.builds(VisitKey, st.uuids(), st.integers(1, 10_000))


@given(keys)
def test_what_is_written_is_read_back(key: VisitKey) -> None:
    assert VisitKey.parse(str(key)) == key


@given(st.one_of(keys.map(str), st.text(), st.from_regex(r"[0-9a-fA-F-]{36}#\w{0,3}")))
def test_a_key_has_one_text(text: str) -> None:
    try:
        key = VisitKey.parse(text)
    except ValueError:
        return
    assert str(key) == text


def test_the_first_part_is_written_without_its_number() -> None:
    assert str(VisitKey(UUID(SITE))) == SITE
    assert str(VisitKey(UUID(SITE), 2)) == f"{SITE}#2"


@pytest.mark.parametrize(
    "text",
    ["", "#2", SITE.upper(), f"{SITE}#", f"{SITE}#1", f"{SITE}#0", f"{SITE}#-1", f"{SITE}#02",
     f"{SITE}#٢", f"{SITE}#2#3", f" {SITE}", f"{{{SITE}}}", f"{SITE}#{'9' * 5000}"],
)  # fmt: skip
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        VisitKey.parse(text)
