from __future__ import annotations

import pytest

from tour.i18n import gettext, language, typeset


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Une question ? Oui !", "Une question\N{NO-BREAK SPACE}? Oui\N{NO-BREAK SPACE}!"),
        ("« à apporter »", "«\N{NO-BREAK SPACE}à apporter\N{NO-BREAK SPACE}»"),
        ("Site : %(place)s", "Site\N{NO-BREAK SPACE}: %(place)s"),
        ("de 9 h à 10 h", "de 9 h à 10 h"),
    ],
)
def test_high_punctuation_never_begins_a_line(typed: str, read: str) -> None:
    assert typeset(typed) == read
    assert gettext(typed) == read


def test_other_languages_are_left_as_they_are() -> None:
    token = language.set("en")
    try:
        assert "\N{NO-BREAK SPACE}" not in gettext("Absent le %(day)s")
    finally:
        language.reset(token)
