"""Two people who hold one tablet in turn, each behind a code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running, Watch
from tests.e2e.tablet import SITE, enrol, new_page
from tests.factories import make_agent, make_pair, make_site, make_visit
from tour.db import local_now
from tour.people.models import Pair, Role
from tour.visits.models import VisitState

ANNE, MARC = "Anne Bérard", "Marc Ollivier"


async def a_pair_of_two() -> Pair:
    pair = await make_pair(
        hr=await make_agent(Role.TOURER, name=ANNE), dsn=await make_agent(Role.TOURER, name=MARC)
    )
    site, today = await make_site(name=SITE), local_now().date()
    await make_visit(pair=pair, site=site, day=today, state=VisitState.CONFIRMED)
    await make_visit(pair=pair, day=today + timedelta(days=1))
    return pair


def a_tablet(browser: Browser, served: Running, pair: Pair, watch: Watch) -> Page:
    page = new_page(browser, watch)
    enrol(page, served, pair)
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    page.goto(f"{served.url}/field/")
    return page


def row(page: Page, name: str) -> Any:
    return page.locator(".holders > li", has_text=name)


def choose_pin(page: Page, name: str, pin: str) -> None:
    """From anywhere: the person chooses a PIN and holds the tablet."""
    page.locator("a.who").click()
    row(page, name).get_by_role("link", name="Choisir un code").click()
    fill_pin(page, pin)


def fill_pin(page: Page, pin: str, again: str = "") -> None:
    page.get_by_label("Choisissez un code").fill(pin)
    page.get_by_label("Le même code encore une fois").fill(again or pin)
    page.get_by_role("button", name="Enregistrer le code").click()


def lock(page: Page) -> None:
    page.get_by_role("button", name="Verrouiller la tablette").click()
    expect(page.get_by_role("heading", name="Qui tient la tablette ?")).to_be_visible()
