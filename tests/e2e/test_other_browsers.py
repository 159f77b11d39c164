"""A day with the tablet in the engines of an iPad and of Firefox: the network really gone, and nothing lost."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Running, running_tour
from tests.e2e.engines import Engine, Firefox, WebKit
from tests.e2e.field_pages import DOCUMENTS, addresses
from tests.e2e.tablet import SITE, a_catalogue, a_pair_with_visits
from tour.corner.catalogue.models import NeedKind
from tour.field.models import Change
from tour.field.tablets import enrol_link
from tour.needs.models import Need
from tour.people.models import Pair
from tour.visits.models import Visit, VisitState

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
pytestmark = pytest.mark.e2e
ASK = "make test-browsers walks in WebKit and Firefox"
TEXT = "Écran noir à l’accueil"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with running_tour(tmp_path / "var") as running:
        running.begin(a_catalogue)
        yield running


@pytest.fixture(params=[WebKit, Firefox], ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A browser with an empty profile."""
    why_not = request.param.missing() if os.environ.get("OTHER_BROWSERS") else ASK
    if why_not:
        pytest.skip(why_not)
    profile = tmp_path / "profile"
    profile.mkdir()
    started = request.param(profile)
    yield started
    started.close()


def test_the_walk_of_a_day(engine: Engine, served: Running) -> None:
    pair = served.do(a_pair_with_a_need)
    enrol_and_prepare(engine, served, pair)
    held = [(kind, data) for kind, data in engine.run(DOCUMENTS)]

    served.stop()  # the network is gone: nothing answers any more
    every_page_opens(engine, served, addresses(held))
    arrive(engine, served)
    note_a_need(engine)
    engine.reload()
    the_need_is(engine, "en attente")
    engine.until("document.querySelector('#status').innerText.includes('2 en attente')")
    snap(engine)
    assert "Hors ligne" in engine.run("return document.querySelector('#status').innerText")

    served.start()
    engine.click("#status")
    engine.click("main button", "Envoyer maintenant")
    engine.until("document.querySelector('#status').innerText.includes('En ligne')")
    engine.until("!document.querySelector('#status').innerText.includes('en attente')")
    engine.open(f"{served.url}/field/")
    engine.click("main a", SITE)
    the_need_is(engine, "reçu")
    for _again in range(2):
        engine.reload()
        the_need_is(engine, "reçu")

    assert served.do(lambda: Need.filter(text=TEXT).count()) == 1
    assert served.do(lambda: Change.filter(tablet__pair_id=pair.id).count()) == 2
    visit = served.do(lambda: Visit.get(site__name=SITE, pair_id=pair.id))
    assert visit.state == VisitState.UNDER_WAY
    assert engine.problems() == []


async def a_pair_with_a_need() -> Pair:
    """A need of another visit is already known: its pages open too."""
    pair = await a_pair_with_visits()
    visit = await Visit.filter(pair_id=pair.id).exclude(site__name=SITE).order_by("day").first()
    assert visit
    await Need.create(
        visit=visit, site_id=visit.site_id, kind=NeedKind.INCIDENT, text="Souris perdue"
    )
    return pair


def enrol_and_prepare(engine: Engine, served: Running, pair: Pair) -> None:
    link = served.do(lambda: enrol_link(pair, "Tablette"))
    engine.open(f"{served.url}/field/enrol/{link.rpartition('/')[2]}")
    engine.click("button", "Utiliser cette tablette")
    engine.sees("Prêt à partir.", patience=60)


def every_page_opens(engine: Engine, served: Running, paths: list[str]) -> None:
    """None of them was ever opened on this tablet."""
    for path in paths:
        engine.open(served.url + path)
        said = engine.text()
        assert "Cette page n’est pas sur la tablette" not in said, path
        assert said.partition("\n")[0].endswith(path), said
        page = engine.run(
            "return document.querySelector('main') && document.querySelector('h1')?.innerText"
        )
        whole = engine.run("return Boolean(document.querySelector('nav.tabs'))")
        assert page or not whole, path
        assert engine.problems() == [], path
        wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert engine.run(wide) <= 0 or not whole, f"{path} is wider than the screen"


def arrive(engine: Engine, served: Running) -> None:
    engine.open(f"{served.url}/field/")
    engine.click("main a", SITE)
    engine.click("main button", "Nous sommes arrivés")
    engine.until("document.querySelector('#stage .state')?.innerText === 'en cours'")


def note_a_need(engine: Engine) -> None:
    engine.click("main a", "Noter un besoin")
    engine.fill("#q", "clavi")
    engine.click("#choices label", "Clavier défectueux")
    engine.fill("#text", TEXT)
    engine.click("nav a", "Ma journée")  # leaves the form half filled
    engine.click("main a", SITE)
    engine.click("main a", "Noter un besoin")
    engine.click(".draft button", "Reprendre")
    engine.until("document.querySelector('#text').value === arguments[0]", TEXT)
    engine.until("document.querySelector('#choices input:checked')?.value")
    engine.click("main button", "Noter ce besoin")
    the_need_is(engine, "en attente")


def snap(engine: Engine) -> None:
    """Keeps a picture of the visit in docs/screens, when asked to (``SCREENS=1 make test-browsers``)."""
    if os.environ.get("SCREENS"):
        picture = SCREENS / f"tablet-{engine.name.lower()}.png"
        picture.write_bytes(base64.b64decode(engine.picture()))


def the_need_is(engine: Engine, state: str) -> None:
    engine.until(
        "[...document.querySelectorAll('#needs li')].filter((li) => li.innerText.includes(arguments[0]))"
        ".map((li) => li.querySelector('.state').innerText).join() === arguments[1]",
        *(TEXT, state),
    )
