"""Pages that cannot know what waits on the tablet say so; what was shown leaves a tablet that is a stranger now, what was noted stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running, Watch, running_tour
from tests.e2e.holders import ANNE, MARC, a_pair_of_two, a_tablet, choose_pin, lock, row
from tests.e2e.tablet import SITE, a_catalogue, enrol, note
from tour.db import now
from tour.field.models import Tablet
from tour.needs.models import Need
from tour.people.models import Pair

pytestmark = pytest.mark.e2e

UNKNOWN = "ce qui attend sur cette tablette n’est pas montré ici"
STORE = """(work) => new Promise((give, fail) => {
  const asked = indexedDB.open("tour-field");
  asked.onerror = () => fail(asked.error);
  asked.onsuccess = () => {
    const db = asked.result;
    const tx = db.transaction(["docs", "changes", "receipts", "meta"], "readwrite");
    const counts = {};
    for (const name of ["docs", "changes"]) tx.objectStore(name).count().onsuccess = ({target}) => (counts[name] = target.result);
    tx.objectStore("receipts").getAll().onsuccess = ({target}) => (counts.told = target.result.filter((one) => one.patch).length);
    if (work === "spoil") tx.objectStore("docs").put({kind: "visit", id: "v", version: 1, data: {day: "2026-11-24", start: 5}});
    if (work === "spoil") tx.objectStore("changes").put({id: "c", kind: "visit", doc: "v", patch: {met: 1}, stamp: "1", by: "", state: "aside", made_at: ""});
    tx.oncomplete = () => { db.close(); give(counts); };
  };
})"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_tour(tmp_path_factory.mktemp("tour")) as running:
        running.begin(a_catalogue)
        yield running


@pytest.fixture
def pair(served: Running) -> Pair:
    return served.do(a_pair_of_two)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def tablet(browser: Browser, served: Running, pair: Pair, watch: Watch) -> Iterator[Page]:
    page = a_tablet(browser, served, pair, watch)
    yield page
    page.context.close()


def says_that_it_does_not_know(page: Page, served: Running) -> None:
    page.goto(f"{served.url}/field/")
    expect(page.locator("#from-server")).to_contain_text(UNKNOWN)
    expect(page.locator("#status")).to_contain_text("attente inconnue")
    page.get_by_role("link", name=SITE).click()
    expect(page.get_by_role("heading", name=SITE)).to_be_visible()
    expect(page.get_by_text("Rien n’est arrivé au serveur pour cette visite.")).to_be_visible()
    expect(page.get_by_text("Rien n’est noté")).to_have_count(0)
    page.goto(f"{served.url}/field/outbox")
    expect(page.locator("#entries")).to_contain_text(UNKNOWN)
    expect(page.get_by_text("Tout est envoyé")).to_have_count(0)


def test_a_forced_reload(tablet: Page, served: Running) -> None:
    expect(tablet.locator("#from-server")).to_have_count(0)
    session = tablet.context.new_cdp_session(tablet)
    session.send("Network.enable")
    session.send("Network.setBypassServiceWorker", {"bypass": True})
    says_that_it_does_not_know(tablet, served)
    session.send("Network.setBypassServiceWorker", {"bypass": False})
    tablet.get_by_role("main").get_by_role("link", name="Recharger").click()
    expect(tablet.get_by_text("Tout est envoyé")).to_be_visible()
    expect(tablet.locator("#status")).not_to_contain_text("inconnue")


def test_a_worker_that_throws(tablet: Page, served: Running) -> None:
    tablet.evaluate(STORE, "spoil")
    tablet.goto(f"{served.url}/field/")
    expect(tablet.locator("#from-server")).to_contain_text(UNKNOWN)


def test_a_stranger_keeps_what_was_noted_and_nothing_else(
    tablet: Page, served: Running, pair: Pair
) -> None:
    tablet.get_by_role("link", name=SITE).click()
    visit = tablet.url
    note(tablet, "Envoyé avant")
    expect(tablet.locator("#needs .state")).to_have_text("reçu")
    tablet.get_by_label("Notes").fill("Un brouillon")
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").fill("Noté avant de le savoir")
    served.do(lambda: Tablet.filter(pair_id=pair.id).update(revoked_at=now()))
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.locator("#status")).to_contain_text("Tablette non reconnue")
    tablet.goto(f"{served.url}/field/")
    expect(tablet.locator(".notice.bad", has_text="reconnaît plus")).to_contain_text("visites et besoins reçus en ont été retirés")  # fmt: skip
    expect(tablet.get_by_role("link", name=SITE)).to_have_count(0)
    assert tablet.evaluate(STORE, "look") == {"docs": 0, "changes": 1, "told": 0}
    tablet.goto(f"{served.url}/field/outbox")
    expect(tablet.locator("#entries")).to_contain_text("Noté avant de le savoir")
    # Enrolled again, all comes back and what waited leaves.
    enrol(tablet, served, pair)
    expect(tablet.get_by_text("Prêt à partir.")).to_be_visible()
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 2
    tablet.goto(visit)
    expect(tablet.get_by_text("Brouillon gardé")).to_be_visible()
    expect(tablet.locator("#needs .as-typed")).to_have_count(2)


def test_needs_of_a_colleague_with_a_pin_are_said_to_be_there(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    choose_pin(tablet, ANNE, "2846")
    watch.offline = True
    tablet.context.set_offline(True)
    for n, words in enumerate(
        ["1 besoin d’une autre personne attend ici", "2 besoins d’une autre personne attendent ici"]
    ):
        if n:
            tablet.goto(f"{served.url}/field/people")
            row(tablet, ANNE).get_by_role("link", name="C’est moi").click()
            tablet.get_by_label("Votre code").fill("2846")
            tablet.get_by_role("button", name="Déverrouiller").click()
        tablet.goto(f"{served.url}/field/")
        tablet.get_by_role("link", name=SITE).click()
        tablet.get_by_role("link", name="Noter un besoin").click()
        tablet.get_by_label("En quelques mots").fill(f"Un secret {n}")
        tablet.get_by_role("button", name="Noter ce besoin").click()
        expect(tablet.locator("#needs .as-typed", has_text=f"Un secret {n}")).to_be_visible()
        lock(tablet)
        row(tablet, MARC).get_by_role("button", name="C’est moi").click()
        tablet.goto(f"{served.url}/field/")
        tablet.get_by_role("link", name=SITE).click()
        expect(tablet.locator("#needs")).to_contain_text(words)
        expect(tablet.locator("#needs")).not_to_contain_text("Rien n’est noté")
        expect(tablet.get_by_text("Un secret")).to_have_count(0)
        # Not at a visit that is not theirs.
        tablet.goto(f"{served.url}/field/")
        tablet.locator("a[href^='/field/visits/']").nth(1).click()
        expect(tablet.locator("#needs")).to_contain_text("Rien n’est noté")
        expect(tablet.locator("#needs")).not_to_contain_text("autre personne")
