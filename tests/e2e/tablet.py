"""What a pair does with its tablet, and a tour that runs for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.conftest import PATIENCE, Running, Watch, running_tour
from tests.factories import make_item, make_manager, make_pair, make_site, make_visit
from tour.corner.catalogue.models import NeedKind
from tour.db import local_now
from tour.field.tablets import enrol_link
from tour.people.models import Pair
from tour.visits.models import VisitState

SITE = "Collège <b>Jean-Rostand</b>"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A tour that runs; each test has its own pair in it."""
    with running_tour(tmp_path_factory.mktemp("tour")) as running:
        running.begin(a_catalogue)
        yield running


@pytest.fixture
def pair(served: Running) -> Pair:
    """A pair with a visit today and others to come."""
    return served.do(a_pair_with_visits)


@pytest.fixture
def tablet(browser: Browser, served: Running, pair: Pair, watch: Watch) -> Iterator[Page]:
    """A tablet of the pair, prepared, on the day's page."""
    page = new_page(browser, watch)
    enrol(page, served, pair)
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    page.goto(f"{served.url}/field/")
    yield page
    page.context.close()
    assert watch.problems == []


@pytest.fixture
def watch() -> Watch:
    return Watch()


async def a_catalogue() -> None:
    await make_item(name="Clavier défectueux", kind=NeedKind.INCIDENT, keywords="touches")
    await make_item(name="Écran fendu", kind=NeedKind.INCIDENT)


async def a_pair_with_visits() -> Pair:
    pair = await make_pair()
    site = await make_site(name=SITE, manager=await make_manager(phone="04 93 00 00 00"))
    today = local_now().date()
    await make_visit(pair=pair, site=site, day=today, state=VisitState.CONFIRMED)
    for ahead in (1, 2, 5):
        await make_visit(pair=pair, day=today + timedelta(days=ahead))
    return pair


def new_page(browser: Browser, watch: Watch, **options: Any) -> Page:
    context = browser.new_context(
        viewport={"width": 820, "height": 1180}, locale="fr-FR", **options
    )
    context.set_default_timeout(PATIENCE)
    watch.follow(context)
    return context.new_page()


def enrol(page: Page, served: Running, pair: Pair) -> None:
    link = served.do(lambda: enrol_link(pair, "Tablette"))
    page.goto(f"{served.url}/field/enrol/{link.rpartition('/')[2]}")
    page.get_by_role("button", name="Utiliser cette tablette").click()


def expected(watch: Watch, status: str) -> None:
    """Browsers write each answer of this kind on the console: here it is the right one."""
    watch.problems[:] = [
        problem for problem in watch.problems if f"status of {status}" not in problem
    ]


def cut(context: BrowserContext, watch: Watch) -> None:
    watch.offline = True
    context.set_offline(True)


def open_visit(page: Page) -> None:
    page.get_by_role("link", name=SITE).click()
    expect(page.get_by_role("heading", name=SITE)).to_be_visible()


def note(page: Page, text: str) -> Locator:
    page.get_by_role("link", name="Noter un besoin").click()
    page.get_by_label("En quelques mots").fill(text)
    page.get_by_role("button", name="Noter ce besoin").click()
    return page.locator("li", has_text=text).locator(".state")
