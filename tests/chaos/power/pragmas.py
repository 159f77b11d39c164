"""Databases written less safely than ours are: to see that the campaign would notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tour import sqlite


@contextmanager
def written_with(wished: str) -> Iterator[None]:
    """Within the block databases are opened with these pragmas: ``journal_mode=DELETE,synchronous=FULL``."""
    ours = sqlite.pragmas
    others = dict(pair.split("=") for pair in wished.split(",") if pair)
    sqlite.pragmas = lambda version: ours(version) | others
    try:
        yield
    finally:
        sqlite.pragmas = ours
