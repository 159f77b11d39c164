"""Each client of ours that asks a server elsewhere, made to ask once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.factories import make_site, make_visit
from tests.visits.conftest import Knobs
from tour.db import transaction
from tour.desk.connectors import connector
from tour.desk.models import DeskKind
from tour.post import outbox
from tour.post.models import Receipt
from tour.sites.geocode import geocode_waiting
from tour.sites.models import PositionState
from tour.travel.routers import OsrmRouter, RouterError
from tour.visits.life import pass_to
from tour.visits.models import VisitState


async def ask_desk(url: str, setting: Knobs, kind: DeskKind) -> None:
    secrets = {"token": "s3cret", "secret": "s3cret", "user_token": "s3cret"}
    async with connector(kind, url, {"queue": "Support"}, secrets) as there:
        await there.check()


async def push_calendar(url: str, setting: Knobs) -> None:
    visit = await make_visit()
    setting(caldav_url=url.replace("://", "://tour:s3cret@") + "/{pair}/")
    async with transaction():
        await pass_to(visit, VisitState.INVITED, by="Léa")
    await outbox.deliver_due()


async def send_text(url: str, setting: Knobs) -> None:
    from tour.visits import sms

    visit = await make_visit(state=VisitState.INVITED)
    await visit.fetch_related("site")
    setting(sms_url=url, sms_token="s3cret")
    async with transaction():
        await sms.write_reminder(visit, "0639980202", key="sms")
    await Receipt.all().update(event="sms")  # at any hour
    await outbox.deliver_due()


async def ask_router(url: str, setting: Knobs) -> None:
    with pytest.raises(RouterError):  # the double's answer is none
        await OsrmRouter(url).table([(43.7, 7.2)], [(43.8, 7.3)])


async def ask_geocoder(url: str, setting: Knobs) -> None:
    setting(geocoder_url=url)
    await make_site(address="3 rue Sincaire", position_state=PositionState.WAITING)
    await geocode_waiting()


CLIENTS: dict[str, Callable[[str, Knobs], Awaitable[None]]] = {
    **{kind.value: (lambda url, setting, kind=kind: ask_desk(url, setting, kind)) for kind in DeskKind if kind != DeskKind.EMBEDDED},
    "caldav": push_calendar,
    "sms": send_text,
    "router": ask_router,
    "geocoder": ask_geocoder,
}  # fmt: skip
