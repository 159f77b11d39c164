"""Two people and a guest on one tablet: who writes, what is sealed, and how nothing sealed is ever lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running, Watch, running_tour
from tests.e2e.holders import ANNE, MARC, a_pair_of_two, a_tablet, choose_pin, fill_pin, lock, row
from tests.e2e.looks import faults
from tests.e2e.tablet import a_catalogue, cut, enrol, expected, note, open_visit
from tests.factories import make_agent
from tour.db import now
from tour.field.models import Change, Tablet
from tour.needs.models import Need
from tour.people.models import Pair, Role

pytestmark = pytest.mark.e2e
PIN, OTHER_PIN = "4071", "95130"

# All that the browser keeps for the app, as text: IndexedDB, and the pages' own storage.
STORED = """async () => {
  const db = await new Promise((go, no) => { const r = indexedDB.open("tour-field"); r.onsuccess = () => go(r.result); r.onerror = () => no(r.error); });
  const all = (name) => new Promise((go) => { const r = db.transaction(name).objectStore(name).getAll(); r.onsuccess = () => go(r.result); });
  const kept = {};
  for (const name of db.objectStoreNames) kept[name] = await all(name);
  db.close();
  return JSON.stringify({ kept, local: { ...localStorage }, session: { ...sessionStorage } });
}"""
# Whether a key of an open vault lies on the tablet, and whether its bytes can be read.
KEY = """async () => {
  const db = await new Promise((go) => { const r = indexedDB.open("tour-field"); r.onsuccess = () => go(r.result); });
  const open = await new Promise((go) => { const r = db.transaction("meta").objectStore("meta").get("unlocked"); r.onsuccess = () => go(r.result); });
  db.close();
  return open ? open.key.extractable : null;
}"""
# Nobody has touched the tablet for long.
LEFT_ALONE = """async () => {
  const db = await new Promise((go) => { const r = indexedDB.open("tour-field"); r.onsuccess = () => go(r.result); });
  const store = db.transaction("meta", "readwrite").objectStore("meta");
  const open = await new Promise((go) => { const r = store.get("unlocked"); r.onsuccess = () => go(r.result); });
  await new Promise((go) => { const r = store.put({...open, until: Date.now() - 1}, "unlocked"); r.onsuccess = go; });
  db.close();
}"""


@pytest.fixture(scope="module")
def recovery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Département's recovery key: the private half; the public one lies beside it."""
    path = tmp_path_factory.mktemp("recovery") / "private.pem"
    key = rsa.generate_private_key(65537, 2048)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.with_name("public.pem").write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, recovery: Path) -> Iterator[Running]:
    with running_tour(tmp_path_factory.mktemp("tour")) as running:
        running.environment["TOUR_RECOVERY_KEY"] = str(recovery.with_name("public.pem"))
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
    """The pair's tablet, prepared; nobody has a PIN yet."""
    page = a_tablet(browser, served, pair, watch)
    yield page
    page.context.close()
    expected(watch, "422")
    assert watch.problems == []


def try_pin(page: Page, pin: str) -> None:
    page.get_by_label("Votre code").fill(pin)
    page.get_by_role("button", name="Déverrouiller").click()


def unlock(page: Page, served: Running, name: str, pin: str) -> None:
    page.goto(f"{served.url}/field/")
    row(page, name).get_by_role("link", name="C’est moi").click()
    try_pin(page, pin)
    expect(page.get_by_role("heading", name="Ma journée")).to_be_visible()


def noted(page: Page, text: str) -> Any:
    return page.locator("#needs .as-typed", has_text=text)


def stored(page: Page) -> str:
    return str(page.evaluate(STORED))


def authors(served: Running, pair: Pair) -> list[tuple[str, str]]:
    """Each need's text with its author, as the server knows them."""

    async def read() -> list[tuple[str, str]]:
        needs = await Need.filter(visit__pair_id=pair.id).prefetch_related("recorded_by")
        return sorted(
            (need.text, need.recorded_by.name if need.recorded_by else "") for need in needs
        )

    return served.do(read)


def tablet_of(served: Running, pair: Pair) -> Tablet:
    return served.do(lambda: Tablet.get(pair_id=pair.id))


