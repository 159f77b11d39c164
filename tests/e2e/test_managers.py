"""A site's manager on a phone: in French and English, with JavaScript off; and scanners that act for nobody."""

from __future__ import annotations

import re
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE, Running
from tests.e2e.looks import faults

pytestmark = pytest.mark.e2e

PHONE = {"width": 390, "height": 844}
WORDS = {
    "fr-FR": {
        "confirm": "Je confirme",
        "other": "Proposer d’autres dates",
        "decline": "Impossible",
        "name": "Votre nom",
        "why": "Pourquoi ? (pour « impossible »)",
        "send": "Envoyer ma réponse",
        "change": "Changer votre réponse",
        "propose": "Proposer ces dates",
        "noted": "C’est noté, merci",
        "missing": "Choisissez une des trois réponses.",
    },
    "en-GB": {
        "confirm": "I confirm",
        "other": "Propose other dates",
        "decline": "Impossible",
        "name": "Your name",
        "why": "Why? (for “impossible”)",
        "send": "Send my answer",
        "change": "Change your answer",
        "propose": "Propose these dates",
        "noted": "Noted, thank you",
        "missing": "Choose one of the three answers.",
    },
}


def kept(demo: Running, page: Page) -> tuple[str, int]:
    """The state of the visit this page shows, and how many things its history tells."""
    visit = re.search(r"/v/visits/([0-9a-f-]{36})", page.url)
    assert visit, page.url
    with sqlite3.connect(demo.home / "tour.sqlite3") as base:
        (state,) = base.execute("SELECT state FROM visit WHERE id = ?", visit.groups()).fetchone()
        (events,) = base.execute(
            "SELECT count(*) FROM visitevent WHERE visit_id = ?", visit.groups()
        ).fetchone()
    return state, events


@pytest.fixture(params=[(lang, js) for lang in WORDS for js in (True, False)], ids=str)
def phone(
    request: pytest.FixtureRequest, browser: Browser, demo: Running
) -> Iterator[tuple[Page, dict[str, str]]]:
    """A manager's phone with a visit to answer, and the words on it."""
    lang, with_js = request.param
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        locale=lang,
        java_script_enabled=with_js,
        bypass_csp=True,  # for axe itself
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(demo.url + "/demo/manager")
    yield page, WORDS[lang]
    context.close()


def answer(page: Page, words: dict[str, str], choice: str, why: str = "") -> None:
    page.get_by_label(words[choice], exact=True).check()
    if why:
        page.get_by_label(words["why"]).fill(why)
    page.locator("#name").fill("Mme Roux")
    page.get_by_role("button", name=words["send"]).click()
    page.wait_for_load_state()


def check(page: Page) -> None:
    """No fault axe can name (it needs JavaScript)."""
    assert faults(page) == []


def test_confirm_change_refuse_propose(
    phone: tuple[Page, dict[str, str]], demo: Running, request: pytest.FixtureRequest
) -> None:
    page, words = phone
    with_js = "True" in request.node.name
    look = (lambda: check(page)) if with_js else (lambda: None)
    look()
    assert kept(demo, page)[0] == "invited"
    page.get_by_role("button", name=words["send"]).click()
    expect(page.get_by_text(words["missing"])).to_be_visible()
    look()

    answer(page, words, "confirm")
    expect(page.get_by_text(words["noted"])).to_be_visible()
    assert kept(demo, page)[0] == "confirmed"
    look()

    page.get_by_role("heading", name=words["change"]).click()
    answer(page, words, "decline", why="Travaux dans le hall")
    assert kept(demo, page)[0] == "declined"
    look()

    page.get_by_role("heading", name=words["change"]).click()
    answer(page, words, "other")
    expect(page).to_have_url(re.compile(r"/dates$"))
    assert kept(demo, page)[0] == "declined"  # nothing yet
    look()
    page.locator("input[name=dates]").first.check()
    page.get_by_role("button", name=words["propose"]).click()
    page.wait_for_load_state()
    assert kept(demo, page)[0] == "other_date"
    look()


def test_a_scanner_that_runs_scripts_and_submits_every_form_never_answers(
    browser: Browser, demo: Running
) -> None:
    context = browser.new_context(viewport=PHONE, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(demo.url + "/demo/manager")
    visit, before = page.url, kept(demo, page)
    assert before[0] == "invited"
    for way in ("form.submit()", "form.requestSubmit()", "form.querySelector('button').click()"):
        for number in range(page.locator("form").count()):
            robot = context.new_page()
            robot.goto(visit)
            robot.evaluate(f"(form => {way})(document.querySelectorAll('form')[{number}])")
            robot.wait_for_load_state("networkidle")
            robot.close()
            assert kept(demo, page) == before
    robot = context.new_page()
    robot.goto(visit + "/dates")
    robot.evaluate("document.querySelector('main form').submit()")
    robot.wait_for_load_state("networkidle")
    robot.goto(visit)
    robot.evaluate(  # the whole page once more, with every script event a robot would fire
        "for (const e of document.querySelectorAll('a, button, summary, label')) e.dispatchEvent(new Event('click'))"
    )
    assert kept(demo, page) == before
    context.close()


def test_a_scanner_that_follows_every_link_never_answers(browser: Browser, demo: Running) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(demo.url + "/demo/manager")
    before = kept(demo, page)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    waiting, seen = [demo.url + "/demo/manager"], set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen or not address.startswith(demo.url) or "/static/" in address:
            continue
        seen.add(address)
        for method in ("HEAD", "GET"):
            try:
                with opener.open(urllib.request.Request(address, method=method)) as said:
                    body, where = said.read().decode(errors="replace"), said.url
            except urllib.error.HTTPError:
                continue
        links = re.findall(r'(?:href|action)="([^"]+)"', body)
        waiting += [urllib.parse.urljoin(where, link.partition("#")[0]) for link in links]
    assert any(address.endswith("/dates") for address in seen) or len(seen) > 5
    assert kept(demo, page) == before
    context.close()


def test_the_poster_s_page_on_a_phone(browser: Browser, demo: Running) -> None:
    context = browser.new_context(viewport=PHONE, locale="fr-FR", bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(demo.url + "/demo/manager")
    with context.expect_page() as opened:
        page.get_by_role("button", name="Ouvrir l’affiche").click()
    poster = opened.value
    assert faults(poster) == []
    poster.goto(poster.locator(".poster-link").inner_text())
    poster.get_by_label("En quelques mots").fill("Un écran qui clignote")
    poster.get_by_role("button", name="Envoyer").click()
    expect(poster.get_by_text("Merci, c’est transmis au binôme.")).to_be_visible()
    assert faults(poster) == []
    context.close()
