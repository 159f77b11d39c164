"""The name of a visit before it exists: its site, and which part of it when the visit is split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from uuid import UUID


@dataclass(frozen=True, order=True)
class VisitKey:
    """A site's visit, or one part of it; parts count from 1.

    Its text is the site's id, with ``#2``, ``#3``… for the parts after the first: how the solver, a plan's JSON and
    the pages write it. Only this class writes and reads that text.
    """

    site: UUID
    part: int = 1

    def __post_init__(self) -> None:
        if self.part < 1:
            raise ValueError(f"parts count from 1, not {self.part}")

    def __str__(self) -> str:
        return str(self.site) if self.part == 1 else f"{self.site}#{self.part}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that is written so; raises ValueError for any other text, a second way to write a key included."""
        site, hash_, part = text.partition("#")
        key = cls(UUID(site), int(part) if hash_ else 1)
        if str(key) != text:
            raise ValueError(f"not how a visit's key is written: {text!r}")
        return key
