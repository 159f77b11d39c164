"""A day with the tablet in a real browser: no network, bad news from the server, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running, Watch
from tests.e2e.tablet import (
    SITE,
    cut,
    enrol,
    expected,
    new_page,
    note,
    open_visit,
    pair,
    served,
    tablet,
    watch,
)
from tour.corner.catalogue.models import Item
from tour.db import now
from tour.field.models import Change, ChangeOutcome, Tablet
from tour.needs.models import Need
from tour.people.models import Pair
from tour.visits.models import Visit, VisitState

pytestmark = pytest.mark.e2e
__all__ = ["pair", "served", "tablet", "watch"]


def test_what_is_noted_offline_leaves_by_itself_once_the_network_is_back(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    state = note(tablet, "Écran noir à l’accueil")
    expect(state).to_have_text("en attente")
    expect(tablet.locator("#status")).to_contain_text("Hors ligne · 1 en attente")
    tablet.context.set_offline(False)
    expect(state).to_have_text("reçu")  # nothing is touched, nothing reloaded
    expect(tablet.locator("#status")).to_contain_text("En ligne")
    for _again in range(2):
        tablet.reload()
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1
    assert served.do(lambda: Change.filter(tablet__pair_id=pair.id).count()) == 1


def test_pages_of_the_worker_carry_the_server_s_policy(
    tablet: Page, served: Running, watch: Watch
) -> None:
    policy = "content-security-policy"
    given = tablet.request.get(f"{served.url}/sign-in").headers[policy]
    cut(tablet.context, watch)
    for path in ("/field/", "/field/needs/none"):
        answer = tablet.goto(f"{served.url}{path}")
        assert answer
        assert answer.from_service_worker
        assert answer.headers[policy] == given, path
    run = "document.head.append(Object.assign(document.createElement('script'), {textContent: 'ran = 1'}))"
    with tablet.expect_console_message(lambda message: "Content Security Policy" in message.text):
        tablet.evaluate(run)
    assert tablet.evaluate("globalThis.ran") is None
    watch.problems.clear()  # said on the console, as it should be


def test_arriving_and_leaving_offline(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    tablet.get_by_role("button", name="Nous sommes arrivés").click()
    expect(tablet.locator("#stage .state")).to_have_text("en cours")
    tablet.get_by_role("button", name="Nous repartons").click()
    expect(tablet.locator("#stage .state")).to_have_text("faite")
    tablet.get_by_label("Agents rencontrés").fill("7")
    tablet.get_by_role("button", name="Enregistrer").click()
    expect(tablet.get_by_label("Agents rencontrés")).to_have_value("7")
    tablet.context.set_offline(False)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    visit = served.do(lambda: Visit.get(site__name=SITE, pair_id=pair.id))
    assert (visit.state, visit.met) == (VisitState.DONE, 7)
    assert visit.arrived_at
    assert visit.left_at


def test_a_form_left_half_filled_is_offered_again(tablet: Page, watch: Watch) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("Chercher dans le catalogue").press_sequentially("clavi")
    tablet.get_by_text("Clavier défectueux").click()
    expect(
        tablet.get_by_label("incident", exact=True)
    ).to_be_checked()  # the article says what kind of need it is
    tablet.get_by_label("En quelques mots").fill("Touches mortes")
    sent_to = tablet.evaluate("document.querySelector('form.need').action")
    tablet.get_by_role("navigation").get_by_role("link", name="Ma journée").click()
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    expect(tablet.get_by_text("Brouillon gardé")).to_contain_text(SITE)
    assert tablet.evaluate("document.querySelector('form.need').action") != sent_to
    tablet.get_by_role("button", name="Reprendre").click()
    expect(tablet.get_by_label("En quelques mots")).to_have_value("Touches mortes")
    # The same need under the same id: were it kept meanwhile, it would not be there twice.
    assert tablet.evaluate("document.querySelector('form.need').action") == sent_to
    expect(tablet.get_by_label("Clavier défectueux")).to_be_checked()
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.locator("#needs")).to_contain_text("Clavier défectueux")
    tablet.get_by_role("link", name="Noter un besoin").click()
    expect(tablet.get_by_text("Brouillon gardé")).to_have_count(0)

    # The same again: the site's open needs are on the page, this one too, although it was never sent.
    expect(tablet.get_by_text("Déjà ouvert sur ce site : 1")).to_be_visible()
    tablet.get_by_label("Chercher dans le catalogue").press_sequentially("clavi")
    tablet.locator("#choices").get_by_text("Clavier défectueux").click()
    expect(tablet.get_by_text("Cet article est déjà demandé pour ce site")).to_be_visible()
    tablet.get_by_label("Sans article du catalogue").check()
    expect(tablet.get_by_text("Cet article est déjà demandé pour ce site")).to_be_hidden()


def test_an_empty_need_is_refused_on_the_spot(tablet: Page, watch: Watch) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.get_by_text("Choisissez un article ou écrivez quelques mots.")).to_be_visible()
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    expected(watch, "422")


def test_a_refused_need_stays_until_it_is_mended(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("Chercher dans le catalogue").press_sequentially("ecran")
    tablet.get_by_text("Écran fendu").click()
    tablet.get_by_label("En quelques mots").fill("Touches mortes")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    served.do(lambda: Item.filter(name="Écran fendu").delete())
    tablet.context.set_offline(False)
    expect(tablet.locator("#status")).to_contain_text("1 à corriger")
    expect(tablet.locator("li", has_text="Touches mortes").locator(".state")).to_have_text(
        "à corriger"
    )
    tablet.locator("#status").click()
    expect(tablet.get_by_text("Cet article n’est plus au catalogue.")).to_be_visible()
    with tablet.expect_download() as saved:
        tablet.get_by_role("button", name="Enregistrer une copie").click()
    assert "Touches mortes" in Path(saved.value.path()).read_text()

    tablet.get_by_role("link", name="Corriger", exact=True).click()
    expect(tablet.get_by_label("En quelques mots")).to_have_value("Touches mortes")
    tablet.get_by_label("Sans article du catalogue").check()
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.locator("li", has_text="Touches mortes").locator(".state")).to_have_text("reçu")
    expect(tablet.locator("#status")).not_to_contain_text("à corriger")
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1
    assert (
        served.do(
            lambda: Change.filter(tablet__pair_id=pair.id, outcome=ChangeOutcome.REFUSED).count(),
        )
        == 1
    )


def test_a_revoked_tablet_keeps_its_work_until_it_is_enrolled_again(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").fill("Notée par une tablette révoquée")
    served.do(lambda: Tablet.filter(pair_id=pair.id).update(revoked_at=now()))
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.locator("#status")).to_contain_text("Tablette non reconnue")
    tablet.goto(f"{served.url}/field/outbox")
    expect(tablet.locator("#entries li")).to_contain_text("Notée par une tablette révoquée")
    expected(watch, "401")
    expected(watch, "404")  # the visit's page, when it opened after the visit had left
    enrol(tablet, served, pair)
    expect(tablet.locator("#status")).to_contain_text("En ligne")
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1


def test_a_full_tablet_says_so_and_keeps_what_was_written(tablet: Page, watch: Watch) -> None:
    open_visit(tablet)
    cut(tablet.context, watch)
    worker = tablet.context.service_workers[0]
    worker.evaluate(
        """() => {
          self.reallyPut = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
        }"""
    )
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").fill("Il reste une ligne à écrire")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.get_by_role("alert")).to_contain_text("Il n’y a plus de place sur la tablette")
    expect(tablet.get_by_label("En quelques mots")).to_have_value("Il reste une ligne à écrire")
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    worker.evaluate("() => { IDBObjectStore.prototype.put = self.reallyPut; }")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.locator("#status")).to_contain_text("1 en attente")
    expected(watch, "422")
    # An exchange that was under way says on the console that it found no room.
    watch.problems[:] = [problem for problem in watch.problems if "QuotaExceeded" not in problem]


# A page that its browser put aside in the middle of a transaction: the store answers nobody until it is gone.
HOLD_THE_STORE = """() => new Promise((go) => {
  const asked = indexedDB.open("tour-field");
  asked.onsuccess = () => {
    const store = asked.result.transaction(["meta", "changes"], "readwrite").objectStore("meta");
    const again = () => { store.get("node").onsuccess = () => (go(0), again()); };
    again();
  };
})"""


def test_a_store_that_does_not_answer_is_said_and_nothing_is_lost(
    tablet: Page, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").fill("Une ligne à garder")
    other = tablet.context.new_page()
    other.goto(f"{tablet.url.partition('/field/')[0]}/field/")
    other.evaluate(HOLD_THE_STORE)
    busy = tablet.get_by_role("heading", name="La tablette est occupée")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(busy).to_be_visible()
    tablet.get_by_role("link", name="Réessayer").click()
    expect(busy).to_be_visible()
    other.close()
    expect(busy).to_be_hidden()  # the page comes by itself
    tablet.get_by_role("link", name="Ma journée").click()
    open_visit(tablet)
    kept = tablet.locator("li", has_text="Une ligne à garder")
    expect(kept).to_have_count(1)
    # It is noted: its draft is not offered again, the next need is another one.
    tablet.get_by_role("link", name="Noter un besoin").click()
    expect(tablet.get_by_label("En quelques mots")).to_have_value("")
    expect(tablet.locator(".draft")).to_have_count(0)
    tablet.get_by_label("En quelques mots").fill("Autre chose")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(kept).to_have_count(1)
    expect(tablet.locator("#needs li", has_text="Autre chose")).to_have_count(1)
    watch.problems.clear()  # the worker says what was late


def test_a_page_that_is_not_on_the_tablet_says_so(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    tablet.goto(f"{served.url}/field/visits/0190163d-8694-739b-aea5-966c26f8ad91")
    expect(
        tablet.get_by_role("heading", name="Cette page n’est pas sur la tablette")
    ).to_be_visible()
    tablet.get_by_role("main").get_by_role("link", name="Ma journée", exact=True).click()
    expect(tablet.get_by_role("link", name=SITE)).to_be_visible()
    expected(watch, "404")


def test_a_browser_with_no_worker_does_the_same_online(
    browser: Browser, served: Running, pair: Pair, watch: Watch
) -> None:
    page = new_page(browser, watch, service_workers="block", java_script_enabled=False)
    enrol(page, served, pair)
    page.goto(f"{served.url}/field/")
    open_visit(page)
    page.get_by_role("button", name="Nous sommes arrivés").click()
    expect(page.locator("#stage .state")).to_have_text("en cours")
    expect(note(page, "Écran noir")).to_have_text("reçu")
    page.get_by_role("link", name="Noter un besoin").click()
    page.get_by_role("button", name="Noter ce besoin").click()
    expect(page.get_by_text("Choisissez un article ou écrivez quelques mots.")).to_be_visible()
    page.context.close()
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1
