from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.visits.smtp import Post, smtp_server
from tour.settings import settings


class Knobs:
    """Settings of one test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, **values: Any) -> None:
        for name, value in values.items():
            self.monkeypatch.setenv(f"TOUR_{name.upper()}", str(value))
        settings.cache_clear()


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Knobs]:
    yield Knobs(monkeypatch)
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def post(db: str, setting: Knobs) -> AsyncIterator[Post]:
    """A mail server that takes what we send."""
    async with smtp_server() as server:
        setting(smtp_url=server.url)
        yield server
