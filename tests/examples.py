"""How many examples a property is tried on: some at each run of the tests, all of them with ``make test-deep``."""

from __future__ import annotations

import os

DEEP = bool(os.environ.get("DEEP"))
LEAST = 20


def examples(most: int) -> int:
    """A quarter, but never fewer than twenty; all when asked to go deep."""
    return most if DEEP else min(most, max(LEAST, most // 4))
