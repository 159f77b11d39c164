"""The sites of a campaign as GeoJSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tour.maps.base import Feature
from tour.planning.models import Campaign
from tour.sites.models import Site
from tour.visits.models import Visit, VisitState
from tour.wording import words

NO_VISIT = "none"


async def sites_geojson(campaign: Campaign | None) -> dict[str, Any]:
    """Each site with a position, with the state of its visit in the campaign; all sites to visit if there is none.

    Properties: id, name, commune, kind, state and its word ``state_text``, day (ISO) and pair of the visit.
    """
    sites = campaign.sites.filter(active=True) if campaign else Site.to_visit()
    visits = await visits_of(campaign)
    placed = await sites.filter(lat__isnull=False, lon__isnull=False).order_by("commune", "name")
    return {
        "type": "FeatureCollection",
        "features": [site_feature(site, visits.get(site.id)) for site in placed],
    }


async def visits_of(campaign: Campaign | None) -> dict[UUID, Visit]:
    """The visit that counts for each site: not a cancelled one, and the latest when there are several."""
    if campaign is None:
        return {}
    visits = Visit.filter(campaign_id=campaign.id).exclude(state=VisitState.CANCELLED)
    return {
        visit.site_id: visit
        for visit in await visits.order_by("day", "start").select_related("pair")
    }


def site_feature(site: Site, visit: Visit | None) -> Feature:
    state = visit.state.value if visit else NO_VISIT
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [site.lon, site.lat]},
        "properties": {
            "id": str(site.id),
            "name": site.name,
            "commune": site.commune,
            "kind": site.kind,
            "state": state,
            "state_text": words(state),
            "day": visit.day.isoformat() if visit else None,
            "pair": visit.pair.name if visit else None,
        },
    }
