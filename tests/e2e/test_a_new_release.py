"""Releases come and go under a tablet's work, and its store is one that any earlier release may have left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chaos.proxy import Network, bad_network
from tests.e2e.conftest import Running, Watch, running_tour
from tests.e2e.stores import CLOSE_THE_STORE, STORES, put_store
from tests.e2e.tablet import a_catalogue, a_pair_with_visits, cut, enrol, new_page, note, open_visit
from tour.field.models import Change
from tour.needs.models import Need
from tour.people.models import Pair
from tour.templating import DIST
from tour.visits.models import Visit

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_tour(tmp_path_factory.mktemp("tour")) as running:
        running.begin(a_catalogue)
        yield running


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def pair(served: Running) -> Pair:
    return served.do(a_pair_with_visits)


@pytest.fixture
def network(served: Running) -> Iterator[Network]:
    with bad_network(served.url) as network:
        yield network


@pytest.fixture
def tablet(
    browser: Browser, served: Running, network: Network, pair: Pair, watch: Watch
) -> Iterator[Page]:
    page = new_page(browser, watch)
    enrol(page, replace(served, url=network.url), pair)
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    page.goto(f"{network.url}/field/")
    yield page
    page.context.close()
    assert watch.problems == []


def release_again(network: Network, *, whole: bool = True) -> None:
    """From now on the server has another release; when not ``whole``, one of its files cannot be had."""
    text = (DIST / "sw.js").read_text()
    sheet = next(path.name for path in DIST.glob("field-*.css"))
    made = text.replace("shell-", "shell-next-") if whole else text.replace(sheet, "gone.css")
    assert made != text
    network.scripts["/field/sw.js"] = made


UPDATE = "navigator.serviceWorker.getRegistration('/field/').then((r) => r.update()).then(() => 0)"


def test_it_waits_for_the_agent_and_leaves_the_draft_alone(tablet: Page, network: Network) -> None:
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").fill("À moitié écrit")
    release_again(network)
    tablet.evaluate(UPDATE)
    expect(tablet.locator("#release")).to_be_visible()
    expect(tablet.get_by_label("En quelques mots")).to_have_value("À moitié écrit")
    tablet.get_by_role("button", name="Installer").click()
    expect(tablet.locator("#release")).to_be_hidden()
    tablet.get_by_role("button", name="Reprendre").click()
    expect(tablet.get_by_label("En quelques mots")).to_have_value("À moitié écrit")


def test_what_waits_is_sent_by_the_next_release(
    tablet: Page, served: Running, network: Network, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    note(tablet, "Noté sous l’ancienne version")
    release_again(network)
    tablet.context.set_offline(False)
    tablet.evaluate(UPDATE)
    tablet.locator("#release").get_by_role("button").click()
    expect(tablet.locator("#status")).to_contain_text("En ligne")
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1


def test_a_release_that_cannot_be_had_whole_changes_nothing(
    tablet: Page, network: Network, watch: Watch
) -> None:
    release_again(network, whole=False)
    tablet.evaluate(f"{UPDATE}.catch(() => 0)")
    tablet.evaluate(
        "new Promise((go) => navigator.serviceWorker.getRegistration('/field/').then((r) => { const look = () => r.installing ? setTimeout(look, 20) : go(0); look(); }))"
    )
    watch.problems[:] = [p for p in watch.problems if "404" not in p and "addAll" not in p]
    cut(tablet.context, watch)
    tablet.reload()
    expect(tablet.get_by_role("heading", name="Ma journée")).to_be_visible()
    assert tablet.evaluate("getComputedStyle(document.querySelector('.tabs')).position") == "fixed"
    expect(tablet.locator("#release")).to_be_hidden()


def test_a_store_closed_under_the_app_is_opened_again(
    tablet: Page, served: Running, pair: Pair
) -> None:
    open_visit(tablet)
    tablet.evaluate(CLOSE_THE_STORE)
    state = note(tablet, "Après le sommeil")
    expect(state).to_have_text("reçu")
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1


@pytest.mark.parametrize("version", sorted(STORES))
def test_work_left_by_an_earlier_release_is_sent(
    browser: Browser, served: Running, pair: Pair, watch: Watch, version: int
) -> None:
    """The store as that release left it, with one need waiting, one refused and one already confirmed."""
    page = new_page(browser, watch)
    visit = served.do(lambda: Visit.filter(pair_id=pair.id).first())
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))  # asked for on a picture
    page.goto(f"{served.url}/static/dist/{next(DIST.glob('icons-*.svg')).name}")
    put_store(page, version, visit=str(visit.id))
    enrol(page, served, pair)
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("1 à corriger")
    expect(page.locator("#status")).not_to_contain_text("en attente")
    page.goto(f"{served.url}/field/outbox")
    expect(page.get_by_text("Refusé par la version d’avant")).to_be_visible()
    sent = served.do(lambda: Change.filter(tablet__pair_id=pair.id).values_list("patch", flat=True))
    assert [patch["text"] for patch in sent] == ["Attend depuis la version d’avant"]
    page.context.close()
    assert watch.problems == []


def test_something_that_waits_while_the_server_answers_is_said(tablet: Page) -> None:
    """The queue's own watch: an entry older than a quarter of an hour although nothing failed."""
    other = tablet.context.new_page()  # a page that hangs while it holds the lock
    other.goto(f"{tablet.url}outbox")
    other.evaluate(
        "() => new Promise((go) => navigator.locks.request('tour-sync', () => (go(0), new Promise(() => {}))))"
    )
    tablet.evaluate(
        """() => new Promise((go) => {
          const asked = indexedDB.open("tour-field");
          asked.onsuccess = () => {
            const tx = asked.result.transaction("changes", "readwrite");
            const made_at = new Date(Date.now() - 20 * 60_000).toISOString();
            tx.objectStore("changes").put({id: "0190163d-8694-739b-aea5-966c26f8ad91", kind: "need", doc: "0190163d-8694-739b-aea5-966c26f8ad92",
              patch: {kind: "idea", text: "x", visit: "0190163d-8694-739b-aea5-966c26f8ad93"}, stamp: "1700000000000.0000.x", by: "", state: "waiting", made_at});
            tx.oncomplete = () => { asked.result.close(); go(0); };
          };
        })"""
    )
    tablet.reload()
    expect(tablet.locator("#status")).to_contain_text("1 en attente · bloqué : ouvrir")
