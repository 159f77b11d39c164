"""Every kind of page that an agent reaches by links: the browser has nothing to say against any."""

from __future__ import annotations

from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page
from starlette.routing import Match, Route

from tests.e2e.conftest import PATIENCE, Running, Watch
from tour.app import make_app

pytestmark = pytest.mark.e2e

FILES = ("/sites.geojson", "/base.geojson", "/photos/", "/map/", "/static/", "/field/pictures/")
DOWNLOADS = (".csv", ".xlsx", ".ics", ".gpx", ".json", ".geojson")
MOST = 120  # pages


def kind_of(routes: list[Route], url: str) -> str:
    """The route's pattern: one page of each kind is looked at. A query is another view of the same page."""
    scope = {"type": "http", "method": "GET", "path": urlsplit(url).path, "headers": []}
    return next((r.path for r in routes if r.matches(scope)[0] == Match.FULL), url)


def crawl(page: Page, root: str, routes: list[Route]) -> dict[str, str]:
    """By kind, the address that was opened. Links are followed; forms are not sent."""
    seen: dict[str, str] = {}
    waiting = [page.url]
    while waiting and len(seen) < MOST:
        url = urldefrag(waiting.pop(0)).url
        path, kind = urlsplit(url).path, kind_of(routes, url)
        if kind in seen or not url.startswith(root):
            continue
        if path.startswith(FILES) or path.endswith(DOWNLOADS):
            continue
        seen[kind] = url
        answer = page.goto(url)
        assert answer, url
        assert answer.status < 400, f"{answer.status} {url}"
        page.wait_for_load_state("load")
        hrefs = page.locator("a[href]").evaluate_all(
            "all => all.map((a) => a.getAttribute('href'))"
        )
        waiting += [urljoin(page.url, href) for href in hrefs]
    return seen


@pytest.mark.parametrize(
    ("door", "reached"),
    [
        ("planner", {"/visits/mailings/new", "/visits/{id:uuid}", "/desk", "/agenda"}),
        ("admin", {"/desk/settings", "/desk/settings/new", "/inbox"}),
        ("desk", {"/desk", "/catalogue", "/sites/{id:uuid}"}),
    ],
)
def test_no_page_makes_the_browser_complain(
    browser: Browser, demo: Running, door: str, reached: set[str]
) -> None:
    routes = [route for route in make_app().routes if isinstance(route, Route)]
    context = browser.new_context(locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    watch = Watch()
    watch.follow(context)
    page = context.new_page()
    page.goto(f"{demo.url}/demo/{door}")
    if door != "desk":  # reached by a button of the page « À décider »
        page.goto(f"{demo.url}/visits/mailings/new")
        page.frame_locator("iframe.mail-preview").get_by_text("Bonjour").wait_for()
    seen = {kind_of(routes, page.url): page.url} | crawl(page, demo.url, routes)
    page.goto(f"{demo.url}/demo/{door}")
    seen |= crawl(page, demo.url, routes)
    context.close()
    assert watch.problems == []
    assert reached <= seen.keys(), sorted(seen)
