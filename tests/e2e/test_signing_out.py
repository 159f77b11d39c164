"""« Back » after signing out shows nothing private; the ways in and out, in a real browser."""

from __future__ import annotations

import re
import time

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


def mailed_link(demo: Running, page: Page) -> str:
    """The sign-in link as a person finds it in the folder of mails, once the worker has written it."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for file in (demo.home / "mail").glob("*.eml"):
            if found := re.search(r"http://\S+/sign-in/[\w-]+", file.read_text()):
                return found[0]
        page.goto(f"{demo.url}/dev/mail")
    raise AssertionError("no mail came")


def test_a_person_asks_for_a_link_and_comes_in_where_they_wanted(
    demo: Running, browser: Browser
) -> None:
    contexts = [browser.new_context(locale="fr-FR") for _ in range(2)]
    watch = Watch()
    for context in contexts:
        watch.follow(context)
    page, elsewhere = (context.new_page() for context in contexts)
    accounts = demo.tour("agents", "list").splitlines()
    planner = next(line.split("\t")[0] for line in accounts if "planner" in line)
    page.goto(f"{demo.url}/visits?state=invited")
    page.get_by_label("Adresse de messagerie professionnelle").fill(planner)
    page.get_by_role("button", name="Recevoir un lien").click()
    code = page.locator(".sign-in-code").inner_text()
    link = mailed_link(demo, page)

    elsewhere.goto(link)
    assert not elsewhere.evaluate("document.documentElement.scrollWidth > innerWidth")
    elsewhere.get_by_label("Code à six chiffres").fill("000000" if code != "000 000" else "111111")
    with elsewhere.expect_response(lambda answer: answer.status == 422):
        elsewhere.get_by_role("button", name="Ouvrir ma session").click()
    expect(elsewhere.locator(".field-error")).to_contain_text("pas le code")
    page.goto(link)
    page.get_by_role("button", name="Ouvrir ma session").click()
    expect(page).to_have_url(f"{demo.url}/visits?state=invited")
    elsewhere.get_by_label("Code à six chiffres").fill(code)
    elsewhere.get_by_role("button", name="Ouvrir ma session").click()
    expect(elsewhere.get_by_text("a déjà servi")).to_be_visible()
    # Chromium writes each answer 422 on its console.
    assert [problem for problem in watch.problems if "422" not in problem] == []


def test_the_account_page_ends_a_session(demo: Running, browser: Browser) -> None:
    here, there = (browser.new_context(locale="fr-FR").new_page() for _ in range(2))
    for page in (here, there):
        page.goto(f"{demo.url}/demo/planner")
    here.get_by_role("navigation").first.wait_for()
    here.locator(".who a").click()
    expect(here.get_by_role("heading", level=1)).to_have_text("Mon compte")
    here.locator("li", has_not_text="ici").get_by_role("button").first.click()
    here.get_by_role("button", name="Quitter partout").click()
    expect(here.get_by_role("heading", level=1)).to_have_text("Se connecter")
    there.reload()
    expect(there.get_by_role("heading", level=1)).to_have_text("Se connecter")
