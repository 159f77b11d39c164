"""A pair is made absent in a real browser: what it touches is shown, and settled from there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Running
from tests.e2e.looks import LOOKS, faults, new_page
from tour.visits.models import Visit, VisitState

pytestmark = pytest.mark.e2e


async def next_confirmed() -> Visit:
    visit = await Visit.filter(state=VisitState.CONFIRMED).order_by("-day").first()
    assert visit
    return visit


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_an_absence_is_made_and_its_visits_settled(
    browser: Browser, demo: Running, look: tuple[int, int, str]
) -> None:
    visit = demo.do(next_confirmed)
    page = new_page(browser, look)
    page.goto(demo.url + "/demo/planner")
    page.goto(f"{demo.url}/pairs/{visit.pair_id}")
    page.get_by_label("Premier jour").fill(str(visit.day))
    page.get_by_label("Dernier jour").fill(str(visit.day))
    page.get_by_role("button", name="Ajouter l’absence").click()
    expect(page.get_by_text(re.compile("ce binôme ne se déplace pas"))).to_be_visible()
    assert faults(page) == []

    page.get_by_role("link", name="Modifier l’absence").last.click()
    page.get_by_label("Motif").fill("Formation")
    page.get_by_role("button", name="Enregistrer l’absence").click()
    expect(page.get_by_text("· Formation", exact=False).last).to_be_visible()

    page.get_by_role("link", name="Les traiter dans « À décider »").click()
    tasks = page.locator(".task", has=page.locator(f"a[href$='/visits/{visit.id}']"))
    expect(tasks.get_by_text("Binôme absent ce jour-là")).to_be_visible()
    assert faults(page) == []

    page.goto(f"{demo.url}/visits/{visit.id}/dates")
    page.get_by_role("button", name="Placer").first.click()
    expect(page.locator("h1")).to_be_visible()
    assert faults(page) == []
    page.goto(demo.url + "/inbox")
    expect(tasks.get_by_text("Binôme absent ce jour-là")).to_have_count(0)
    page.context.close()
