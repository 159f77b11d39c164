"""The server's own field pages: for the first visit, and for browsers that have no worker."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.factories import make_item, make_visit
from tests.field.conftest import Device
from tour.db import local_now, uuid7
from tour.field.models import Change
from tour.needs.models import Need
from tour.visits.models import Visit, VisitState

HOSTILE = "${window.X=1}<img src=x onerror=alert(1)>"


@pytest.fixture
async def browser(device: Device, client: httpx.AsyncClient) -> httpx.AsyncClient:
    client.cookies.set("tablet", device.secret, path="/field")
    return client


@pytest.fixture
async def visit(device: Device) -> Visit:
    return await make_visit(pair=device.pair, day=local_now().date(), state=VisitState.CONFIRMED)


def need_form(visit: Visit, **values: str) -> dict[str, str]:
    page = f"/field/visits/{visit.id}"
    return {
        "visit": str(visit.id),
        "kind": "idea",
        "page": f"{page}/needs/new",
        "back": page,
    } | values


@pytest.mark.parametrize(
    "path",
    [
        "",
        "catalogue",
        "catalogue?q=cl%C3%A9",
        "catalogue/choices?q=cla",
        "outbox",
        "prepare",
        "status",
    ],
)
async def test_each_page_opens(browser: httpx.AsyncClient, visit: Visit, path: str) -> None:
    await make_item(name="Clavier")
    assert (await browser.get(f"/field/{path}")).status_code == 200


async def test_a_visit_its_site_and_its_form_open(browser: httpx.AsyncClient, visit: Visit) -> None:
    for path in (f"visits/{visit.id}", f"visits/{visit.id}/needs/new", f"sites/{visit.site_id}"):
        assert (await browser.get(f"/field/{path}")).status_code == 200


async def test_a_name_is_text_whatever_it_holds(browser: httpx.AsyncClient, visit: Visit) -> None:
    await visit.site.__class__.filter(id=visit.site_id).update(name=HOSTILE)
    page = await browser.get("/field/")
    assert "&lt;img src=x" in page.text
    assert "<img src=x" not in page.text


async def test_another_pairs_visit_is_not_shown(browser: httpx.AsyncClient) -> None:
    other = await make_visit(day=local_now().date())
    assert (await browser.get(f"/field/visits/{other.id}")).status_code == 404


async def test_a_visit_beyond_the_window_is_not_shown(
    browser: httpx.AsyncClient, device: Device
) -> None:
    far = await make_visit(pair=device.pair, day=local_now().date() + timedelta(days=60))
    assert (await browser.get(f"/field/visits/{far.id}")).status_code == 404


async def test_a_need_is_noted(browser: httpx.AsyncClient, visit: Visit) -> None:
    need = uuid7()
    answer = await browser.post(
        f"/field/changes/need/{need}", data=need_form(visit, text="Une idée")
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/field/visits/{visit.id}")
    assert (await Need.get(id=need)).text == "Une idée"
    assert "reçu" in (await browser.get(f"/field/visits/{visit.id}")).text


async def test_a_double_tap_notes_it_once(browser: httpx.AsyncClient, visit: Visit) -> None:
    need = uuid7()
    for _tap in range(2):
        await browser.post(f"/field/changes/need/{need}", data=need_form(visit, text="Une idée"))
    assert await Need.all().count() == 1


async def test_an_empty_need_comes_back_with_what_was_typed(
    browser: httpx.AsyncClient, visit: Visit
) -> None:
    answer = await browser.post(
        f"/field/changes/need/{uuid7()}", data=need_form(visit, requester="Mme B<")
    )
    assert answer.status_code == 422
    assert "Choisissez un article" in answer.text
    assert 'value="Mme B&lt;"' in answer.text
    assert await Change.all().count() == 0


async def test_a_refusal_of_the_domain_is_said_on_the_form(
    browser: httpx.AsyncClient, visit: Visit
) -> None:
    form = need_form(visit, item=str(uuid7()))
    answer = await browser.post(f"/field/changes/need/{uuid7()}", data=form)
    assert answer.status_code == 422
    assert "plus au catalogue" in answer.text


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", ""]
)
async def test_a_form_never_leads_elsewhere(
    browser: httpx.AsyncClient, visit: Visit, back: str
) -> None:
    form = need_form(visit, text="x", back=back)
    answer = await browser.post(f"/field/changes/need/{uuid7()}", data=form)
    assert answer.headers["location"] == "/field/"


async def test_a_kind_nobody_knows_is_not_found(browser: httpx.AsyncClient) -> None:
    assert (await browser.post(f"/field/changes/nothing/{uuid7()}", data={})).status_code == 404


async def test_the_worker_and_the_manifest_are_served(client: httpx.AsyncClient) -> None:
    worker = await client.get("/field/sw.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
    manifest = (await client.get("/field/manifest.webmanifest")).json()
    assert manifest["scope"] == "/field/"
    for icon in manifest["icons"]:
        assert (await client.get(icon["src"])).status_code == 200
