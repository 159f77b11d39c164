"""Loads the demo Département: people, sites, catalogue and one campaign."""

from __future__ import annotations

from datetime import date, time, timedelta

from tour.corner.catalogue.models import Item, ItemVersion, NeedKind, Space
from tour.db import transaction
from tour.demo.files import read_json, read_rows
from tour.people.models import Absence, Agent, Pair, Service
from tour.planning.models import Campaign
from tour.sites.models import Ambassador, Site, SiteManager

SOURCE = "demo"
CAMPAIGN_DAYS = 25
SEASONS = ("d'hiver", "de printemps", "d'été", "d'automne")  # from December, three months each


async def load(today: date) -> Campaign:
    """Loads the demo once and returns its campaign, which started on the Monday of last week: some of it is done.

    A database that has the demo's agents already is left as it is, but for a campaign that was removed.
    """
    first_day = today - timedelta(days=today.weekday() + 7)
    async with transaction():
        if not await is_loaded():
            pairs = await make_pairs(await make_agents())
            await make_absences(pairs, first_day)
            await make_ambassadors(await make_sites(await make_managers()))
            await make_items()
        campaign = await Campaign.filter(sites__source=SOURCE).order_by("created_at").first()
        return campaign or await make_campaign(season_name(today), first_day)


async def is_loaded() -> bool:
    return await Agent.filter(email__in=[row["mail"] for row in read_rows("agents")]).exists()


async def make_agents() -> dict[str, Agent]:
    agents = {
        row["mail"]: Agent(
            name=row["nom"],
            email=row["mail"],
            phone=row["tel"],
            service=Service(row["service"]),
            roles=row["roles"].split(";"),
        )
        for row in read_rows("agents")
    }
    await Agent.bulk_create(agents.values())
    return agents


async def make_pairs(agents: dict[str, Agent]) -> dict[str, Pair]:
    pairs = {
        row["id"]: Pair(
            ref=row["id"],
            name=row["name"],
            hr_id=agents[row["hr"]].id,
            dsn_id=agents[row["dsn"]].id,
            base_name=row["base"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            day_start=time.fromisoformat(row["start"]),
            day_end=time.fromisoformat(row["end"]),
            days=row["days"],
            lunch_min=int(row["lunch_min"]),
            lunch_from=time.fromisoformat(row["lunch_from"]),
            lunch_to=time.fromisoformat(row["lunch_to"]),
            skills=row["skills"].split(";") if row["skills"] else [],
            max_drive_min=int(row["max_drive_min"]) if row["max_drive_min"] else None,
            max_visits=int(row["max_visits"]) if row["max_visits"] else None,
        )
        for row in read_rows("pairs")
    }
    await Pair.bulk_create(pairs.values())
    return pairs


async def make_absences(pairs: dict[str, Pair], first_day: date) -> None:
    """The file counts days from the campaign's first day, which is day 0."""
    await Absence.bulk_create(
        Absence(
            pair_id=pairs[row["pair"]].id,
            first_day=first_day + timedelta(days=int(row["first"])),
            last_day=first_day + timedelta(days=int(row["last"])),
            reason=row["reason"],
        )
        for row in read_rows("absences")
    )


async def make_managers() -> dict[str, SiteManager]:
    """One manager per mail address: some are in charge of several sites."""
    managers = {
        row["responsable_mail"]: SiteManager(
            name=row["responsable"], email=row["responsable_mail"], phone=row["responsable_tel"]
        )
        for row in read_rows("sites")
    }
    await SiteManager.bulk_create(managers.values())
    return managers


async def make_sites(managers: dict[str, SiteManager]) -> dict[str, Site]:
    sites = {
        row["id"]: Site(
            source=SOURCE,
            source_id=row["id"],
            name=row["nom"],
            kind=row["type"],
            address=row["adresse"],
            postcode=row["cp"],
            commune=row["commune"],
            insee=row["insee"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            phone=row["tel"],
            staff=int(row["effectif"]),
            opening_hours=row["horaires"],
            access=row["acces"],
            priority=int(row["priorite"]),
            manager_id=managers[row["responsable_mail"]].id,
        )
        for row in read_rows("sites")
    }
    await Site.bulk_create(sites.values())
    return sites


async def make_ambassadors(sites: dict[str, Site]) -> None:
    await Ambassador.bulk_create(
        Ambassador(
            site_id=sites[row["site"]].id, name=row["nom"], email=row["mail"], phone=row["tel"]
        )
        for row in read_rows("ambassadors")
    )


async def make_items() -> None:
    items = [
        Item(**{**entry, "space": Space(entry["space"]), "kind": NeedKind(entry["kind"])})
        for entry in read_json("catalogue")
    ]
    await Item.bulk_create(items)
    await ItemVersion.bulk_create(
        ItemVersion(item_id=item.id, version=1, questions=item.questions) for item in items
    )


async def make_campaign(name: str, first_day: date) -> Campaign:
    campaign = await Campaign.create(name=name, first_day=first_day, days=CAMPAIGN_DAYS)
    await campaign.pairs.add(*await Pair.filter(ref__in=[row["id"] for row in read_rows("pairs")]))
    await campaign.sites.add(*await Site.to_visit().filter(source=SOURCE))
    return campaign


def season_name(day: date) -> str:
    return f"Tour {SEASONS[day.month % 12 // 3]}"
