"""What the docs name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_each_file_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:tests|tour|docs|static|templates|bin)/[\w./-]*\w/?)`", page.read_text()
    )
    linked = re.findall(r"\]\(((?!https?:|#)[^)#\s]+)", page.read_text())
    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [name for name in linked if not (page.parent / name).exists()]
    assert missing == []


def test_each_make_target_that_the_docs_name_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {name for page in DOCS for name in re.findall(r"`make ([a-z][\w-]*)", page.read_text())}
    assert named - targets == set()
