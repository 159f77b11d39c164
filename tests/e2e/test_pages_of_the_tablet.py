"""The report, an article's questions, the week and the catalogue on the tablet, with no network; and the desk's editing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running, Watch, running_tour
from tests.e2e.tablet import SITE, a_pair_with_visits, cut, enrol, expected, new_page, open_visit
from tests.factories import make_agent, make_item
from tour.corner.catalogue.edit import save_item
from tour.corner.catalogue.models import Item
from tour.db import now, uuid7
from tour.field.merge import make_stamp
from tour.field.models import Change
from tour.field.sync import take
from tour.field.tablets import enrol_at_once
from tour.field.team import WITH_TEAM
from tour.needs.models import Need
from tour.people.models import Pair, Role
from tour.visits.models import Visit, VisitReport

pytestmark = pytest.mark.e2e
QUESTIONS = [
    {"id": "liaison", "label": "Liaison", "type": "choice", "choices": ["Filaire", "Sans fil"], "required": True},
    {"id": "combien", "label": "Combien de postes ?", "type": "number", "choices": [], "required": False, "max": 9},
    {"id": "pannes", "label": "Pannes vues", "type": "several", "choices": ["Bruit", "Odeur", "Choc"], "required": False},
    {"id": "depuis", "label": "Depuis quand ?", "type": "date", "choices": [], "required": False},
    {"id": "seul", "label": "Seul poste du site ?", "type": "yes_no", "choices": [], "required": False},
]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_tour(tmp_path_factory.mktemp("tour")) as running:
        running.begin(a_catalogue)
        yield running


async def a_catalogue() -> None:
    await save_item(await make_item(name="Souris défectueuse"), {"questions": QUESTIONS})
    await make_item(name="Écran fendu", synonyms="moniteur")


@pytest.fixture
def pair(served: Running) -> Pair:
    return served.do(a_pair_with_visits)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def tablet(browser: Browser, served: Running, pair: Pair, watch: Watch) -> Iterator[Page]:
    page = new_page(browser, watch)
    enrol(page, served, pair)
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    page.goto(f"{served.url}/field/")
    yield page
    page.context.close()
    assert watch.problems == []


def sent(tablet: Page) -> None:
    tablet.context.set_offline(False)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")


def choose(tablet: Page, typed: str, name: str) -> None:
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("Chercher dans le catalogue").press_sequentially(typed)
    tablet.get_by_text(name).click()


def test_a_report_with_no_network(tablet: Page, served: Running, pair: Pair, watch: Watch) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    tablet.get_by_label("Agents rencontrés").fill("7")
    tablet.get_by_label("Encadrants").fill("2")
    tablet.get_by_label("Durée (minutes)").fill("1000")
    tablet.get_by_label("usages de l’IA").check()
    tablet.get_by_label("messagerie").check()
    tablet.get_by_label("réalité virtuelle").check()
    tablet.get_by_label("autonome", exact=True).check()
    tablet.get_by_role("group", name="Orientation vers un autre service").get_by_role(
        "radio", name="oui"
    ).check()
    tablet.get_by_label("Si oui, vers qui ?").fill("Conseiller numérique")
    tablet.get_by_role("button", name="Enregistrer").click()
    expect(tablet.get_by_text("Un nombre de 0 à 900.")).to_be_visible()
    expected(watch, "422")
    expect(tablet.get_by_label("usages de l’IA")).to_be_checked()  # nothing typed is lost
    tablet.get_by_label("Durée (minutes)").fill("50")
    tablet.get_by_role("button", name="Enregistrer").click()
    expect(tablet.get_by_text("C’est noté sur la tablette")).to_be_visible()
    expect(tablet.get_by_label("messagerie")).to_be_checked()
    sent(tablet)
    visit = served.do(lambda: Visit.get(site__name=SITE, pair_id=pair.id))
    report = served.do(lambda: VisitReport.get(visit_id=visit.id))
    assert (visit.met, report.met_managers, report.duration_min) == (7, 2, 50)
    assert (report.themes, report.demonstrations) == (["t_email", "t_ai"], ["d_vr"])
    assert (report.autonomy, report.referral) == ("autonomous", "yes")
    assert report.referral_to == "Conseiller numérique"
    tablet.get_by_label("usages de l’IA").uncheck()
    tablet.get_by_label("messagerie").uncheck()
    tablet.get_by_role("button", name="Enregistrer").click()
    sent(tablet)
    assert served.do(lambda: VisitReport.get(visit_id=visit.id)).themes == []


def test_an_article_asks_its_questions_with_no_network(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    choose(tablet, "souri defectueuze", "Souris défectueuse")
    tablet.get_by_label("Combien de postes ?").fill("12")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.get_by_text("Ce renseignement manque.")).to_be_visible()
    expect(tablet.get_by_text("Un nombre de -999999999 à 9.")).to_be_visible()
    expected(watch, "422")
    tablet.get_by_label("Combien de postes ?").fill("3")
    tablet.get_by_label("Sans fil").check()
    tablet.get_by_label("Bruit").check()
    tablet.get_by_label("Choc").check()
    tablet.get_by_label("Depuis quand ?").fill("2026-11-02")

    # Left half filled: the draft gives it back with its questions and their answers.
    tablet.get_by_role("navigation", name="Menu principal").get_by_role(
        "link", name="Ma journée"
    ).click()
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_role("button", name="Reprendre").click()
    expect(tablet.get_by_label("Combien de postes ?")).to_have_value("3")
    expect(tablet.get_by_label("Choc")).to_be_checked()
    expect(tablet.get_by_label("Odeur")).not_to_be_checked()
    tablet.get_by_role("button", name="Noter ce besoin").click()
    row = tablet.locator("#needs li", has_text="Souris défectueuse")
    for words in ("Sans fil", "Bruit, Choc", "2 novembre 2026"):
        expect(row).to_contain_text(words)

    # What it was asked stays, whatever the desk asks from now on.
    item = served.do(lambda: Item.get(name="Souris défectueuse"))
    served.do(lambda: save_item(item, {"questions": QUESTIONS[:1]}))
    sent(tablet)
    need = served.do(lambda: Need.get(visit__pair_id=pair.id))
    assert need.item_version == item.version - 1
    assert need.answers == {
        "liaison": "Sans fil",
        "combien": 3,
        "pannes": ["Bruit", "Choc"],
        "depuis": "2026-11-02",
    }
    expect(row).to_contain_text("Bruit, Choc")
    served.do(lambda: save_item(item, {"questions": QUESTIONS}))


def test_what_is_open_already_is_said_while_typing(tablet: Page, watch: Watch) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").fill("L’écran de l’accueil est noir")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").press_sequentially("ecrans noirs accueil")
    expect(tablet.get_by_text("Un besoin ouvert sur ce site y ressemble")).to_be_visible()
    tablet.get_by_label("En quelques mots").fill("Badge perdu")
    expect(tablet.get_by_text("Un besoin ouvert sur ce site y ressemble")).to_be_hidden()


def test_the_week_and_the_catalogue_with_no_network(tablet: Page, watch: Watch) -> None:
    cut(tablet.context, watch)
    tablet.get_by_role("link", name="La semaine").click()
    expect(tablet.get_by_role("heading", name="La semaine")).to_be_visible()
    expect(tablet.get_by_role("link", name=SITE)).to_be_visible()
    tablet.get_by_role("link", name="Semaine d’après").click()
    tablet.get_by_role("link", name="Semaine d’avant").click()
    expect(tablet.get_by_role("link", name=SITE)).to_be_visible()
    tablet.get_by_role("link", name="Catalogue").click()
    tablet.get_by_label("Chercher un article").press_sequentially("moniteurs")
    expect(tablet.locator("#articles li")).to_have_count(1)
    expect(tablet.locator("#articles")).to_contain_text("Écran fendu")
    tablet.get_by_label("lab").check()
    expect(tablet.get_by_text("Aucun article ne convient")).to_be_visible()


def test_a_value_that_lost_comes_back_in_one_tap(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    tablet.get_by_label("Notes").fill("le nôtre")
    tablet.get_by_role("button", name="Enregistrer").click()
    expect(tablet.locator("#status")).to_contain_text("1 en attente")
    visit = served.do(lambda: Visit.get(site__name=SITE, pair_id=pair.id))

    async def meanwhile() -> None:
        """The other tablet of the pair writes too, later by the clock, and is there first."""
        other, _secret = await enrol_at_once(pair, "L’autre")
        other = await type(other).get(id=other.id).prefetch_related(*WITH_TEAM)
        stamp = make_stamp(now() + timedelta(seconds=30), "other")
        change = {"id": str(uuid7()), "kind": "visit", "doc": str(visit.id), "patch": {"report": "le leur"}, "stamp": stamp}  # fmt: skip
        await take([change], other)

    served.do(meanwhile)
    sent(tablet)
    tablet.reload()
    expect(tablet.get_by_label("Notes")).to_have_value("le leur")
    expect(tablet.locator(".lost")).to_contain_text("notes : modifié aussi par")
    expect(tablet.locator(".lost")).to_contain_text("le nôtre")
    tablet.get_by_role("button", name="Reprendre cette valeur").click()
    expect(tablet.get_by_label("Notes")).to_have_value("le nôtre")
    expect(tablet.locator(".lost")).to_have_count(0)
    sent(tablet)
    assert served.do(lambda: Visit.get(id=visit.id)).report == "le nôtre"
    assert served.do(lambda: Change.filter(doc=visit.id).count()) == 3


def test_the_desk_adds_a_question_and_the_tablet_asks_it(
    tablet: Page, browser: Browser, served: Running, watch: Watch
) -> None:
    served.do(lambda: make_agent(Role.DESK))
    desk = new_page(browser, watch, java_script_enabled=False)  # no script is needed to edit
    desk.goto(f"{served.url}/demo/desk")
    desk.goto(f"{served.url}/catalogue/new")
    desk.get_by_label("Nom", exact=True).fill("Casque audio")
    desk.get_by_label("Référence").fill("casque-audio")
    desk.get_by_role("button", name="Ajouter une question").click()
    desk.get_by_label("Ce qui est demandé").fill("Pour quel métier ?")
    desk.get_by_label("Réponse obligatoire").check()
    desk.get_by_role("button", name="Enregistrer").last.click()
    expect(desk.get_by_text("Enregistré.")).to_be_visible()
    desk.context.close()
    tablet.goto(f"{served.url}/field/prepare")
    tablet.get_by_role("button", name="Préparer ma journée").click()
    expect(tablet.get_by_text("C’est fait.")).to_be_visible()
    cut(tablet.context, watch)
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    choose(tablet, "casque", "Casque audio")
    expect(tablet.get_by_label("Pour quel métier ?")).to_be_visible()
