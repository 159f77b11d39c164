"""The whole road, as people walk it: from a file of sites to a need delivered, the network cut on the way."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import PATIENCE, Running, Watch
from tests.factories import make_agent, make_item, make_pair
from tour.corner.catalogue.models import NeedKind, Space
from tour.db import local_now
from tour.people.models import Role

pytestmark = pytest.mark.e2e

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
SITES = 24  # more days than one piece of the solver holds: it searches until it is stopped
HOSTILE = "${window.X=1}<img src=x onerror=alert(1)>"
COMMUNES = (
    ("Nice", 43.70, 7.25),
    ("Vence", 43.72, 7.11),
    ("Levens", 43.86, 7.22),
    ("Contes", 43.81, 7.31),
)


def sites_file(folder: Path) -> Path:
    """Good sites, one of them with a hostile name, and one bad line."""
    lines = ["code;libellé;type;localite;lat;lon;effectif;responsable;responsable_mail"]
    for number in range(SITES):
        commune, lat, lon = COMMUNES[number % 4]
        name = f'"{HOSTILE}"' if number == 0 else f"Collège {number} de {commune}"
        lines.append(
            f"C{number:02d};{name};college;{commune};{lat + number / 500:.4f};{lon - number / 700:.4f};"
            f"20;Responsable {number};r{number}@departement.example"
        )
    lines.append("C99;Sans position valable;college;Nice;91;200;8;;")
    path = folder / "sites.csv"
    path.write_bytes("\n".join(lines).encode("cp1252"))
    return path


async def people_and_catalogue() -> None:
    await make_agent(Role.PLANNER, name="Léa Planif")
    hr, dsn = (
        await make_agent(Role.TOURER, name="Anne RH"),
        await make_agent(Role.TOURER, name="Sami DSN"),
    )
    await make_pair(ref="P1", name="Binôme Est", hr=hr, dsn=dsn)
    await make_item(name="Clavier défectueux", kind=NeedKind.INCIDENT, keywords="touches")
    await make_item(name="Atelier tableur", kind=NeedKind.CLASS, space=Space.CLASS)


@pytest.fixture
def started(running: Running) -> Running:
    running.begin(people_and_catalogue)
    return running


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def planner(browser: Browser, started: Running, watch: Watch) -> Page:
    return context_of(browser, watch, 1440, 900).new_page()


@pytest.fixture
def tablet(browser: Browser, started: Running, watch: Watch) -> Page:
    return context_of(browser, watch, 820, 1180).new_page()


@pytest.fixture
def manager(browser: Browser, started: Running, watch: Watch) -> Page:
    return context_of(browser, watch, 390, 844).new_page()


def context_of(browser: Browser, watch: Watch, width: int, height: int) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    watch.follow(context)
    return context


def test_the_whole_road(
    started: Running, planner: Page, manager: Page, tablet: Page, watch: Watch, tmp_path: Path
) -> None:
    import_sites(planner, started, tmp_path)
    plan_and_accept(planner, started)
    site_name = invite_and_confirm(planner, manager, started)
    visit_page = enrol_and_prepare(planner, tablet, started, site_name)
    note_a_need_offline(tablet, watch, visit_page)
    treat_at_the_desk(planner, tablet, started, visit_page)
    assert watch.problems == []
    assert planner.evaluate("window.X") is None


def import_sites(planner: Page, started: Running, tmp_path: Path) -> None:
    planner.goto(f"{started.url}/demo/planner")
    planner.get_by_role("link", name="Importer des sites").click()
    planner.get_by_label("Fichier CSV, Excel").set_input_files(sites_file(tmp_path))
    planner.get_by_role("button", name="Vérifier le fichier").click()
    expect(planner.get_by_text(f"{SITES} à créer")).to_be_visible()
    expect(planner.get_by_text("1 refusées")).to_be_visible()
    expect(planner.get_by_text(HOSTILE)).to_be_visible()
    snap(planner, "1-import")
    planner.get_by_role("button", name="Importer").click()
    expect(planner.get_by_text(f"{SITES} créés")).to_be_visible()


def plan_and_accept(planner: Page, started: Running) -> None:
    planner.goto(started.url)
    planner.get_by_role("link", name="Créer une campagne").click()
    planner.get_by_label("Nom de la campagne").fill("Tour d’essai")
    planner.get_by_label("Premier jour").fill((local_now().date() + timedelta(days=1)).isoformat())
    planner.get_by_label("Jours ouvrés").fill("8")
    planner.get_by_role("button", name="Créer la campagne").click()
    expect(planner.locator(".leaflet-marker-icon.sign")).to_have_count(SITES)
    expect(planner.locator("#sites li")).to_have_count(SITES)

    planner.get_by_label("Temps de calcul").select_option("60")
    planner.get_by_role("button", name="Calculer").click()
    planner.get_by_text("Un premier plan est là").wait_for()
    expect(planner.get_by_text(f"{SITES} / {SITES}")).to_be_visible()
    snap(planner, "2-calculating")
    planner.get_by_role("button", name="Arrêter et garder le meilleur").click()
    accept = planner.get_by_role("button", name="Accepter")
    expect(accept).to_be_visible()
    expect(planner.locator(".board .stop")).to_have_count(SITES)
    snap(planner, "3-plan")
    accept.click()
    expect(planner.get_by_text(f"{SITES} visites affichées")).to_be_visible()


def invite_and_confirm(planner: Page, manager: Page, started: Running) -> str:
    row = planner.locator("li", has_text="Collège").first
    site_name = row.get_by_role("link").inner_text()
    row.get_by_role("link").click()
    planner.get_by_role("button", name="Inviter").click()
    expect(planner.get_by_role("button", name="Inviter à nouveau")).to_be_visible()

    message = manager.get_by_role("link", name="Visite du smart tour")
    for _attempt in range(50):  # the mail leaves by the worker, in its own time
        manager.goto(f"{started.url}/dev/mail")
        if message.count():
            break
        manager.wait_for_timeout(100)
    message.click()
    link = manager.get_by_role("link", name=f"{started.url}/v/")
    link.click()
    expect(manager).to_have_url(re.compile(r"/v/visits/"))
    expect(manager.get_by_text(site_name)).to_be_visible()
    manager.get_by_label("Je confirme").check()
    manager.locator("#name").fill("Mme Roux")
    snap(manager, "4-manager")
    manager.get_by_role("button", name="Envoyer ma réponse").click()
    expect(manager.locator(".state.confirmed")).to_be_visible()

    planner.reload()
    expect(planner.locator(".head .state.confirmed")).to_be_visible()
    return site_name


def enrol_and_prepare(planner: Page, tablet: Page, started: Running, site_name: str) -> str:
    printed = started.tour("tablets", "enrol", "P1", "--name", "Tablette 1")
    link = next(word for word in printed.split() if word.startswith("http"))
    tablet.goto(link)
    tablet.get_by_role("button", name="Utiliser cette tablette").click()
    expect(tablet.get_by_role("heading", name="Préparer ma journée")).to_be_visible()
    tablet.get_by_role("main").get_by_role("button", name="Préparer ma journée").click()
    expect(tablet.get_by_text("Prêt à partir.")).to_be_visible()
    snap(tablet, "5-tablet-ready")
    return site_name


def note_a_need_offline(tablet: Page, watch: Watch, site_name: str) -> None:
    watch.offline = True
    tablet.context.set_offline(True)
    tablet.get_by_role("navigation").get_by_role("link", name="Ma journée").click()
    visits = tablet.locator("main a[href^='/field/visits/']")
    expect(visits).to_have_count(SITES)
    addresses = [visit.get_attribute("href") for visit in visits.all()]
    for address in addresses:  # none was ever opened on this tablet
        tablet.goto(f"{origin(tablet)}{address}")
        expect(tablet.get_by_role("link", name="Noter un besoin")).to_be_visible()
        tablet.get_by_role("link", name="Fiche du site").click()
        expect(tablet.get_by_role("heading", level=1)).to_be_visible()

    tablet.get_by_role("navigation").get_by_role("link", name="Ma journée").click()
    tablet.get_by_role("link", name=site_name).click()
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("Chercher dans le catalogue").press_sequentially("clavi")
    tablet.get_by_text("Clavier défectueux").click()
    tablet.get_by_label("En quelques mots").fill("Trois touches mortes à l’accueil")
    tablet.get_by_text("urgente", exact=True).click()
    tablet.get_by_role("button", name="Noter ce besoin").click()
    need = tablet.locator("li", has_text="Trois touches mortes")
    expect(need.locator(".state")).to_have_text("en attente")
    tablet.reload()
    expect(need.locator(".state")).to_have_text("en attente")
    expect(tablet.locator("#status")).to_contain_text("1 en attente")
    snap(tablet, "6-tablet-offline")

    tablet.context.set_offline(False)
    watch.offline = False
    tablet.reload()
    expect(need.locator(".state")).to_have_text("reçu")


def treat_at_the_desk(planner: Page, tablet: Page, started: Running, site_name: str) -> None:
    ticket = planner.locator(".ticket", has_text="Trois touches mortes")
    for _attempt in range(50):
        planner.goto(f"{started.url}/desk")
        if ticket.count():
            break
        planner.wait_for_timeout(100)
    expect(ticket).to_have_count(1)
    ticket.get_by_role("button", name="En cours").click()
    expect(ticket.locator(".state.in_progress")).to_be_visible()
    need = tablet.locator("li", has_text="Trois touches mortes")
    tablet.reload()
    expect(need.locator(".state")).to_have_text("en cours")
    ticket.get_by_role("button", name="Livré").click()
    expect(ticket.locator(".state.delivered")).to_be_visible()
    snap(planner, "7-desk")
    tablet.reload()
    expect(need.locator(".state")).to_have_text("livré")
    snap(tablet, "8-tablet-delivered")

    planner.goto(f"{started.url}/visits?state=confirmed")
    planner.get_by_role("link", name=site_name).click()
    expect(planner.locator(".state.delivered")).to_be_visible()


def snap(page: Page, name: str) -> None:
    """Keeps a picture of this step in docs/screens, when asked to (``make screens``)."""
    if os.environ.get("SCREENS"):
        page.screenshot(path=SCREENS / f"walk-{name}.png")


def origin(page: Page) -> str:
    return str(page.evaluate("location.origin"))
