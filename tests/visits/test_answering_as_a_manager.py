from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.factories import make_visit
from tour.db import local_now, now
from tour.visits.links import make_link
from tour.visits.models import Link, Visit, VisitEvent, VisitState


@pytest.fixture
async def visit(db: str) -> Visit:
    return await make_visit(state=VisitState.INVITED)


async def opened(client: httpx.AsyncClient, visit: Visit) -> httpx.Response:
    """The manager's page, come by the link of the mail."""
    link = (await make_link(visit)).removeprefix("http://localhost:8000")
    return await client.get(link, follow_redirects=True)


async def test_it_works(client: httpx.AsyncClient, visit: Visit) -> None:
    page = await opened(client, visit)
    assert "Je confirme" in page.text
    answer = await client.post("/v/answer", data={"answer": "confirmed", "name": "Mme Roux"})
    assert answer.status_code == 303
    assert (await Visit.get(id=visit.id)).state == VisitState.CONFIRMED
    assert (await VisitEvent.get(visit_id=visit.id)).by == "Mme Roux"


async def test_the_token_leaves_the_address_and_nothing_is_kept_by_caches(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    page = await opened(client, visit)
    assert page.url.path == "/v"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"


async def test_no_answer_is_chosen_beforehand(client: httpx.AsyncClient, visit: Visit) -> None:
    page = await opened(client, visit)
    assert " checked" not in page.text


async def test_looking_changes_nothing(client: httpx.AsyncClient, visit: Visit) -> None:
    link = (await make_link(visit)).removeprefix("http://localhost:8000")
    for _ in range(3):
        await client.get(link, follow_redirects=True)
        await client.head(link)
    await client.get("/v/answer?answer=confirmed&name=robot")
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED


async def test_another_date_needs_the_date_and_keeps_the_note(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    answer = await client.post(
        "/v/answer", data={"answer": "other_date", "name": "Mme Roux", "note": "le mardi matin"}
    )
    assert answer.status_code == 422
    assert "Indiquez une date qui vous convient." in answer.text
    assert "le mardi matin" in answer.text
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED

    wish = local_now().date() + timedelta(days=20)
    data = {
        "answer": "other_date",
        "name": "Mme Roux",
        "note": "le mardi matin",
        "wish": wish.isoformat(),
    }
    assert (await client.post("/v/answer", data=data)).status_code == 303
    assert f"{wish:%d/%m/%Y} · le mardi matin" == (await VisitEvent.get(visit_id=visit.id)).note


async def test_no_choice_or_no_name_says_what_is_missing(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    answer = await client.post("/v/answer", data={"name": ""})
    assert answer.status_code == 422
    assert "Choisissez une des trois réponses." in answer.text
    assert "Indiquez votre nom." in answer.text


async def test_without_the_link_there_is_nothing_to_see(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    assert (await client.get("/v")).status_code == 404
    assert (await client.get("/v/unknown-token")).status_code == 404
    assert (
        await client.post("/v/answer", data={"answer": "confirmed", "name": "x"})
    ).status_code == 404


async def test_an_expired_link_says_whom_to_call(client: httpx.AsyncClient, visit: Visit) -> None:
    link = (await make_link(visit)).removeprefix("http://localhost:8000")
    await Link.all().update(expires_at=now() - timedelta(days=1))
    answer = await client.get(link)
    assert answer.status_code == 410
    assert "Smart corner" in answer.text


async def test_another_site_cannot_answer_for_the_manager(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    answer = await client.post(
        "/v/answer",
        data={"answer": "confirmed", "name": "x"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED
