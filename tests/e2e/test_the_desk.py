"""From a need on the tablet to « livré » back on the tablet, when the desk is a real Request Tracker; and what is to bring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE, Running, Watch
from tests.factories import make_agent, make_item, make_pair, make_site, make_visit
from tests.peers.rt import RequestTrackerServer, running_rt, why_not
from tour.corner.catalogue.models import NeedKind
from tour.db import local_now
from tour.people.models import Role

pytestmark = pytest.mark.e2e


async def one_visit_today() -> None:
    await make_agent(Role.PLANNER, Role.ADMIN, name="Léa Planif")
    pair = await make_pair(ref="P1", name="Binôme Est")
    site = await make_site(name="Collège Simone-Veil")
    await make_visit(pair=pair, site=site, day=local_now().date())
    await make_item(name="Clavier défectueux", kind=NeedKind.INCIDENT, delay_days=3)


@pytest.fixture
def started(running: Running) -> Running:
    running.begin(one_visit_today)
    return running


@pytest.fixture
def watch() -> Watch:
    return Watch()


def page_of(browser: Browser, watch: Watch, width: int, height: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    watch.follow(context)
    return context.new_page()


@pytest.fixture
def planner(browser: Browser, started: Running, watch: Watch) -> Page:
    page = page_of(browser, watch, 1440, 900)
    page.goto(f"{started.url}/demo/planner")
    return page


@pytest.fixture
def tablet(browser: Browser, started: Running, watch: Watch) -> Page:
    """A tablet with the visit open."""
    page = page_of(browser, watch, 820, 1180)
    printed = started.tour("tablets", "enrol", "P1", "--name", "Tablette 1")
    page.goto(next(word for word in printed.split() if word.startswith("http")))
    page.get_by_role("button", name="Utiliser cette tablette").click()
    page.get_by_role("main").get_by_role("button", name="Préparer ma journée").click()
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Ma journée").click()
    page.get_by_role("link", name="Collège Simone-Veil").click()
    return page


@pytest.fixture(scope="module")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTrackerServer]:
    with running_rt(tmp_path_factory.mktemp("rt")) as server:
        yield server


def note_a_need(tablet: Page) -> None:
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("Chercher dans le catalogue").press_sequentially("clavi")
    tablet.get_by_text("Clavier défectueux").click()
    tablet.get_by_label("En quelques mots").fill("Trois touches mortes à l’accueil")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.locator("#needs li .state")).to_have_text("reçu")


def until_shown(page: Page, address: str, text: str, *, seconds: int = 100) -> None:
    """Opens a page again and again until it says so: the worker has its own time."""
    for _ in range(seconds):
        page.goto(address)
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"{text!r} never came on {address}")


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_through_request_tracker(
    started: Running, planner: Page, tablet: Page, watch: Watch, rt: RequestTrackerServer
) -> None:
    planner.goto(f"{started.url}/desk/settings")
    planner.get_by_role("link", name="Request Tracker 5").click()
    planner.get_by_label("Nom", exact=True).fill("RT")
    planner.get_by_label("Adresse").fill(rt.url)
    planner.get_by_label("File par défaut").fill("Support")
    planner.get_by_label("Jeton d’authentification").fill(rt.token)
    planner.get_by_role("button", name="Enregistrer et tester").click()
    expect(planner.get_by_text("Ce compte peut y créer des tickets.")).to_be_visible()
    expect(planner.get_by_label("Jeton d’authentification")).to_have_value("")
    planner.goto(f"{started.url}/desk/settings")
    planner.get_by_label("RT Request Tracker 5").check()
    planner.get_by_role("button", name="Enregistrer").click()
    expect(planner.get_by_text("en service")).to_be_visible()

    note_a_need(tablet)
    until_shown(planner, f"{started.url}/desk", "RT 1")
    with rt.client() as client:
        [ticket] = rt.tickets(client)
        assert ticket["Subject"] == "Clavier défectueux – Collège Simone-Veil"
        said = {"Content": "Un clavier neuf part demain", "ContentType": "text/plain"}
        client.post(f"/ticket/{ticket['id']}/correspond", json=said)
        client.put(f"/ticket/{ticket['id']}", json={"Status": "resolved"})
    until_shown(planner, f"{started.url}/desk?state=delivered", "Trois touches mortes")

    tablet.reload()
    need = tablet.locator("#needs li", has_text="Trois touches mortes")
    expect(need.locator(".state")).to_have_text("livré")
    expect(need).to_contain_text("Un clavier neuf part demain")
    assert watch.problems == []


def test_what_is_to_bring_and_what_the_desk_answers_reach_the_tablet(
    started: Running, planner: Page, tablet: Page, watch: Watch, tmp_path: Path
) -> None:
    note_a_need(tablet)
    until_shown(planner, f"{started.url}/desk", "Trois touches mortes", seconds=30)
    planner.get_by_role("link", name="Clavier défectueux").click()
    planner.get_by_role("button", name="Je m’en charge").click()
    planner.get_by_role("button", name="À apporter").click()
    expect(planner.get_by_role("button", name="Ne plus apporter")).to_be_visible()
    planner.get_by_label("Écrire").fill("Clavier pris au magasin")
    planner.get_by_role("button", name="Ajouter").click()
    expect(planner.locator("#comments").get_by_text("Clavier pris au magasin")).to_be_visible()

    tablet.reload()
    expect(tablet.locator("#bring")).to_contain_text("Clavier défectueux")
    expect(tablet.locator("#needs")).to_contain_text("Clavier pris au magasin")

    planner.goto(f"{started.url}/desk")
    planner.get_by_text("Agir sur les tickets cochés").click()
    planner.get_by_label("Tout cocher").check()
    planner.get_by_role("combobox", name="Tickets cochés").select_option("delivered")
    planner.get_by_role("button", name="Appliquer").click()
    expect(planner.get_by_text("Rien à traiter ici")).to_be_visible()
    tablet.reload()
    expect(tablet.locator("#needs li .state")).to_have_text("livré")
    expect(tablet.locator("#bring li")).to_have_count(0)
    assert watch.problems == []
