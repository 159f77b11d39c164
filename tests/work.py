"""How much is done, whatever the speed of the machine that does it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest


@contextmanager
def no_more_calls_than(most: int) -> Iterator[None]:
    """Fails when the block makes more calls and returns than this, of Python's functions and of C's, in this thread."""
    made = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal made
        made += 1
        if made > most:  # at once: the work that is too much is not waited for
            pytest.fail(f"more than {most} calls")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
    assert made <= most  # even if somebody took what was raised for a fault of the data
