"""A plan as GeoJSON: one line per pair and day, the visits in order, the pairs' bases, the sites left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from tour.maps.base import Feature, feature
from tour.people.models import Pair
from tour.planning.cards import cards_of
from tour.planning.models import Plan, PlannedVisit
from tour.sites.models import Site
from tour.wording import hour, minutes, short_day

COLOURS = 8  # --pair-1 … --pair-8 of static/css/tokens.css


async def routes_geojson(plan: Plan) -> dict[str, Any]:
    """Features by ``layer``: ``route`` (base → visits → base), ``base``, ``stop`` (with its order) and ``left_out``."""
    indexes = await pair_indexes(plan)
    places = await PlannedVisit.filter(plan_id=plan.id).select_related("site", "pair")
    places.sort(key=lambda place: (place.day, indexes[place.pair_id], place.start))
    days = [
        list(group) for _key, group in groupby(places, key=lambda place: (place.day, place.pair_id))
    ]
    features = [route(day, indexes[day[0].pair_id]) for day in days]
    features += bases(places, indexes)
    features += [stop for day in days for stop in stops(day, indexes[day[0].pair_id])]
    features += [left_out(site) for site in await sites_left_out(plan)]
    return {"type": "FeatureCollection", "features": features}


async def pair_indexes(plan: Plan) -> dict[UUID, int]:
    """Each pair's colour, 1 to 8: by ``ref`` among the campaign's pairs, as on the plan's board."""
    campaign = await plan.campaign
    campaign_pairs = await campaign.pairs.all().order_by("ref")
    placed = await Pair.filter(places__plan_id=plan.id).distinct().order_by("ref")
    pairs = dict.fromkeys(pair.id for pair in [*campaign_pairs, *placed])
    return {pair_id: position % COLOURS + 1 for position, pair_id in enumerate(pairs)}


def route(places: list[PlannedVisit], index: int) -> Feature:
    pair, day = places[0].pair, places[0].day
    base = [pair.lon, pair.lat]
    driven = sum(place.drive_before_min + place.drive_after_min for place in places)
    return feature(
        "route",
        {
            "type": "LineString",
            "coordinates": [
                base,
                *(position(place.site) for place in places if located(place.site)),
                base,
            ],
        },
        **of_pair(pair, index, day),
        label=f"{pair.name} · {short_day(day)} · {minutes(driven)}",
        minutes=driven,
        visits=len(places),
    )


def stops(places: list[PlannedVisit], index: int) -> Iterable[Feature]:
    for order, place in enumerate(places, start=1):
        if located(place.site):
            yield feature(
                "stop",
                {"type": "Point", "coordinates": position(place.site)},
                **of_pair(place.pair, index, place.day),
                **of_site(place.site),
                order=order,
                when=f"{short_day(place.day)}, {hour(place.start)}",
            )


def bases(places: list[PlannedVisit], indexes: dict[UUID, int]) -> list[Feature]:
    pairs = {place.pair_id: place.pair for place in places}
    return [
        feature(
            "base",
            {"type": "Point", "coordinates": [pair.lon, pair.lat]},
            pair=pair.name,
            pair_id=str(pair.id),
            index=indexes[pair.id],
            name=pair.base_name,
        )
        for pair in pairs.values()
    ]


async def sites_left_out(plan: Plan) -> list[Site]:
    """Each site once, however many of its parts are left out; a site without a position is on no map."""
    left = {card.site.id for card in (await cards_of(plan)).tray}
    return await Site.filter(id__in=list(left), lat__isnull=False, lon__isnull=False)


def left_out(site: Site) -> Feature:
    return feature("left_out", {"type": "Point", "coordinates": position(site)}, **of_site(site))


def of_site(site: Site) -> dict[str, str]:
    return {"id": str(site.id), "name": site.name, "commune": site.commune}


def of_pair(pair: Pair, index: int, day: date) -> dict[str, Any]:
    return {"pair": pair.name, "pair_id": str(pair.id), "index": index, "day": day.isoformat()}


def located(site: Site) -> bool:
    return site.lat is not None and site.lon is not None


def position(site: Site) -> list[float | None]:
    """GeoJSON order: longitude, latitude, in degrees (WGS 84)."""
    return [site.lon, site.lat]
