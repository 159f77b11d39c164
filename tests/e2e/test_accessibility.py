"""Every page of the demo: no fault axe-core can name (RGAA's machine-checkable part), nothing wider than the screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running
from tour.settings import ROOT

pytestmark = pytest.mark.e2e

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = [(390, 844, "dark"), (820, 1180, "light"), (1440, 900, "light")]
PLANNER = {
    "home": "/",
    "sites": "/sites",
    "one site": "/sites >> a[href^='/sites/0']",
    "positions to check": "/sites/to-check",
    "import": "/sites/import",
    "new campaign": "/campaigns/new",
    "plan": "/ >> a[href*='/plans/0']",
    "compared plans": "/ >> a[href*='/plans/0'] >> main a[href^='/campaigns/0'] >> main a[href$='/compare']",
    "what if": "/ >> a[href*='/plans/0'] >> a[href$='/variant']",
    "campaign": "/ >> a[href*='/plans/0'] >> main a[href^='/campaigns/0']",
    "drives": "/travel",
    "one pair": "/pairs >> main a[href^='/pairs/0']",
    "new pair": "/pairs/new",
    "roadmaps": "/ >> a[href$='/roadmaps']",
    "who instead": "/visits?state=confirmed >> a[href^='/visits/0'] >> a[href$='/replacements']",
    "visits": "/visits",
    "one visit": "/visits >> a[href^='/visits/0']",
    "desk": "/desk",
    "one need": "/desk >> a[href^='/needs/0']",
    "catalogue": "/catalogue",
    "catalogue, nothing found": "/catalogue?q=zzzz",
    "one item": "/catalogue >> #items a",
    "pairs": "/pairs",
    "tablets": "/tablets",
    "mail": "/dev/mail",
    "accessibility": "/accessibility",
    "privacy": "/privacy",
    "legal": "/legal",
    "not found": "/nowhere",
}
FIELD = {
    "day": "/field/",
    "visit": "/field/ >> main a[href^='/field/visits/']",
    "need form": "/field/ >> main a[href^='/field/visits/'] >> a[href$='/needs/new']",
    "outbox": "/field/outbox",
    "preparing": "/field/prepare",
    "room and settings": "/field/settings",
    "catalogue": "/field/catalogue",
    "catalogue searched": "/field/catalogue?q=claviers&space=store",
    "week": "/field/week",
    "site": "/field/ >> main a[href^='/field/visits/'] >> a[href^='/field/sites/']",
}


def copy_the_plan(page: Page, root: str) -> None:
    """A plan to work on, with the panel of a visit open."""
    page.goto(root + "/")
    page.locator("a[href*='/plans/0']").first.click()
    page.get_by_role("button", name="Modifier une copie").click()
    page.locator("td .stop a").first.click()
    expect(page.locator("#panel [data-panel]")).to_be_visible()


def open_page(page: Page, root: str, road: str) -> None:
    """Opens an address, then follows the first link of each selector after ``>>``."""
    address, *links = road.split(" >> ")
    page.goto(root + address)
    for link in links:
        target = page.locator(link).first.get_attribute("href")
        assert target, f"{page.url} has no {link}"
        page.goto(urljoin(page.url, target))


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    page.evaluate("document.fonts.ready")
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
    )
    said = [
        f"{fault['id']}: {fault['help']} – {node['html'][:160]}"
        for fault in found["violations"]
        for node in fault["nodes"][:3]
    ]
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return said + ([f"{wide} px wider than the screen"] if wide > 0 else [])


def new_page(browser: Browser, look: tuple[int, int, str]) -> Page:
    width, height, scheme = look
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="fr-FR",
        reduced_motion="reduce",
        bypass_csp=True,  # for axe itself
    )
    context.set_default_timeout(10_000)
    return context.new_page()


def look_at(page: Page, root: str, roads: dict[str, str]) -> list[str]:
    """The faults of all these pages."""
    seen = []
    for name, road in roads.items():
        open_page(page, root, road)
        expect(page.locator("h1")).to_have_count(1)
        seen += [f"{name}: {fault}" for fault in faults(page)]
    return seen


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_planner_s_pages(browser: Browser, demo: Running, look: tuple[int, int, str]) -> None:
    page = new_page(browser, look)
    page.goto(demo.url + "/sign-in")
    assert faults(page) == []
    page.goto(demo.url + "/demo/planner")
    copy_the_plan(page, demo.url)
    assert faults(page) == []
    assert "\n".join(look_at(page, demo.url, PLANNER)) == ""
    page.context.close()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_manager_s_page(browser: Browser, demo: Running, look: tuple[int, int, str]) -> None:
    page = new_page(browser, look)
    roads = {"visit": "/demo/manager", "link that is wrong": "/v/wrong"}
    assert "\n".join(look_at(page, demo.url, roads)) == ""
    page.context.close()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_tablet_s_pages(browser: Browser, demo: Running, look: tuple[int, int, str]) -> None:
    page = new_page(browser, look)
    page.goto(demo.url + "/demo/tablet")
    expect(page.get_by_role("heading", name="Préparer ma journée")).to_be_visible()
    assert "\n".join(look_at(page, demo.url, FIELD)) == ""
    open_page(page, demo.url, FIELD["need form"])
    page.get_by_label("Chercher dans le catalogue").press_sequentially("ordi lent")
    page.get_by_text("Ordinateur très lent").click()
    expect(page.get_by_role("group", name="Quand ?")).to_be_visible()
    page.get_by_role("button", name="Noter ce besoin").click()
    expect(page.get_by_text("Ce renseignement manque.")).to_be_visible()
    assert faults(page) == []
    page.context.close()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_desk_s_catalogue(browser: Browser, demo: Running, look: tuple[int, int, str]) -> None:
    page = new_page(browser, look)
    page.goto(demo.url + "/demo/desk")
    roads = {
        "catalogue": "/catalogue",
        "one item": "/catalogue >> #items a",
        "new item": "/catalogue/new",
        "import": "/catalogue/import",
    }
    assert "\n".join(look_at(page, demo.url, roads)) == ""
    open_page(page, demo.url, roads["one item"])
    page.get_by_role("button", name="Ajouter une question").click()
    page.get_by_role("button", name="Enregistrer").last.click()
    expect(page.get_by_text("Écrivez la question")).to_be_visible()
    assert faults(page) == []
    page.context.close()
