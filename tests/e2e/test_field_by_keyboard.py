"""The tablet without a finger or a mouse: every page from end to end, and a need noted, by keys alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running
from tests.e2e.looks import faults, new_page, prepared, whole

pytestmark = pytest.mark.e2e
MOST_STOPS = 400

FOCUS = """
  () => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    // A choice drawn as a pill shows its focus around its label.
    const drawn = element.closest(".pill") ?? element;
    const style = getComputedStyle(drawn), box = drawn.getBoundingClientRect();
    const [x, y] = [box.left + Math.min(box.width / 2, 40), Math.min(box.top + box.height / 2, box.top + 20)];
    const there = document.elementFromPoint(x, y);
    self.keyStops ??= [];
    if (!self.keyStops.includes(element)) self.keyStops.push(element);
    return {
      what: element.outerHTML.slice(0, 120),
      first: self.keyStops[0] === element,
      says: (element.labels?.[0] ?? element).textContent.trim(),
      name: element.id || element.getAttribute("name") || "",
      ring: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
      onTop: Boolean(there && (drawn.contains(there) || there.contains(drawn))),
    };
  }
"""
MISSED = """
  () => {
    const group = (e) => e.type === "radio" && self.keyStops.some((s) => s.type === "radio" && s.name === e.name && s.form === e.form);
    return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
      .filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0 && e.type !== "hidden" && !e.closest(".map"))
      .filter((e) => !self.keyStops.includes(e) && !group(e))
      .map((e) => e.outerHTML.slice(0, 120));
  }
"""


@pytest.fixture(params=[(390, 844), (820, 1180)], ids=str)
def tablet(browser: Browser, demo: Running, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = new_page(browser, (*request.param, "light"))
    yield page
    page.context.close()


def test_a_need_is_noted_by_keyboard_alone(tablet: Page, demo: Running) -> None:
    prepared(tablet, demo)
    tablet.goto(f"{demo.url}/field/")
    press(tablet, "Tab")
    expect(tablet.get_by_role("link", name="Aller au contenu")).to_be_focused()
    press(tablet, "Enter")  # past the bar, to the content
    tab_to(tablet, lambda focus: "/field/visits/" in focus["what"])
    press(tablet, "Enter")
    expect(tablet.locator("#needs")).to_be_visible()
    tab_to(tablet, lambda focus: "Noter un besoin" in focus["says"])
    press(tablet, "Enter")

    expect(tablet.locator("form.need")).to_be_visible()
    tab_to(tablet, lambda focus: "Noter ce besoin" in focus["says"])
    press(tablet, "Enter")  # empty: refused, and the way on is still by keyboard
    expect(tablet.get_by_text("Choisissez un article ou écrivez quelques mots.")).to_be_visible()
    assert faults(tablet) == []

    tab_to(tablet, lambda focus: focus["name"] == "q", "Shift+Tab")
    tablet.keyboard.type("clavier")
    choice = tablet.locator("#choices input[type=radio]").nth(1)
    expect(choice).to_be_attached()
    tab_to(tablet, lambda focus: focus["name"] == "item")
    press(tablet, "ArrowDown")
    expect(tablet.locator("#questions input[type=radio]").first).to_be_visible()
    tab_to(tablet, lambda focus: "answers." in focus["what"] and "radio" in focus["what"])
    press(tablet, "Space")  # what the article asks must be answered
    tab_to(tablet, lambda focus: focus["name"] == "text")
    tablet.keyboard.type("Noté sans souris")
    tab_to(tablet, lambda focus: focus["name"] == "urgency")
    press(tablet, "ArrowRight")
    expect(tablet.locator("[name=urgency]:checked")).to_have_value("high")
    tab_to(tablet, lambda focus: "Noter ce besoin" in focus["says"])
    press(tablet, "Space")
    expect(tablet.locator("#needs li", has_text="Noté sans souris").last).to_be_visible()
    assert faults(tablet) == []


def test_tab_goes_through_every_page_and_is_always_seen(tablet: Page, demo: Running) -> None:
    wrong: list[str] = []
    for path in prepared(tablet, demo):
        tablet.goto(demo.url + path)
        if whole(tablet):
            wrong += [f"{path}: {fault}" for fault in around(tablet)]
    assert "\n".join(wrong) == ""


def around(page: Page) -> list[str]:
    """What is wrong on the way from the top of the page, by Tab, until the top again."""
    wrong = []
    for stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None or (stop and focus["first"]):
            missed = page.evaluate(MISSED)
            return wrong + [f"never reached: {element}" for element in missed]
        wrong += seen_badly(focus)
    return [*wrong, f"no way out after {MOST_STOPS} stops: {page.evaluate(FOCUS)['what']}"]


def seen_badly(focus: dict[str, object]) -> list[str]:
    return [f"focus not drawn: {focus['what']}"] * (not focus["ring"]) + [
        f"focus hidden behind something: {focus['what']}"
    ] * (not focus["onTop"])


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)


def tab_to(page: Page, wanted: object, key: str = "Tab") -> None:
    """Tabs until the focus is on what is wanted; the focus must be seen at each stop."""
    assert callable(wanted)
    for _stop in range(MOST_STOPS):
        page.keyboard.press(key)
        focus = page.evaluate(FOCUS)
        if focus is None:
            continue
        assert seen_badly(focus) == []
        if wanted(focus):
            return
    raise AssertionError("Tab never came to it")
