"""Things of the domain, made for tests with sensible values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

from tour.corner.catalogue.models import Item, NeedKind, Space
from tour.db import local_now
from tour.hours import is_working_day
from tour.people.models import Agent, Pair, Role
from tour.planning.models import Campaign
from tour.sites.models import Site, SiteManager
from tour.visits.models import Visit, VisitEvent, VisitState
from tour.visits.passages import PASSAGES

number = itertools.count(1)


async def make_agent(*roles: Role, **values: Any) -> Agent:
    n = next(number)
    return await Agent.create(
        **{"name": f"Agent {n}", "email": f"agent{n}@departement.example", "roles": list(roles)}
        | values
    )


async def make_pair(**values: Any) -> Pair:
    n = next(number)
    return await Pair.create(
        **{"ref": f"P{n}", "name": f"Binôme {n}", "base_name": "Nice", "lat": 43.68, "lon": 7.2}
        | values
    )


async def make_manager(**values: Any) -> SiteManager:
    n = next(number)
    return await SiteManager.create(
        **{"name": f"Responsable {n}", "email": f"resp{n}@departement.example"} | values
    )


async def make_site(**values: Any) -> Site:
    n = next(number)
    return await Site.create(
        **{
            "source": "test",
            "source_id": f"S{n}",
            "name": f"Site {n}",
            "kind": "college",
            "commune": "Nice",
            "lat": 43.70 + n % 20 / 100,
            "lon": 7.10 + n % 30 / 100,
            "staff": 10,
        }
        | values
    )


def travel_day(ahead: int) -> date:
    """The first day, so many days ahead or later, on which pairs travel."""
    day = local_now().date() + timedelta(days=ahead)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


async def make_visit(**values: Any) -> Visit:
    site = values.pop("site", None) or await make_site(manager=await make_manager())
    pair = values.pop("pair", None) or await make_pair()
    return await Visit.create(
        **{
            "site": site,
            "pair": pair,
            "day": travel_day(7),
            "start": time(9, 30),
            "end": time(10, 30),
        }
        | values
    )


async def bring(visits: Iterable[Visit], state: VisitState) -> None:
    """Brings visits to a state by the shortest way that their life allows."""
    for visit in visits:
        way = shortest_way((await Visit.get(id=visit.id)).state, state)
        for before, after in pairwise(way):
            await VisitEvent.create(visit_id=visit.id, by="Test", before=before, after=after)
            await Visit.filter(id=visit.id).update(state=after)
        visit.state = state


def shortest_way(start: VisitState, end: VisitState) -> list[VisitState]:
    ways = [[start]]
    while ways[0][-1] != end:
        way = ways.pop(0)
        ways += [[*way, after] for before, after in PASSAGES if before == way[-1]]
    return ways[0]


async def make_item(**values: Any) -> Item:
    n = next(number)
    return await Item.create(
        **{
            "ref": f"item-{n}",
            "space": Space.STORE,
            "kind": NeedKind.INCIDENT,
            "name": f"Article {n}",
        }
        | values
    )


async def make_campaign(*, pairs: list[Pair], sites: list[Site], **values: Any) -> Campaign:
    campaign = await Campaign.create(
        **{"name": "Tour d’essai", "first_day": date(2027, 1, 11), "days": 5} | values
    )
    await campaign.pairs.add(*pairs)
    await campaign.sites.add(*sites)
    return campaign
