"""News as a desk sends it."""

from __future__ import annotations

from tests.desk.conftest import FakeDesk, all_due, noted
from tour.desk.signature import sign
from tour.needs.models import Need


async def arrived(there: FakeDesk, **values: str) -> Need:
    need = await noted(**values)
    await all_due()
    await all_due()
    return need


def signed(body: bytes, at: str, secret: str = "chut") -> dict[str, str]:
    return {"X-GLPI-signature": sign(secret, body, at), "X-GLPI-timestamp": at}
