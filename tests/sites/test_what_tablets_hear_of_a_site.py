from __future__ import annotations

import httpx
import pytest

from tests.factories import make_site, make_visit
from tour.db import Document
from tour.sites.importing import apply, dry_run
from tour.sites.models import PositionState, Site
from tour.visits.models import Visit

pytestmark = pytest.mark.usefixtures("db")


async def imported(access: str) -> Site:
    table = f"id;nom;lat;lon;acces\nA1;Collège A;43.7;7.25;{access}\n"
    await apply(await dry_run(table.encode(), "sites.csv", "t"))
    return await Site.get(source="t", source_id="A1")


async def version_of(visit: Visit) -> int:
    """What the feed says of it: tablets that have read less far are sent it."""
    return (await Document.get(kind="visit", doc_id=visit.id)).version


async def test_a_changed_site_is_told() -> None:
    visit = await make_visit(site=await imported("Sonner à la loge"))
    before = await version_of(visit)
    site = await imported("Code 12A")
    assert site.access == "Code 12A"
    assert await version_of(visit) > before


async def test_an_unchanged_site_is_not() -> None:
    visit = await make_visit(site=await imported("Sonner à la loge"))
    before = await version_of(visit)
    await imported("Sonner à la loge")
    assert await version_of(visit) == before


async def test_a_position_set_by_hand_is_told(planner: httpx.AsyncClient) -> None:
    site = await make_site(position_state=PositionState.TO_CHECK)
    visit = await make_visit(site=site)
    before = await version_of(visit)
    answer = await planner.post(f"/sites/{site.id}/position", data={"lat": "43.71", "lon": "7.21"})
    assert answer.status_code == 303
    assert await version_of(visit) > before
    assert (await Site.get(id=site.id)).position_state == PositionState.GIVEN


async def test_a_wrong_position_says_so_and_keeps_what_was_typed(
    planner: httpx.AsyncClient,
) -> None:
    site = await make_site()
    answer = await planner.post(f"/sites/{site.id}/position", data={"lat": "143", "lon": "7.21"})
    assert answer.status_code == 422
    assert 'value="143' in answer.text
    assert "field-error" in answer.text
