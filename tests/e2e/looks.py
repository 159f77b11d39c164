"""Pages as people look at them: on a phone, a tablet, a desk, by day and by night; and what axe-core can name there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE, Running
from tests.e2e.field_pages import DOCUMENTS, addresses
from tour.settings import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = [(390, 844, "dark"), (820, 1180, "light"), (1440, 900, "light")]

# A form or a card that scrolls within itself hides choices that nobody then sees.
FOLDED = """
  () => [...document.querySelectorAll("main :is(form, fieldset, section, ul, ol, dl, p)")].filter((part) =>
    !part.closest(".map, dialog") && getComputedStyle(part).overflowY !== "visible" && part.scrollHeight > part.clientHeight + 1
  ).map((part) => part.outerHTML.slice(0, 160))
"""


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
    return (
        said
        + ([f"{wide} px wider than the screen"] if wide > 0 else [])
        + [f"hides a part of itself: {part}" for part in page.evaluate(FOLDED)]
    )


def new_page(browser: Browser, look: tuple[int, int, str], **options: Any) -> Page:
    width, height, scheme = look
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="fr-FR",
        reduced_motion="reduce",
        bypass_csp=True,  # for axe itself
        **options,
    )
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def prepared(page: Page, demo: Running) -> list[str]:
    """The addresses of all field pages, on a tablet that has them."""
    page.goto(demo.url + "/demo/tablet")
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    return addresses(page.evaluate(f"() => {{ {DOCUMENTS} }}"))


def whole(page: Page) -> bool:
    """Whether this is a page, not a part that another page fetches."""
    return page.locator("nav.tabs").count() > 0
