"""docs/pains.md names a test for each pain: each of them is there."""

from __future__ import annotations

import re

from tour.settings import ROOT

NAMED = re.findall(r"`(tests/\S+\.py)::(\w+)`", (ROOT / "docs" / "pains.md").read_text())


def test_each_pain_has_a_test_that_exists() -> None:
    missing = [
        f"{path}::{name}"
        for path, name in NAMED
        if not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert len(NAMED) == 20
    assert missing == []