def test_two_people_write_offline_and_the_server_knows_who(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    choose_pin(tablet, ANNE, PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    expect(note(tablet, "Vu par Anne")).to_have_text("en attente")

    lock(tablet)
    choose_pin(tablet, MARC, OTHER_PIN)
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    expect(note(tablet, "Vu par Marc")).to_have_text("en attente")
    expect(noted(tablet, "Vu par Anne")).to_have_count(0)  # sealed, and not his
    tablet.goto(f"{served.url}/field/outbox")
    expect(tablet.locator("#status")).to_contain_text("2 en attente")
    expect(tablet.get_by_text("dont 1 saisie fermée")).to_be_visible()

    lock(tablet)
    unlock(tablet, served, ANNE, PIN)  # with no network
    open_visit(tablet)
    expect(noted(tablet, "Vu par Anne")).to_be_visible()
    expect(noted(tablet, "Vu par Marc")).to_have_count(0)
    tablet.context.set_offline(False)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert authors(served, pair) == [("Vu par Anne", ANNE), ("Vu par Marc", MARC)]
    assert tablet_of(served, pair).gap == 0


def test_nothing_of_a_need_is_in_clear_while_the_tablet_is_locked(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    open_visit(tablet)
    cut(tablet.context, watch)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").fill("Brouillon d’avant le code")
    tablet.goto(f"{served.url}/field/")
    assert "Brouillon d’avant" in stored(tablet)
    choose_pin(tablet, ANNE, PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    expect(tablet.get_by_text("Brouillon gardé")).to_be_visible()
    tablet.get_by_role("button", name="Reprendre").click()
    expect(tablet.get_by_label("En quelques mots")).to_have_value("Brouillon d’avant le code")
    tablet.get_by_label("En quelques mots").fill("Conflit avec le chef de service")
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.locator("#needs")).to_contain_text("Conflit avec le chef")
    tablet.get_by_label("Notes").fill("Compte rendu à finir")
    assert tablet.evaluate(KEY) is False  # there, and no script can read its bytes

    lock(tablet)
    kept = stored(tablet)
    for secret in ("Conflit avec", "Compte rendu à finir", "Brouillon d’avant", PIN):
        assert secret not in kept
    assert tablet.evaluate(KEY) is None
    assert len(json.loads(kept)["kept"]["changes"]) == 1
    for path in ("", "catalogue"):  # no page opens behind the lock
        tablet.goto(f"{served.url}/field/{path}")
        expect(tablet.get_by_role("heading", name="Qui tient la tablette ?")).to_be_visible()

    unlock(tablet, served, ANNE, PIN)
    open_visit(tablet)
    expect(noted(tablet, "Conflit avec le chef de service")).to_be_visible()
    expect(tablet.get_by_text("Brouillon gardé")).to_contain_text("compte rendu")


def test_wrong_pins_wait_longer_and_a_reload_changes_nothing(
    tablet: Page, served: Running, watch: Watch
) -> None:
    choose_pin(tablet, ANNE, PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    lock(tablet)
    cut(tablet.context, watch)
    row(tablet, ANNE).get_by_role("link", name="C’est moi").click()
    for _guess in range(2):
        try_pin(tablet, "0000")
        expect(tablet.get_by_text("Ce n’est pas le bon code.")).to_be_visible()
    try_pin(tablet, "0000")
    expect(tablet.get_by_text("Trop d’essais : attendez 15 secondes")).to_be_visible()
    address = tablet.url
    tablet.context.new_page().goto(address)  # another tab, and a worker that was stopped
    stop_workers(tablet)
    tablet.goto(f"{served.url}/field/")
    row(tablet, ANNE).get_by_role("link", name="C’est moi").click()
    expect(tablet.get_by_text("Trop d’essais")).to_be_visible()
    try_pin(tablet, PIN)  # even the right one
    expect(tablet.get_by_text("Trop d’essais")).to_be_visible()
    tablet.evaluate(
        """async () => {
          const db = await new Promise((go) => { const r = indexedDB.open("tour-field"); r.onsuccess = () => go(r.result); });
          const store = db.transaction("vaults", "readwrite").objectStore("vaults");
          const [vault] = await new Promise((go) => { const r = store.getAll(); r.onsuccess = () => go(r.result); });
          await new Promise((go) => { const r = store.put({...vault, until: Date.now() - 1}); r.onsuccess = go; });
          db.close();
        }"""
    )  # fifteen seconds later
    try_pin(tablet, PIN)
    expect(tablet.get_by_role("heading", name="Ma journée")).to_be_visible()


def stop_workers(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    session.detach()


def test_the_tablet_stays_open_when_its_worker_is_killed_and_locks_when_left_alone(
    tablet: Page, served: Running, watch: Watch
) -> None:
    choose_pin(tablet, ANNE, PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    cut(tablet.context, watch)
    stop_workers(tablet)
    tablet.goto(f"{served.url}/field/")
    expect(tablet.get_by_role("heading", name="Ma journée")).to_be_visible()
    open_visit(tablet)
    here = tablet.url
    tablet.evaluate(LEFT_ALONE)
    tablet.get_by_role("button", name="Nous sommes arrivés").click()  # a part of the page is asked
    expect(tablet.get_by_role("heading", name="Qui tient la tablette ?")).to_be_visible()
    row(tablet, ANNE).get_by_role("link", name="C’est moi").click()
    try_pin(tablet, PIN)
    expect(tablet).to_have_url(here)  # back where she was


def test_a_page_left_alone_closes_itself(tablet: Page, served: Running, watch: Watch) -> None:
    choose_pin(tablet, ANNE, PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    tablet.clock.install()
    tablet.goto(f"{served.url}/field/")
    expect(tablet.get_by_role("heading", name="Ma journée")).to_be_visible()
    tablet.clock.fast_forward("11:00")
    expect(tablet.get_by_role("heading", name="Qui tient la tablette ?")).to_be_visible()
    # For the page, a request that was under way took eleven minutes.
    watch.problems[:] = [p for p in watch.problems if "htmx:error: timeout" not in p]


def test_what_a_locked_colleague_noted_leaves_when_the_network_is_back(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    choose_pin(tablet, ANNE, PIN)
    cut(tablet.context, watch)
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    note(tablet, "Fermé et envoyé")
    lock(tablet)
    expect(tablet.get_by_text("1 saisie fermée attend le réseau")).to_be_visible()
    tablet.context.set_offline(False)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert authors(served, pair) == [("Fermé et envoyé", ANNE)]
    assert "Fermé et envoyé" not in json.dumps(json.loads(stored(tablet))["kept"]["receipts"])
    kept = tablet_of(served, pair)
    assert (kept.gap, kept.waiting, kept.account["made"]) == (0, 0, 1)


def test_a_forgotten_pin_loses_nothing_but_needs_the_planner(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    choose_pin(tablet, ANNE, PIN)
    cut(tablet.context, watch)
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    note(tablet, "Noté avec l’ancien code")
    lock(tablet)
    row(tablet, ANNE).get_by_role("link", name="C’est moi").click()
    expect(tablet.get_by_label("Choisissez un code")).to_have_count(0)  # nobody else can choose it
    tablet.get_by_text("Code oublié ?").click()
    expect(tablet.get_by_text("il vous laisse choisir un nouveau code")).to_be_visible()

    planner = tablet.context.browser.new_context(locale="fr-FR").new_page()  # type: ignore[union-attr]
    served.do(lambda: make_agent(Role.PLANNER, name="Planificatrice"))
    planner.goto(f"{served.url}/demo/planner")
    planner.goto(f"{served.url}/tablets")
    card = planner.locator("article", has_text=pair.name)
    card.locator("li", has_text=ANNE).get_by_role(
        "button", name="Autoriser un nouveau code"
    ).click()
    planner.context.close()

    tablet.context.set_offline(False)
    tablet.goto(f"{served.url}/field/outbox")
    tablet.get_by_role("button", name="Envoyer maintenant").click()
    expect(tablet.get_by_text("C’est fait.")).to_be_visible()
    tablet.goto(f"{served.url}/field/people")
    expect(row(tablet, ANNE)).to_contain_text("Nouveau code à choisir")
    row(tablet, ANNE).get_by_role("link", name="C’est moi").click()
    fill_pin(tablet, OTHER_PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    lock(tablet)
    unlock(tablet, served, ANNE, OTHER_PIN)
    tablet.goto(f"{served.url}/field/people?who=x")
    assert authors(served, pair) == [("Noté avec l’ancien code", ANNE)]


def test_the_administrator_key_opens_a_copy_when_all_else_is_gone(
    tablet: Page, served: Running, pair: Pair, watch: Watch, recovery: Path, tmp_path: Path
) -> None:
    choose_pin(tablet, ANNE, PIN)
    cut(tablet.context, watch)
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    note(tablet, "Retrouvé par la clef")
    lock(tablet)
    tablet.goto(f"{served.url}/field/outbox")
    with tablet.expect_download() as saved:
        tablet.get_by_role("button", name="Enregistrer une copie").click()
    copy = tmp_path / "copy.json"
    saved.value.save_as(copy)
    content = json.loads(copy.read_text())
    assert "Retrouvé" not in copy.read_text()
    assert all("pin" not in vault for vault in content["vaults"].values())
    for vault in content["vaults"].values():
        vault["server"]["key"] = "AAAA"  # the server's own key is another since
    copy.write_text(json.dumps(content))
    said = served.tour("tablets", "recover", str(copy), "--key", str(recovery))
    assert "1 change stored" in said
    assert authors(served, pair) == [("Retrouvé par la clef", ANNE)]
    tablet.context.set_offline(False)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert len(authors(served, pair)) == 1


def test_what_a_person_noted_outlasts_the_tablet_s_revocation(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    choose_pin(tablet, ANNE, PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    lock(tablet)
    unlock(tablet, served, ANNE, PIN)
    open_visit(tablet)
    tablet.get_by_role("link", name="Noter un besoin").click()
    tablet.get_by_label("En quelques mots").fill("Noté malgré tout")
    served.do(lambda: Tablet.filter(pair_id=pair.id).update(revoked_at=now()))
    tablet.get_by_role("button", name="Noter ce besoin").click()
    expect(tablet.locator("#status")).to_contain_text("Tablette non reconnue")
    lock(tablet)
    unlock(tablet, served, ANNE, PIN)
    tablet.goto(f"{served.url}/field/outbox")
    expect(tablet.locator("#entries li")).to_contain_text("Noté malgré tout")
    expected(watch, "401")
    expected(watch, "404")  # the visit's page, when it opened after the visit had left
    enrol(tablet, served, pair)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert authors(served, pair) == [("Noté malgré tout", ANNE)]


def test_a_pin_is_changed_and_given_up(tablet: Page, served: Running, watch: Watch) -> None:
    choose_pin(tablet, ANNE, "1234")
    expect(tablet.get_by_text("trop facile à deviner")).to_be_visible()
    fill_pin(tablet, PIN, again="4072")
    expect(tablet.get_by_text("Les deux codes ne sont pas les mêmes.")).to_be_visible()
    fill_pin(tablet, PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    cut(tablet.context, watch)
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    note(tablet, "Gardé d’un code à l’autre")

    tablet.goto(f"{served.url}/field/people")
    tablet.get_by_role("link", name="Changer mon code").click()
    tablet.get_by_label("Code actuel").fill(PIN)
    tablet.get_by_label("Nouveau code").fill(OTHER_PIN)
    tablet.get_by_label("Le même code encore une fois").fill(OTHER_PIN)
    tablet.get_by_role("button", name="Changer mon code").click()
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    lock(tablet)
    unlock(tablet, served, ANNE, OTHER_PIN)
    tablet.goto(f"{served.url}/field/people")
    tablet.get_by_role("link", name="Changer mon code").click()
    tablet.get_by_label("Code actuel").fill(OTHER_PIN)
    tablet.get_by_role("button", name="Ne plus avoir de code").click()
    expect(tablet.get_by_text("Vous n’avez plus de code")).to_be_visible()
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    expect(noted(tablet, "Gardé d’un code à l’autre")).to_be_visible()


def test_with_no_pin_the_tablet_is_as_it_was(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_visit(tablet)
    note(tablet, "Le binôme")
    tablet.locator("a.who").click()
    row(tablet, MARC).get_by_role("button", name="C’est moi").click()
    open_visit(tablet)
    note(tablet, "Marc seul")
    tablet.context.set_offline(False)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert authors(served, pair) == [("Le binôme", ""), ("Marc seul", MARC)]


def test_frames_on_one_tablet_are_read_by_the_other_in_any_order_and_count_once(
    tablet: Page, browser: Browser, served: Running, pair: Pair, watch: Watch, tmp_path: Path
) -> None:
    other = a_tablet(browser, served, pair, watch)
    choose_pin(tablet, ANNE, PIN)
    expect(tablet.get_by_text("Votre code est enregistré")).to_be_visible()
    for page in (tablet, other):
        cut(page.context, watch)
    tablet.goto(f"{served.url}/field/")
    open_visit(tablet)
    for text in ("Fermé par Anne", "Encore un, é😀"):
        note(tablet, text)
    lock(tablet)  # what is handed over is sealed
    pictures = film(tablet, served, tmp_path)
    assert len(pictures) > 1

    other.goto(f"{served.url}/field/hand-over")
    picked = [pictures[-1], pictures[0], pictures[-1], *pictures[:-1]]  # any order, with repeats
    other.locator("#copy-file").set_input_files(picked)
    expect(other.get_by_text("Repris : 2. Déjà là : 0.")).to_be_visible()
    other.locator("#copy-file").set_input_files([])
    other.locator("#copy-file").set_input_files(picked)
    expect(other.get_by_text("Repris : 0. Déjà là : 2.")).to_be_visible()

    for page in (other, tablet):
        page.context.set_offline(False)
        expect(page.locator("#status")).not_to_contain_text("en attente")
    assert authors(served, pair) == [("Encore un, é😀", ANNE), ("Fermé par Anne", ANNE)]
    kept = served.do(lambda: Tablet.filter(pair_id=pair.id).all())
    assert [tablet.gap for tablet in kept] == [0, 0]
    assert served.do(lambda: Change.filter(tablet__pair_id=pair.id).count()) == 2
    other.context.close()


def film(page: Page, served: Running, folder: Path) -> list[Path]:
    """Pictures of each frame that the tablet shows, as another's camera would take them."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{served.url}/field/hand-over")
    page.get_by_role("button", name="Montrer les images").click()
    frame = page.locator("[data-frame] svg")
    expect(frame).to_be_visible()
    total = int((frame.get_attribute("aria-label") or "").rpartition(" ")[2])
    pictures = []
    for number in range(1, total + 1):
        expect(frame).to_have_attribute("aria-label", f"Image {number} sur {total}")
        pictures.append(folder / f"{number}.png")
        page.screenshot(path=pictures[-1])
        if number < total:
            page.get_by_role("button", name="Image suivante").click()
    return pictures


def test_a_saved_copy_is_taken_in_by_the_other_tablet_of_the_pair_only(
    tablet: Page, browser: Browser, served: Running, pair: Pair, watch: Watch, tmp_path: Path
) -> None:
    other = a_tablet(browser, served, pair, watch)
    strange = a_tablet(browser, served, served.do(a_pair_of_two), watch)
    for page in (tablet, other, strange):
        cut(page.context, watch)
    open_visit(tablet)
    note(tablet, "Porté par un fichier")
    tablet.goto(f"{served.url}/field/hand-over")
    with tablet.expect_download() as saved:
        tablet.get_by_role("button", name="Enregistrer une copie").click()
    copy = tmp_path / "copy.json"
    saved.value.save_as(copy)
    for page in (other, strange):
        page.goto(f"{served.url}/field/hand-over")
    other.locator("#copy-file").set_input_files(copy)
    expect(other.get_by_text("Repris : 1. Déjà là : 0.")).to_be_visible()
    expect(other.locator("#status")).to_contain_text("1 en attente")
    strange.locator("#copy-file").set_input_files(copy)
    expect(strange.get_by_text("celle d’un autre binôme")).to_be_visible()
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    strange.locator("#copy-file").set_input_files(bad)
    expect(strange.get_by_text("Ce n’est pas la copie d’une tablette.")).to_be_visible()
    other.goto(f"{served.url}/field/")
    open_visit(other)
    expect(noted(other, "Porté par un fichier")).to_be_visible()
    strange.context.close()
    other.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820])
def test_the_pages_are_accessible(
    browser: Browser, served: Running, pair: Pair, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="fr-FR",
        reduced_motion="reduce",
        bypass_csp=True,  # for axe itself
    )
    page = context.new_page()
    enrol(page, served, pair)
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults(page)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)

    page.goto(f"{served.url}/field/people")
    look("people")
    row(page, ANNE).get_by_role("link", name="Choisir un code").click()
    look("choose")
    fill_pin(page, "1111")
    look("too easy")
    page.get_by_label("Choisissez un code").press_sequentially(PIN)  # by keyboard from here on
    page.keyboard.press("Tab")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Votre code est enregistré")).to_be_visible()
    look("held")
    page.get_by_role("link", name="Changer mon code").click()
    look("change")
    page.goto(f"{served.url}/field/hand-over")
    look("hand-over")
    page.goto(f"{served.url}/field/outbox")
    look("outbox")
    page.goto(f"{served.url}/field/")
    look("day")
    lock(page)
    look("locked")
    row(page, ANNE).get_by_role("link", name="C’est moi").press("Enter")
    expect(page.get_by_label("Votre code")).to_be_focused()
    page.keyboard.type("0000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ce n’est pas le bon code.")).to_be_visible()
    look("wrong")
    assert {name: said for name, said in found.items() if said} == {}
    context.close()
