"""The board in a real browser: dragged, moved by keys, undone; a running solve stopped; two plans compared."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import PATIENCE, Running, Watch

pytestmark = pytest.mark.e2e


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(browser: Browser, demo: Running, watch: Watch) -> Iterator[Page]:
    """A planner in front of a copy of the plan in force, at the last of its weeks."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    watch.follow(context)
    page = context.new_page()
    page.goto(f"{demo.url}/demo/planner")
    page.locator("li", has_text="accepté").get_by_role("link").first.click()
    page.get_by_role("button", name="Modifier une copie").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copie")
    page.locator(".weeks a").nth(-2).click()
    yield page
    assert [problem for problem in watch.problems if "422" not in problem] == []
    context.close()


def said(page: Page) -> Locator:
    return page.locator("#board-area > p[role=status]")


def name_of(stop: Locator) -> str:
    return stop.get_by_role("link").first.inner_text()


def slot_of(page: Page, stop: Locator) -> tuple[str | None, str | None]:
    slot = stop.locator("xpath=ancestor::ul")
    return slot.get_attribute("data-day"), slot.get_attribute("data-pair")


def test_a_visit_is_dragged_to_another_pair_and_undone(page: Page) -> None:
    stop = page.locator("td .stop").first
    name, before = name_of(stop), slot_of(page, stop)
    key = stop.get_attribute("data-key")
    moved = page.locator(f".stop[data-key='{key}']")
    slots = page.locator(f"ul[data-day='{before[0]}']")
    target = slots.nth(0 if slots.nth(0).get_attribute("data-pair") != before[1] else 1)
    stop.scroll_into_view_if_needed()
    drag(page, stop, target)
    expect(said(page)).to_contain_text(name)
    assert slot_of(page, moved) == (before[0], target.get_attribute("data-pair"))

    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("button", name="Annuler")).to_be_disabled()
    assert slot_of(page, moved) == before
    page.get_by_role("button", name="Rétablir").click()
    expect(said(page)).to_contain_text(name)


def test_the_map_beside_shows_the_days_of_the_board(page: Page) -> None:
    box = page.locator("#map_tour").bounding_box()
    assert box is not None
    assert box["height"] > 200
    shown = page.locator("tr[data-day] .stop").count()
    expect(page.locator("#map_tour .sign.numbered")).to_have_count(shown)
    day = page.locator("tr[data-day]", has=page.locator(".stop")).first
    page.locator("select[name=day]").select_option(day.get_attribute("data-day"))
    expect(page.locator("#map_tour .sign.numbered")).to_have_count(day.locator(".stop").count())


def drag(page: Page, what: Locator, to: Locator) -> None:
    start, end = what.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 30, start["y"] + 20, steps=5)
    page.mouse.move(end["x"] + 30, end["y"] + 12, steps=15)
    page.mouse.up()


def test_a_visit_is_moved_by_keys_and_keeps_the_focus(page: Page) -> None:
    stop = page.locator("td .stop").first
    key, before = stop.get_attribute("data-key"), slot_of(page, stop)
    stop.get_by_role("link").first.focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(said(page)).to_be_visible()
    moved = page.locator(f".stop[data-key='{key}']")
    day, pair = slot_of(page, moved)
    assert (day, pair) != before
    assert pair == before[1]
    expect(moved.get_by_role("link").first).to_be_focused()


def test_a_visit_is_moved_by_the_form_and_what_it_breaks_is_said(page: Page) -> None:
    stop = page.locator("td .stop", has=page.locator("svg[aria-label='ne bouge pas']"))
    stop = stop.first if stop.count() else page.locator("td .stop").first
    stop.get_by_role("link").first.click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", level=2)).to_be_visible()
    panel.locator("select[name=day]").select_option(index=0)
    panel.get_by_role("button", name="Déplacer").click()
    expect(said(page)).to_be_visible()
    page.get_by_role("button", name="Accepter").click()
    refused = page.get_by_role("alert")
    assert refused.count() == 0 or "Ce plan ne tient pas encore" in refused.inner_text()


def test_a_visit_is_locked_and_put_aside(page: Page) -> None:
    stop = page.locator("td .stop").first
    key = stop.get_attribute("data-key")
    stop.get_by_role("link").first.click()
    panel = page.locator("#panel")
    panel.get_by_label("ce jour").check()
    panel.get_by_role("button", name="Enregistrer").click()
    locked = page.locator(f".stop[data-key='{key}'] svg[aria-label='verrouillée']")
    expect(locked).to_be_visible()
    panel.get_by_role("button", name="Mettre de côté").click()
    expect(page.locator(f".tray .stop[data-key='{key}']")).to_be_visible()


def test_a_running_solve_is_stopped_resumed_and_compared(page: Page) -> None:
    page.get_by_text("Calculer").first.click()
    page.get_by_label("zéro").check()
    page.get_by_label("Temps de calcul").select_option("300")
    page.locator(".menu").get_by_role("button", name="Calculer").click()
    page.get_by_text("Un premier plan est là").wait_for()
    page.get_by_role("button", name="Arrêter et garder le meilleur").click()
    expect(page.get_by_role("button", name="Accepter")).to_be_visible()
    expect(page.get_by_text(re.compile("Par rapport aux visites d’aujourd’hui"))).to_be_visible()

    page.get_by_role("button", name="Reprendre le calcul").click()
    page.get_by_text("Un premier plan est là").wait_for()
    page.get_by_role("button", name="Arrêter et garder le meilleur").click()
    expect(page.get_by_role("button", name="Accepter")).to_be_visible()

    page.locator(".eyebrow a").click()
    page.get_by_role("link", name="Comparer les plans").click()
    table = page.locator("table.compared")
    expect(table.locator("thead th")).to_have_count(2)
    for row in ("Visites placées", "Route", "Distance", "CO₂", "Journées de binôme"):
        expect(table.get_by_role("rowheader", name=row)).to_be_visible()
    expect(page.get_by_text("ADEME")).to_be_visible()
    expect(page.locator(".sketch polyline").first).to_be_attached()


def test_what_if_with_one_pair_less(page: Page) -> None:
    page.get_by_role("link", name="Et si…").click()
    page.get_by_role("button", name="Essayer").click()
    expect(page.locator(".field-error").first).to_be_visible()
    page.get_by_label("Nom de cet essai").fill("Sans le binôme Nice")
    page.get_by_label("Binôme Nice", exact=False).first.uncheck()
    page.get_by_label("Temps de calcul").fill("2")
    page.get_by_role("button", name="Essayer").click()
    expect(page.get_by_role("button", name="Accepter")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sans le binôme Nice")
    assert "Binôme Nice" not in page.locator("thead").inner_text()


def test_at_tablet_width_the_chosen_visit_stays_in_sight(page: Page) -> None:
    page.set_viewport_size({"width": 820, "height": 1180})
    page.locator("td .stop").first.get_by_role("link").first.click()
    expect(page.locator("#panel [data-panel]")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 820
    page.get_by_role("button", name="Fermer").click()
    expect(page.locator("#panel [data-panel]")).to_have_count(0)
