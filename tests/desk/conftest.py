from __future__ import annotations

from typing import Any

import pytest

from tests.factories import make_item, make_visit
from tour.corner.catalogue.models import NeedKind
from tour.db import transaction
from tour.desk.connectors.base import Choice, Finding, Found, PhotoFile, Status, TicketRequest
from tour.desk.models import Desk, DeskKind
from tour.desk.secrets import seal
from tour.needs.models import Need
from tour.post import outbox


class FakeDesk:
    """A desk in memory. ``plan`` holds, for each call to come, an error to raise: before the work, or after it."""

    def __init__(self) -> None:
        self.requests: list[TicketRequest] = []
        self.files: list[tuple[str, str]] = []
        self.plan: list[tuple[str, Exception] | None] = []
        self.statuses: dict[str, Status] = {}
        self.unread: dict[str, Exception] = {}
        self.reads: list[str] = []

    def step(self, when: str) -> None:
        if self.plan and self.plan[0] and self.plan[0][0] == when:
            _when, error = self.plan.pop(0) or ("", ValueError())
            raise error
        if when == "after" and self.plan:
            self.plan.pop(0)

    async def __aenter__(self) -> FakeDesk:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    async def check(self) -> list[Finding]:
        return [Finding(True, "ok")]

    async def find(self, ref: str) -> list[Found]:
        return [Found(str(n)) for n, wanted in enumerate(self.requests, 1) if wanted.ref == ref]

    async def create(self, wanted: TicketRequest) -> Found:
        self.step("before")
        self.requests.append(wanted)
        self.step("after")
        return Found(str(len(self.requests)))

    async def attached(self, ticket: str) -> set[str]:
        return {name for on, name in self.files if on == ticket}

    async def attach(self, ticket: str, photo: PhotoFile) -> None:
        self.step("before")
        self.files.append((ticket, photo.name))
        self.step("after")

    async def changed(self, since: Any) -> list[Any]:
        return [(number, status.updated_at) for number, status in self.statuses.items()]

    async def read(self, ticket: str) -> Status:
        self.reads.append(ticket)
        if ticket in self.unread:
            raise self.unread[ticket]
        return self.statuses[ticket]

    async def choices(self) -> list[Choice]:
        return [Choice("category", "7", "Matériel")]


@pytest.fixture
async def there(db: str, monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    """A desk outside in use, in memory."""
    fake = FakeDesk()
    for module in ("push", "back", "desks"):
        monkeypatch.setattr(f"tour.desk.{module}.connector_of", lambda desk: fake)
    await Desk.create(
        kind=DeskKind.RT, name="RT", url="http://rt.test", options={"queue": "Support"},
        secrets=seal({"token": "1-39-s3cret"}), in_use=True,
    )  # fmt: skip
    return fake


async def noted(text: str = "Touches mortes", **values: Any) -> Need:
    """A need as it comes from a tablet, its delivery asked for."""
    visit = values.pop("visit", None) or await make_visit()
    item = values.pop("item", None) or await make_item()
    async with transaction():
        need = await Need.create(
            visit=visit,
            site_id=visit.site_id,
            item=item,
            kind=NeedKind.INCIDENT,
            text=text,
            **values,
        )
        await outbox.post("ticket", f"ticket/{need.id}", {"need": str(need.id)})
    return need


async def all_due() -> None:
    """Makes everything in the outbox due, and delivers it."""
    from datetime import timedelta

    from tour.db import now

    waiting = outbox.OutboxRow.filter(
        state__in=[outbox.OutboxState.WAITING, outbox.OutboxState.SENDING]
    )
    await waiting.update(next_at=now() - timedelta(seconds=1))
    await outbox.deliver_due()
