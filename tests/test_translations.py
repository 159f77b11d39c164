"""Every French sentence of the pages has its English, with the same things to fill in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tour.settings import ROOT

CATALOGUE = Path("tour/locale/en/LC_MESSAGES/tour.po")
TO_FILL = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.fixture(scope="module")
def kept() -> Catalog:
    with (ROOT / CATALOGUE).open("rb") as file:
        return read_po(file, locale="en")


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Today's sentences of the code."""
    pot = tmp_path_factory.mktemp("messages") / "tour.pot"
    subprocess.run([ROOT / "bin" / "messages", pot], check=True)
    with pot.open("rb") as file:
        return read_po(file)


def forms(said: object) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)  # type: ignore[arg-type]


def test_every_sentence_is_translated_and_none_is_left_over(wanted: Catalog, kept: Catalog) -> None:
    today, said = ({m.id for m in catalogue if m.id} for catalogue in (wanted, kept))
    assert not today ^ said, "run bin/messages, then translate what is new"
    assert [m.id for m in kept if not all(forms(m.string))] == []


def test_translations_fill_in_the_same_things(kept: Catalog) -> None:
    for message in kept:
        if message.id:
            for asked, said in zip(forms(message.id), forms(message.string), strict=True):
                assert set(TO_FILL.findall(said)) == set(TO_FILL.findall(asked)), message.id
