"""The maps in a real browser, under the product's own CSP, with no tile server to be reached."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import date, time

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from tests.e2e.conftest import BROWSER_ARGS, chromium
from tests.e2e.map_app import map_app, served
from tests.factories import make_campaign, make_pair, make_site, make_visit
from tour.planning.models import Plan, PlannedVisit
from tour.sites.models import Site
from tour.visits.models import VisitState

pytestmark = pytest.mark.e2e

HOSTILE = "${window.X=1}<img src=x onerror=alert(1)>"
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WATCH_CSP = "addEventListener('securitypolicyviolation', event => (window.refused ??= []).push(event.violatedDirective))"
REFUSED = "window.refused ?? []"


@pytest.fixture
async def address(db: str) -> AsyncIterator[str]:
    async with served(map_app()) as url:
        yield url


async def open_page(browser: Browser, url: str) -> tuple[Page, list[str]]:
    """A page and the list its console errors go to."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900}, locale="fr-FR")
    errors: list[str] = []
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.add_init_script(WATCH_CSP)
    await page.goto(url)
    return page, errors


async def hostile_campaign() -> tuple[Site, Site]:
    pair = await make_pair(name=HOSTILE)
    hostile = await make_site(name=HOSTILE, commune=HOSTILE, lat=43.95, lon=7.0)
    plain = await make_site(name="Collège du Port", commune="Nice", lat=43.7, lon=7.28)
    campaign = await make_campaign(pairs=[pair], sites=[hostile, plain])
    await make_visit(
        campaign=campaign,
        site=plain,
        pair=pair,
        day=date(2027, 1, 12),
        start=time(9, 30),
        state=VisitState.CONFIRMED,
    )
    plan = await Plan.create(campaign=campaign)
    for site, day in ((hostile, date(2027, 1, 11)), (plain, date(2027, 1, 12))):
        await PlannedVisit.create(
            plan=plan, site=site, pair=pair, day=day, start=time(9), end=time(10)
        )
    return hostile, plain


async def test_the_sites_of_a_campaign(address: str) -> None:
    hostile, plain = await hostile_campaign()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page, errors = await open_page(browser, address)
        markers = page.locator(".map .sign")
        await expect(markers).to_have_count(2)
        await expect(page.locator(".base-land")).to_be_attached()
        await expect(page.locator(".map").get_by_text("Grasse", exact=True)).to_be_visible()
        await expect(page.locator("[data-map-legend] li")).to_have_text(
            ["à planifier", "confirmée"], use_inner_text=True
        )

        # the keyboard: Enter opens the popup and goes into it, Escape comes back
        marker = page.get_by_role("button", name="Collège du Port, Nice – confirmée")
        await marker.focus()
        await page.keyboard.press("Enter")
        link = page.locator(".leaflet-popup a[href^='/sites/']")
        await expect(link).to_be_focused()
        await expect(link).to_have_attribute("href", f"/sites/{plain.id}")
        await expect(page.locator(".leaflet-popup")).to_contain_text("mardi 12 janvier")
        await expect(page.locator(f"[data-site='{plain.id}']")).to_have_class("chosen")
        await page.keyboard.press("Escape")
        await expect(marker).to_be_focused()

        # the list: a button shows its site; the hostile name is text
        await page.locator(f"[data-focus-site='{hostile.id}']").click()
        await expect(page.locator(".leaflet-popup .popup-title").last).to_have_text(HOSTILE)
        assert await page.locator(".map img[src='x']").count() == 0
        assert await page.evaluate("window.X") is None

        # what changed on the server is there after a reload event
        await Site.filter(id=plain.id).update(name="Collège du Vieux Port")
        await page.evaluate("document.dispatchEvent(new Event('tour:map-reload'))")
        await expect(page.get_by_role("button", name="Collège du Vieux Port")).to_be_visible()

        assert (errors, await page.evaluate(REFUSED)) == ([], [])
        await browser.close()


async def test_the_routes_of_a_plan(address: str) -> None:
    await hostile_campaign()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page, errors = await open_page(browser, f"{address}/plan")
        await expect(page.locator(".map .route")).to_have_count(2)
        await expect(page.locator(".map .numbered")).to_have_text(["1", "1"])
        await expect(page.locator("[data-map-legend] li").first).to_have_text(HOSTILE)

        await page.evaluate(
            "document.dispatchEvent(new CustomEvent('tour:filter', {detail: {days: ['2027-01-11'], pair: ''}}))"
        )
        await expect(page.locator(".map .route")).to_have_count(1)
        await expect(page.locator(".map .numbered")).to_have_count(1)
        await page.locator(".map .numbered").press("Enter")
        await expect(page.locator(".leaflet-popup .popup-title").last).to_have_text(HOSTILE)
        assert await page.evaluate("window.X") is None

        assert (errors, await page.evaluate(REFUSED)) == ([], [])
        await browser.close()


async def test_the_detailed_plan_is_asked_for_and_remembered(address: str) -> None:
    await make_site()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page, errors = await open_page(browser, address)
        asked: list[str] = []

        async def tile(route: Route) -> None:
            asked.append(route.request.url)
            await route.fulfill(body=PIXEL, content_type="image/png")

        await page.route("https://data.geopf.fr/**", tile)
        await expect(page.locator(".map .sign")).to_have_count(1)
        assert asked == []

        await page.get_by_role("button", name="Fonds et calques").press("Enter")
        await page.get_by_label("Plan détaillé (en ligne)").press("Space")
        await expect(page.locator(".leaflet-tile-loaded").first).to_be_visible()
        await expect(page.locator(".leaflet-control-attribution")).to_contain_text("IGN")

        await page.reload()
        await expect(page.locator(".leaflet-tile-loaded").first).to_be_visible()
        assert (errors, await page.evaluate(REFUSED)) == ([], [])
        await browser.close()
