"""« Back » after signing out shows nothing private; the ways in and out, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running, Watch

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_context(locale="fr-FR").new_page()


def test_back_after_signing_out_shows_nothing_private(demo: Running, page: Page) -> None:
    page.goto(f"{demo.url}/demo/planner")
    page.goto(f"{demo.url}/visits")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Visites"))
    page.goto(f"{demo.url}/sites")
    page.get_by_role("button", name="Quitter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")


def test_a_person_asks_for_a_link_and_comes_in_where_they_wanted(
    demo: Running, browser: Browser
) -> None:
    context = browser.new_context(locale="fr-FR")
    watch = Watch()
    watch.follow(context)
    page = context.new_page()
    email = demo.tour("agents", "list").splitlines()
    planner = next(line.split("\t")[0] for line in email if "planner" in line)
    page.goto(f"{demo.url}/visits?state=invited")
    page.get_by_label("Adresse de messagerie professionnelle").fill(planner)
    page.get_by_role("button", name="Recevoir un lien").click()
    code = page.locator(".sign-in-code").inner_text()
    page.goto(f"{demo.url}/dev/mail")
    page.get_by_role("link", name="Votre lien de connexion").first.wait_for(timeout=1)
    assert re.fullmatch(r"\d{3}\s\d{3}", code)
    assert watch.problems == []
