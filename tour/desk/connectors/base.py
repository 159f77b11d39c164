"""What every connector does, and what it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tour.needs.models import NeedState


class DeskError(Exception):
    """Something went wrong with a desk. ``str`` is in words, ``answer`` is the server's, secrets masked."""

    def __init__(self, words: str, answer: str = "") -> None:
        super().__init__(words)
        self.answer = answer


class Unreachable(DeskError):
    """The desk did not get the request, or it changes nothing there: try again later."""


class Unsure(DeskError):
    """A request that changes something was sent and no answer came: it may have been carried out."""


class Denied(DeskError):
    """The desk does not let us in (token, right): nothing will pass before a person acts."""


class Refused(DeskError):
    """The desk will not take this one; others may pass."""


class Broken(DeskError):
    """The desk failed on its side (5xx). It may have carried the request out."""


@dataclass(frozen=True)
class TicketRequest:
    """A need as it goes to a desk. ``ref`` is its id: the desk keeps it, so that it can be found again."""

    ref: str
    title: str
    lines: Sequence[str]  # the text, line by line
    incident: bool
    urgency: int  # 1 (very low) to 5 (very high), as desks count
    category: str = ""
    queue: str = ""
    location: str = ""
    requester_email: str = ""


@dataclass(frozen=True)
class PhotoFile:
    """A photo of a need. ``name`` is made from its content: it is how a desk is seen to have it already."""

    name: str
    type: str
    bytes: bytes


@dataclass(frozen=True)
class Found:
    """A ticket at the desk."""

    id: str
    url: str = ""


@dataclass(frozen=True)
class Note:
    """Something said on a ticket for all to read."""

    id: str
    at: datetime
    by: str
    text: str
    solution: bool = False


@dataclass(frozen=True)
class Status:
    """Where a ticket stands at the desk; ``word`` is the desk's own."""

    id: str
    state: NeedState
    word: str
    updated_at: datetime
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class Finding:
    """One line of a check: what was looked at, whether it is right, and what to do otherwise."""

    ok: bool
    words: str


@dataclass(frozen=True)
class Choice:
    """One of a desk's categories, locations or queues (``what``)."""

    what: str
    id: str
    name: str


class Connector(Protocol):
    """One desk, while a conversation with it lasts.

    Every function may raise a DeskError. ``create`` raises Unsure when it cannot tell whether a ticket was made.
    """

    async def __aenter__(self) -> Connector: ...
    async def __aexit__(self, *error: object) -> None: ...

    async def check(self) -> list[Finding]:
        """Looks at everything that delivery needs; never raises."""
        ...

    async def find(self, ref: str) -> list[Found]:
        """The tickets that bear this reference, oldest first."""
        ...

    async def create(self, wanted: TicketRequest) -> Found:
        """Makes a ticket. Raises Refused when the desk made one but did not keep the reference."""
        ...

    async def attached(self, ticket: str) -> set[str]:
        """The names of the files a ticket has."""
        ...

    async def attach(self, ticket: str, photo: PhotoFile) -> None: ...

    async def changed(self, since: datetime) -> list[tuple[str, datetime]]:
        """Tickets updated since then, with when."""
        ...

    async def read(self, ticket: str) -> Status: ...

    async def choices(self) -> list[Choice]: ...
