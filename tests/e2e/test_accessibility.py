"""Every page of the demo: no fault axe-core can name (RGAA's machine-checkable part), nothing wider than the screen."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running
from tests.e2e.looks import LOOKS, faults, new_page, prepared, whole

pytestmark = pytest.mark.e2e

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
    "one ticket": "/desk >> a[href^='/desk/0']",
    "one need": "/desk >> a[href^='/desk/0'] >> a[href^='/needs/0']",
    "triage": "/desk/triage",
    "deliveries": "/desk/deliveries",
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
ADMIN = {
    "desk settings": "/desk/settings",
    "a new desk": "/desk/settings/new?kind=glpi_v2",
}
VISITS = {
    "to decide": "/inbox",
    "other dates": "/visits?state=confirmed >> a[href^='/visits/0'] >> a[href$='/dates']",
    "history": "/visits?state=confirmed >> a[href^='/visits/0'] >> a[href$='/history']",
    "announced": "/visits?state=confirmed >> a[href^='/visits/0'] >> a[href$='/hints']",
    "inviting many": "/visits/mailings/new",
    "calendars": "/agenda",
}
FIELD_LOOKS = [(390, 844, "dark"), (390, 844, "light"), (820, 1180, "light"), (820, 1180, "dark")]
ZOOMED = [(195, 422), (410, 590)]  # what is left at 200 % of a phone and of a tablet
CUT = """
  () => [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility()).flatMap((element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (element.closest(".map, svg, .visually-hidden, .skip, .who") || !box.width || !box.height) return [];
    const off = box.right > innerWidth + 1 || box.left < -1;
    const cut = element.textContent.trim() && style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    return off || cut ? [`${off ? "off the screen" : "cut"}: ${element.outerHTML.slice(0, 160)}`] : [];
  })
"""


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
def test_the_planner_s_pages_of_visits(
    browser: Browser, demo: Running, look: tuple[int, int, str]
) -> None:
    page = new_page(browser, look)
    page.goto(demo.url + "/demo/planner")
    assert "\n".join(look_at(page, demo.url, VISITS)) == ""
    page.context.close()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_admin_s_pages(browser: Browser, demo: Running, look: tuple[int, int, str]) -> None:
    page = new_page(browser, look)
    page.goto(demo.url + "/demo/admin")
    assert "\n".join(look_at(page, demo.url, ADMIN)) == ""
    page.context.close()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_manager_s_page(browser: Browser, demo: Running, look: tuple[int, int, str]) -> None:
    page = new_page(browser, look)
    roads = {"visit": "/demo/manager", "link that is wrong": "/v/wrong", "my visits": "/v"}
    assert "\n".join(look_at(page, demo.url, roads)) == ""
    page.context.close()


@pytest.mark.parametrize("look", FIELD_LOOKS, ids=str)
def test_the_tablet_s_pages(browser: Browser, demo: Running, look: tuple[int, int, str]) -> None:
    page = new_page(browser, look)
    seen = []
    for path in prepared(page, demo):
        page.goto(demo.url + path)
        if whole(page):
            expect(page.locator("h1")).to_have_count(1)
            seen += [f"{path}: {fault}" for fault in faults(page)]
    assert "\n".join(seen) == ""
    open_page(page, demo.url, "/field/ >> main a[href^='/field/visits/'] >> a[href$='/needs/new']")
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


@pytest.mark.parametrize("size", ZOOMED, ids=str)
def test_the_tablet_s_pages_at_200_percent(
    browser: Browser, demo: Running, size: tuple[int, int]
) -> None:
    page = new_page(browser, (*size, "light"), device_scale_factor=2)
    seen = []
    for path in prepared(page, demo):
        page.goto(demo.url + path)
        page.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
        if whole(page):
            seen += [f"{path}: {fault}" for fault in [*faults(page), *page.evaluate(CUT)]]
    assert "\n".join(seen) == ""
    page.context.close()
