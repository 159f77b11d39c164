"""A small Département with one of everything that an address can name, and the ten who may ask for it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from tests.factories import (
    bring,
    make_agent,
    make_campaign,
    make_item,
    make_manager,
    make_pair,
    make_site,
    make_visit,
)
from tour.app import make_app
from tour.corner.catalogue.models import Picture
from tour.db import database, local_now, migrate, now, uuid7
from tour.desk.models import (
    Delivery,
    DeliveryState,
    Desk,
    DeskKind,
    FollowLink,
    SavedView,
    Ticket,
)
from tour.field import unreadable
from tour.field.models import TabletPerson, Unreadable
from tour.field.tablets import enrol_at_once, enrol_link
from tour.needs.models import Need, NeedKind, NeedPhoto, Photo, PhotoState
from tour.needs.photos import path_of
from tour.people.models import Absence, Agent, Role
from tour.people.sign_in import token_for
from tour.planning.models import Overnight, Plan, PlannedVisit, PlanState
from tour.post.links import LinkKind, make_feed
from tour.settings import settings
from tour.tables.report import ImportReport
from tour.templating import manifest
from tour.travel.models import TravelCorrection
from tour.visits.links import make_link
from tour.visits.message_models import Incoming, IncomingKind, Mailing, MailingLine
from tour.visits.models import Announcement, Visit, VisitState

VISITORS = (
    "stranger",
    "tourer",
    "desk",
    "planner",
    "admin",
    "manager",
    "other_manager",
    "tablet",
    "other_tablet",
    "requester",
)
PHOTO = hashlib.sha256(b"a photo of the world").hexdigest()
OTHERS_PHOTO = hashlib.sha256(b"a photo of the other pair").hexdigest()
PICTURE = hashlib.sha256(b"a picture").hexdigest()


@dataclass
class World:
    """``things``: what stands in an address, by its name. ``keys``: what each visitor shows."""

    path: Path
    things: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


def build(path: Path) -> World:
    """The world in a database of its own, made in a thread: browser tests have a loop of their own in this one."""
    world = World(path)

    async def make() -> None:
        url = f"sqlite://{path}"
        await migrate(url)
        async with database(url):
            await fill(world)

    with ThreadPoolExecutor() as pool:
        pool.submit(lambda: asyncio.run(make())).result()
    return world


async def fill(world: World) -> None:
    things, keys = world.things, world.keys
    agents = {name: await make_agent(Role(name)) for name in ("tourer", "desk", "planner", "admin")}
    guest = await make_agent(Role.TOURER)
    for name, agent in agents.items():
        keys[name] = str(agent.id)
    pair = await make_pair(hr=agents["tourer"])
    other_pair = await make_pair()
    site = await make_site(manager=await make_manager())
    visit = await make_visit(site=site, pair=pair)
    other_visit = await make_visit(pair=other_pair)
    await bring([visit, other_visit], VisitState.INVITED)
    proposed = await make_visit(site=site, pair=pair)
    await make_visit(pair=pair)  # to be invited
    campaign = await make_campaign(pairs=[pair], sites=[site])
    plan = await Plan.create(
        campaign=campaign,
        state=PlanState.READY,
        totals={
            "served": 1,
            "unserved": 0,
            "drive_min": 20,
            "visit_min": 60,
            "km": 12.0,
            "pair_days": 1,
        },
    )
    await PlannedVisit.create(
        plan=plan,
        site=site,
        pair=pair,
        day=campaign.first_day + timedelta(days=1),
        start=visit.start,
        end=visit.end,
    )
    await Visit.filter(id=visit.id).update(campaign_id=campaign.id)
    mailing = await Mailing.create(per_hour=10, by="Léa")
    await MailingLine.create(mailing=mailing, visit=proposed)
    incoming = await Incoming.create(
        kind=IncomingKind.REPLY, message_id="<1@departement.example>", visit=visit
    )
    announcement = await Announcement.create(visit=visit, text="un écran")
    absence = await Absence.create(
        pair=pair, first_day=campaign.first_day, last_day=campaign.first_day
    )
    night = await Overnight.create(
        campaign=campaign, pair=pair, day=campaign.first_day, name="Gîte", lat=44, lon=7
    )
    correction = await TravelCorrection.create(
        from_name="A", from_lat=43.7, from_lon=7.2, to_name="B", to_lat=44, to_lon=7.3, minutes=70
    )
    item = await make_item(picture=PICTURE)
    await Picture.create(sha256=PICTURE, media_type="image/webp", content=b"RIFF")
    need = await make_need(visit, PHOTO, item)
    triage = await make_need(visit, "", item)
    others_need = await make_need(other_visit, OTHERS_PHOTO, item)
    ticket = await Ticket.create(need=need, reference="T-1")
    desk = await Desk.create(kind=DeskKind.GLPI_V2, name="GLPI", url="https://glpi.example")
    webhook = await Desk.create(kind=DeskKind.WEBHOOK, name="Autre", url="https://desk.example")
    delivery = await Delivery.create(
        need=others_need, desk=desk, state=DeliveryState.FAILED, remote_id="7"
    )
    await Delivery.create(need=triage, desk=desk, state=DeliveryState.TRIAGE)
    view = await SavedView.create(agent=agents["planner"], name="À moi", query="state=received")
    tablet, keys["tablet"] = await enrol_at_once(pair, "Tablette")
    _other, keys["other_tablet"] = await enrol_at_once(other_pair, "Autre tablette")
    await TabletPerson.create(tablet=tablet, agent=guest, guest=True)
    odd = await Unreadable.create(tablet=tablet, sha256=PHOTO, size=3)
    follow = "a-token-to-follow"
    await FollowLink.create(
        need=need,
        token_hash=hashlib.sha256(follow.encode()).hexdigest(),
        expires_at=now() + timedelta(days=7),
    )
    keys["manager"] = last(await make_link(visit))
    keys["other_manager"] = last(await make_link(other_visit))
    things |= {
        "visit": str(visit.id),
        "proposed": str(proposed.id),
        "other_visit": str(other_visit.id),
        "site": str(site.id),
        "pair": str(pair.id),
        "campaign": str(campaign.id),
        "plan": str(plan.id),
        "mailing": str(mailing.id),
        "incoming": str(incoming.id),
        "hint": str(announcement.id),
        "absence": str(absence.id),
        "night": str(night.id),
        "correction": str(correction.id),
        "item": str(item.id),
        "need": str(need.id),
        "triage": str(triage.id),
        "ticket": str(ticket.id),
        "glpi": str(desk.id),
        "webhook": str(webhook.id),
        "delivery": str(delivery.id),
        "view": str(view.id),
        "unreadable": str(odd.id),
        "unreadable_file": unreadable.path_of(odd).name,
        "tablet": str(tablet.id),
        "guest": str(guest.id),
        "agent": str(agents["tourer"].id),
        "site_import": str(uuid4()),
        "catalogue_import": str(uuid4()),
        "feed": last(await make_feed(pair_id=pair.id)).removesuffix(".ics"),
        "poster": last(await make_link(visit, LinkKind.POSTER)),
        "reminders": last(
            await make_link(visit, LinkKind.REMINDERS, email="r@departement.example")
        ),
        "follow": follow,
        "enrolment": last(await enrol_link(pair, "Nouvelle")),
        "photo": PHOTO,
        "picture": PICTURE,
        "codes_reader": manifest()["codes-reader.js"],
        "nobody": str(uuid7()),
        "today": local_now().date().isoformat(),
    }


async def make_need(visit: object, photo: str, item: object) -> Need:
    need = await Need.create(
        visit=visit,
        site_id=visit.site_id,  # type: ignore[attr-defined]
        item=item,
        kind=NeedKind.INCIDENT,
        text="Clavier cassé",
    )
    if photo:
        await Photo.create(sha256=photo, size=10, state=PhotoState.RECEIVED)
        await NeedPhoto.create(
            need=need,
            photo_id=photo,
            place=0,
            tablet_id=uuid4(),
            brought=True,
            pair_id=visit.pair_id,  # type: ignore[attr-defined]
        )
    return need


def last(address: str) -> str:
    return address.rsplit("/", 1)[-1]


def keep_files(things: Mapping[str, str]) -> None:
    """What stands beside the database: two imports that wait for a decision, and the photos."""
    folder = settings().home / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    for name, thing in {"import": "site_import", "catalogue_import": "catalogue_import"}.items():
        report = ImportReport(source="f", filename="f.csv")
        (folder / f"{name}-{things[thing]}.json").write_text(report.to_json())
    unreadable.folder().joinpath(things["unreadable_file"]).write_bytes(b"odd")
    for photo in (PHOTO, OTHERS_PHOTO):
        for size in ("", "-small"):
            path_of(photo, size).parent.mkdir(parents=True, exist_ok=True)
            path_of(photo, size).write_bytes(b"a picture")


@asynccontextmanager
async def visitor(world: World, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser where this visitor has shown what they have."""
    transport = httpx.ASGITransport(app=make_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://tour.test",
        headers={"Sec-Fetch-Site": "same-origin"},
    ) as browser:
        if name in {"manager", "other_manager"}:
            assert (await browser.get(f"/v/{world.keys[name]}")).status_code == 303
        elif name in {"tablet", "other_tablet"}:
            browser.cookies.set("tablet", world.keys[name])
        elif name == "requester":
            for link in (f"/follow/{world.things['follow']}", f"/p/{world.things['poster']}"):
                assert (await browser.get(link)).status_code == 303
        elif name != "stranger":
            agent = await Agent.get(id=UUID(world.keys[name]))
            assert (await browser.post(f"/sign-in/{await token_for(agent)}")).status_code == 303
        yield browser
