"""Photos and labels on the tablet, in a real browser: taken with no network, kept, sent once, and nothing but the picture."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import Running, Watch
from tests.e2e.looks import faults
from tests.e2e.looks import new_page as wide_page
from tests.e2e.tablet import cut, enrol, expected, new_page, open_visit, pair, served, tablet, watch
from tests.field.pictures import photo, sha, with_secrets
from tour.needs.models import Need, NeedPhoto, PhotoState
from tour.people.models import Pair

pytestmark = pytest.mark.e2e
__all__ = ["pair", "served", "tablet", "watch"]


def open_form(page: Page, text: str = "Écran fendu") -> None:
    open_visit(page)
    page.get_by_role("link", name="Noter un besoin").click()
    page.get_by_label("En quelques mots").fill(text)


def choose(page: Page, *contents: bytes) -> None:
    files = [
        {"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": content}
        for n, content in enumerate(contents)
    ]
    rows = page.locator("[data-list] li").count()
    page.get_by_label("Choisir des images").set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator("[data-list] li")).to_have_count(rows + len(contents))


def submit(page: Page) -> None:
    page.get_by_role("button", name="Noter ce besoin").click()
    expect(page.get_by_text("C’est noté")).to_be_visible()


def photos_of(served: Running, pair: Pair) -> list[NeedPhoto]:
    async def work() -> list[NeedPhoto]:
        links = NeedPhoto.filter(need__visit__pair_id=pair.id).order_by("place")
        return await links.prefetch_related("photo")

    return served.do(work)


def file_of(served: Running, sha256: str) -> bytes:
    return (served.home / "photos" / sha256[:2] / f"{sha256}.jpg").read_bytes()


def test_photos_taken_offline_survive_a_reload_and_arrive_once(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    cut(tablet.context, watch)
    open_form(tablet)
    choose(tablet, with_secrets(width=2400, height=1800), photo(seed=2))
    tablet.get_by_placeholder("Légende").first.fill("La fente")
    expect(tablet.locator("[data-list] img").first).to_have_js_property("complete", True)
    tablet.reload()
    tablet.get_by_role("button", name="Reprendre").click()
    expect(tablet.locator("[data-list] li")).to_have_count(2)
    expect(tablet.get_by_placeholder("Légende").first).to_have_value("La fente")
    assert tablet.locator("[data-list] img").first.evaluate("async i => (await i.decode(), i.naturalWidth)") > 100  # fmt: skip
    submit(tablet)
    expect(tablet.locator("#status")).to_contain_text("2 photos en attente")
    expect(tablet.locator("#needs .strip")).to_contain_text("2 photos")
    assert tablet.locator("#needs .strip img").first.evaluate("async i => (await i.decode(), i.naturalWidth)") > 100  # fmt: skip
    tablet.context.set_offline(False)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    expect(tablet.locator("#needs .strip")).to_contain_text("2 photos")
    tablet.reload()

    links = photos_of(served, pair)
    assert [link.caption for link in links] == ["La fente", ""]
    assert {link.photo.state for link in links} == {PhotoState.RECEIVED}
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1
    kept = file_of(served, links[0].photo_id)
    assert b"Jeanne" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()
        assert image.size == (1200, 1600)  # upright, long side 1600
    # On the tablet only the small picture stays, with no network too.
    assert tablet.evaluate("indexedDB.databases().then(all => all.length)") == 1
    cut(tablet.context, watch)
    tablet.reload()
    assert tablet.locator("#needs .strip img").first.evaluate("async i => (await i.decode(), i.naturalWidth)") > 100  # fmt: skip


def test_the_tablet_itself_takes_the_secrets_out(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    """What leaves the tablet is read on its way: it has no EXIF before the server sees it."""
    sent: list[bytes] = []

    def look(route: Route) -> None:
        sent.append(route.request.post_data_buffer or b"")
        route.continue_()

    tablet.context.route("**/field/photos/*", look)
    open_form(tablet)
    choose(tablet, with_secrets(width=900, height=700))
    submit(tablet)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    [link] = photos_of(served, pair)
    content = b"".join(sent)
    assert sha(content) == link.photo_id
    assert b"Jeanne" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert not image.getexif()


def test_order_captions_and_removal(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    open_form(tablet)
    choose(tablet, photo(seed=1), photo(seed=2), photo(seed=3))
    captions = tablet.get_by_placeholder("Légende")
    for n in range(3):
        captions.nth(n).fill(f"n° {n}")
    row = tablet.locator("[data-list] li")
    row.nth(2).get_by_role("button", name="Plus tôt").press("Enter")
    expect(captions.nth(1)).to_have_value("n° 2")
    expect(row.nth(1).get_by_role("button", name="Plus tôt")).to_be_focused()
    row.nth(0).get_by_role("button", name="Retirer").click()
    expect(row).to_have_count(2)
    choose_again = photo(seed=2)
    tablet.get_by_label("Choisir des images").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": choose_again}
    )
    expect(tablet.get_by_text("Cette photo est déjà là.")).to_be_visible()
    submit(tablet)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert [link.caption for link in photos_of(served, pair)] == ["n° 2", "n° 1"]
    left = tablet.evaluate(COUNT_PHOTOS)
    assert left == 0


COUNT_PHOTOS = """() => new Promise((done) => {
  const opened = indexedDB.open("tour-field");
  opened.onsuccess = () => {
    const count = opened.result.transaction("photos").objectStore("photos").count();
    count.onsuccess = () => (opened.result.close(), done(count.result));
  };
})"""


def test_a_file_that_is_no_picture_is_said_and_nothing_is_lost(tablet: Page) -> None:
    open_form(tablet, "Écran fendu")
    choose(tablet, photo())
    tablet.get_by_label("Choisir des images").set_input_files(
        {"name": "notice.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    expect(tablet.get_by_text("ne sait pas lire « notice.pdf »")).to_be_visible()
    expect(tablet.locator("[data-list] li")).to_have_count(1)
    expect(tablet.get_by_label("En quelques mots")).to_have_value("Écran fendu")


@pytest.mark.parametrize("how", ["said before", "found out"])
def test_a_full_tablet_refuses_the_photo_and_keeps_the_rest(
    tablet: Page, served: Running, pair: Pair, how: str
) -> None:
    if how == "said before":
        tablet.add_init_script("navigator.storage.estimate = async () => ({usage: 99e6, quota: 100e6})")  # fmt: skip
    else:
        tablet.context.service_workers[0].evaluate("""() => {
            const put = IDBObjectStore.prototype.put;
            IDBObjectStore.prototype.put = function (value, ...rest) {
              if (this.name === "photos") throw new DOMException("full", "QuotaExceededError");
              return put.call(this, value, ...rest);
            };
          }""")
    open_form(tablet, "Écran fendu")
    tablet.get_by_label("Choisir des images").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    expect(tablet.get_by_text("Plus assez de place sur la tablette")).to_be_visible()
    expect(tablet.locator("[data-list] li")).to_have_count(0)
    submit(tablet)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    assert photos_of(served, pair) == []
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1


def test_a_cut_at_every_piece_and_every_lost_answer(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    """Each piece is lost once on its way and once on the way back: what was received is not sent again."""
    received: dict[str, int] = {}

    def trouble(route: Route) -> None:
        told = route.request.headers.get("content-range", "")
        received[told] = received.get(told, 0) + 1
        if "*" in told or received[told] > 2:
            route.continue_()
        elif received[told] == 1:
            route.fulfill(status=502, body="lost on the way")
        else:
            route.fetch()
            route.fulfill(status=502, body="lost on the way back")

    tablet.context.route("**/field/photos/*", trouble)
    open_form(tablet)
    choose(tablet, photo(1600, 1200, seed=9, grain=4))
    submit(tablet)
    status = tablet.locator("#status")
    for _again in range(12):
        if "en attente" not in (status.text_content() or ""):
            break
        tablet.evaluate("dispatchEvent(new Event('online'))")
        tablet.wait_for_timeout(400)
    expect(status).not_to_contain_text("en attente")
    [link] = photos_of(served, pair)
    assert link.photo.state == PhotoState.RECEIVED
    pieces = [told for told in received if "*" not in told]
    assert len(pieces) >= 2
    assert {told: received[told] for told in pieces} == dict.fromkeys(
        pieces, 2
    )  # never a third time: it had arrived
    expected(watch, "502")


def test_a_photo_the_server_refuses_waits_for_a_decision(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    answer = {"protocol": 2, "error": "Ce fichier n’est pas une photo lisible."}
    tablet.context.route("**/field/photos/*", lambda route: route.fulfill(status=422, json=answer))
    open_form(tablet)
    choose(tablet, photo(), photo(seed=5))
    submit(tablet)
    expect(tablet.locator("#status")).to_contain_text("2 à corriger")
    tablet.locator("#status").click()
    expect(tablet.get_by_text("Ce fichier n’est pas une photo lisible.")).to_have_count(2)
    tablet.get_by_role("button", name="Retirer la photo").first.click()
    expect(tablet.locator("#status")).to_contain_text("1 à corriger")
    tablet.context.unroute("**/field/photos/*")
    tablet.get_by_role("button", name="Renvoyer telle quelle").click()
    expect(tablet.locator("#status")).not_to_contain_text("à corriger")
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    [link] = photos_of(served, pair)
    assert link.photo.state == PhotoState.RECEIVED
    expected(watch, "422")


def test_the_saved_copy_holds_the_photos(tablet: Page, watch: Watch) -> None:
    cut(tablet.context, watch)
    open_form(tablet)
    choose(tablet, photo())
    submit(tablet)
    tablet.locator("#status").click()
    with tablet.expect_download() as saved:
        tablet.get_by_role("button", name="Enregistrer une copie").click()
    copy = json.loads(Path(saved.value.path()).read_text())
    [change] = copy["changes"]
    [kept] = copy["photos"]
    assert change["patch"]["photos"][0]["sha256"] == kept["sha256"]
    assert sha(base64.b64decode(kept["base64"])) == kept["sha256"]


def test_a_draft_given_up_leaves_no_photo(tablet: Page) -> None:
    open_form(tablet)
    choose(tablet, photo())
    tablet.reload()
    tablet.get_by_role("button", name="Abandonner").click()
    tablet.wait_for_function(f"({COUNT_PHOTOS})().then(n => n === 0)")


def test_what_the_browser_erased_is_said(tablet: Page, watch: Watch) -> None:
    cut(tablet.context, watch)
    open_form(tablet)
    choose(tablet, photo())
    submit(tablet)
    expect(tablet.locator("#status")).to_contain_text("1 en attente")
    tablet.wait_for_function("JSON.parse(localStorage.held).photos === 1")
    tablet.evaluate("""() => new Promise((done, fail) => {
      const gone = indexedDB.deleteDatabase("tour-field");
      gone.onsuccess = done;
      gone.onerror = fail;
    })""")
    tablet.context.set_offline(False)
    watch.offline = False
    tablet.reload()
    notice = tablet.locator("#erased")
    expect(notice).to_contain_text("1 saisie et 1 photo")
    tablet.reload()
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="J’ai compris").click()
    expect(notice).to_be_hidden()
    tablet.reload()
    expect(notice).to_be_hidden()
    watch.problems.clear()  # a store that vanishes under an open page with no network is noisy


def test_another_tablet_of_the_pair_sees_the_photo_offline(
    browser: Browser, tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    open_form(tablet)
    choose(tablet, photo())
    submit(tablet)
    expect(tablet.locator("#status")).not_to_contain_text("en attente")
    other = new_page(browser, watch)
    enrol(other, served, pair)
    expect(other.get_by_text("Prêt à partir.")).to_be_visible()
    cut(other.context, watch)
    other.goto(f"{served.url}/field/")
    open_visit(other)
    assert other.locator("#needs .strip img").evaluate("async i => (await i.decode(), i.naturalWidth)") > 100  # fmt: skip
    other.context.close()


def test_settings_say_how_much_room_there_is(tablet: Page, served: Running, watch: Watch) -> None:
    cut(tablet.context, watch)
    tablet.goto(f"{served.url}/field/prepare")
    tablet.get_by_role("link", name="Place et réglages").click()
    expect(tablet.locator("[data-usage]")).to_contain_text("Place occupée")
    expect(tablet.locator("p[data-fits]")).to_contain_text("photos au moins")


# Photos of a need already noted


def open_photos(page: Page, link: str = "Modifier les photos") -> None:
    page.locator("#needs").get_by_role("link", name=link).click()
    expect(page.get_by_role("heading", name="Modifier les photos")).to_be_visible()


def keep_photos(page: Page) -> None:
    page.get_by_role("button", name="Noter ces photos").click()
    expect(page.get_by_text("C’est noté")).to_be_visible()


def sent(page: Page) -> None:
    expect(page.locator("#status")).not_to_contain_text("en attente")


def back_on_line(page: Page, watch: Watch) -> None:
    page.context.set_offline(False)
    watch.offline = False
    sent(page)


def noted(page: Page, *contents: bytes) -> None:
    """A need with these photos, on the page of its visit."""
    open_form(page)
    choose(page, *contents)
    for place in range(len(contents)):
        page.get_by_placeholder("Légende").nth(place).fill(f"n° {place + 1}")
    submit(page)


def captions(served: Running, pair: Pair) -> list[str]:
    return [link.caption for link in photos_of(served, pair)]


def names_kept(page: Page) -> set[str]:
    """Photos of which a picture is in the browser's cache."""
    paths = page.evaluate(
        "caches.open('photos').then(c => c.keys()).then(all => all.map(r => new URL(r.url).pathname))"
    )
    return {path.split("/")[3] for path in paths}


def test_photos_the_server_has_are_changed_offline(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    noted(tablet, photo(seed=1), photo(seed=2))
    sent(tablet)
    first, second = photos_of(served, pair)
    assert names_kept(tablet) == {first.photo_id, second.photo_id}
    cut(tablet.context, watch)
    open_photos(tablet)
    row = tablet.locator("[data-list] li")
    expect(row).to_have_count(2)
    assert row.first.locator("img").evaluate("async i => (await i.decode(), i.naturalWidth)") > 100
    choose(tablet, photo(seed=3))
    tablet.get_by_placeholder("Légende").nth(2).fill("n° 3")
    row.nth(2).get_by_role("button", name="Plus tôt").click()
    row.nth(0).get_by_role("button", name="Retirer").click()
    tablet.get_by_role("button", name="Remettre la photo retirée").click()
    expect(tablet.get_by_placeholder("Légende").first).to_have_value("n° 1")
    row.nth(0).get_by_role("button", name="Retirer").click()
    keep_photos(tablet)
    expect(tablet.locator(".whole-photos img")).to_have_count(2)
    expect(tablet.locator("#status")).to_contain_text("1 en attente")
    tablet.reload()
    tablet.get_by_role("link", name="Collège").click()
    expect(tablet.locator("#needs .strip")).to_contain_text("2 photos")

    back_on_line(tablet, watch)
    assert captions(served, pair) == ["n° 3", "n° 2"]
    assert {link.photo.state for link in photos_of(served, pair)} == {PhotoState.RECEIVED}
    assert not (served.home / "photos" / first.photo_id[:2] / f"{first.photo_id}.jpg").exists()
    assert file_of(served, second.photo_id)
    assert first.photo_id not in names_kept(tablet)
    assert tablet.evaluate(COUNT_PHOTOS) == 0


def test_photos_that_wait_are_changed_before_they_leave(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    puts: set[str] = set()
    tablet.context.on("request", lambda r: puts.add(r.url) if r.method == "PUT" else None)
    cut(tablet.context, watch)
    noted(tablet, photo(seed=1), photo(seed=2))
    open_photos(tablet)
    tablet.locator("[data-list] li").first.get_by_role("button", name="Retirer").click()
    keep_photos(tablet)
    assert tablet.evaluate(COUNT_PHOTOS) == 1  # what will not be sent has left the tablet
    tablet.locator("#status").click()
    expect(tablet.get_by_text("Besoin modifié")).to_be_visible()
    expect(tablet.get_by_text("Ses photos ont changé.")).to_be_visible()
    back_on_line(tablet, watch)
    assert captions(served, pair) == ["n° 2"]
    assert len(puts) <= 1
    assert served.do(lambda: Need.filter(visit__pair_id=pair.id).count()) == 1


def test_a_first_photo_for_a_need_noted_without(tablet: Page, served: Running, pair: Pair) -> None:
    open_form(tablet)
    submit(tablet)
    sent(tablet)
    open_photos(tablet, "Ajouter une photo")
    choose(tablet, photo())
    keep_photos(tablet)
    sent(tablet)
    [link] = photos_of(served, pair)
    assert link.photo.state == PhotoState.RECEIVED


def test_two_tablets_change_photos_at_once_and_lose_none(
    browser: Browser, tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    noted(tablet, photo(seed=1), photo(seed=2))
    sent(tablet)
    other = new_page(browser, watch)
    enrol(other, served, pair)
    expect(other.get_by_text("Prêt à partir.")).to_be_visible()
    other.goto(f"{served.url}/field/")
    open_visit(other)
    for page, seed in ((tablet, 3), (other, 4)):
        cut(page.context, watch)
        open_photos(page)
        expect(page.locator("[data-list] li")).to_have_count(2)
        choose(page, photo(seed=seed))
        page.get_by_placeholder("Légende").nth(2).fill(f"n° {seed}")
    other.locator("[data-list] li").first.get_by_role("button", name="Retirer").click()
    for page in (tablet, other):
        keep_photos(page)
    for page in (other, tablet):
        back_on_line(page, watch)
    assert sorted(captions(served, pair)) == ["n° 2", "n° 3", "n° 4"]
    assert {link.photo.state for link in photos_of(served, pair)} == {PhotoState.RECEIVED}
    for page in (tablet, other):
        page.evaluate("dispatchEvent(new Event('online'))")
        page.goto(f"{served.url}/field/")
        open_visit(page)
        expect(page.locator("#needs .strip")).to_contain_text("3 photos")
        expect(page.locator(".lost")).to_have_count(0)
    other.context.close()


def test_a_photo_that_a_colleague_removed_before_it_left_waits_no_more(
    browser: Browser, tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    """The need has left, its photo has not: the other tablet takes it out of the list."""
    tablet.context.route("**/field/photos/*", lambda route: route.abort())
    noted(tablet, photo(seed=1))
    expect(tablet.locator("#status")).to_contain_text("1 photo en attente")
    other = new_page(browser, watch)
    enrol(other, served, pair)
    expect(other.get_by_text("Prêt à partir.")).to_be_visible()
    other.goto(f"{served.url}/field/")
    open_visit(other)
    open_photos(other)
    other.locator("[data-list] li").get_by_role("button", name="Retirer").click()
    keep_photos(other)
    sent(other)
    other.context.close()
    tablet.context.unroute("**/field/photos/*")
    tablet.locator("#status").click()
    tablet.get_by_role("button", name="Envoyer maintenant").click()
    sent(tablet)
    assert tablet.evaluate(COUNT_PHOTOS) == 0
    assert photos_of(served, pair) == []
    watch.problems[:] = [p for p in watch.problems if "404" not in p and "ERR_FAILED" not in p]


def test_photos_half_changed_are_offered_again(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    noted(tablet, photo(seed=1))
    sent(tablet)
    cut(tablet.context, watch)
    open_photos(tablet)
    choose(tablet, photo(seed=2))
    tablet.get_by_role("link", name="Annuler").click()
    open_photos(tablet)
    expect(tablet.locator("[data-list] li")).to_have_count(1)
    tablet.get_by_role("button", name="Reprendre").click()
    expect(tablet.locator("[data-list] li")).to_have_count(2)
    tablet.get_by_placeholder("Légende").nth(1).fill("n° 2")
    keep_photos(tablet)
    back_on_line(tablet, watch)
    assert captions(served, pair) == ["n° 1", "n° 2"]


def test_a_change_of_photos_that_was_refused_is_mended(
    tablet: Page, served: Running, pair: Pair, watch: Watch
) -> None:
    noted(tablet, photo(seed=1))
    sent(tablet)

    def refuse(route: Route) -> None:
        asked = route.request.post_data_json
        ids = [one["id"] for one in asked["changes"] if "photos_from" in one["patch"]]
        response = route.fetch(post_data=json.dumps({**asked, "changes": []}))
        why = {"field": "photos", "why": "Une de ces photos est refusée."}
        route.fulfill(
            response=response,
            json={**response.json(), "refused": [{"id": name, **why} for name in ids]},
        )

    tablet.context.route("**/field/sync", refuse)
    open_photos(tablet)
    choose(tablet, photo(seed=2))
    keep_photos(tablet)
    expect(tablet.locator("#status")).to_contain_text("1 à corriger")
    tablet.context.unroute("**/field/sync")
    tablet.locator("#status").click()
    tablet.get_by_role("link", name="Corriger", exact=True).click()
    expect(tablet.locator("fieldset[data-photos]")).to_contain_text(
        "Une de ces photos est refusée."
    )
    expect(tablet.locator("[data-list] li")).to_have_count(2)
    tablet.get_by_placeholder("Légende").nth(1).fill("n° 2")
    keep_photos(tablet)
    sent(tablet)
    expect(tablet.locator("#status")).not_to_contain_text("à corriger")
    assert captions(served, pair) == ["n° 1", "n° 2"]


@pytest.mark.parametrize("look", [(390, 844, "dark"), (820, 1180, "light"), (1440, 900, "light")])
def test_photos_are_changed_by_keyboard_on_pages_without_fault(
    browser: Browser, served: Running, pair: Pair, look: tuple[int, int, str]
) -> None:
    page = wide_page(browser, look)
    enrol(page, served, pair)
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    page.goto(f"{served.url}/field/")
    noted(page, *(photo(seed=n) for n in range(3)))
    found = {"visit": faults(page)}
    page.locator("#needs").get_by_role("link", name="Modifier les photos").press("Enter")
    row = page.locator("[data-list] li")
    expect(row).to_have_count(3)
    row.nth(2).get_by_role("button", name="Plus tôt").press("Enter")
    expect(row.nth(1).get_by_role("button", name="Plus tôt")).to_be_focused()
    row.nth(0).get_by_role("button", name="Retirer").press("Enter")
    undo = page.get_by_role("button", name="Remettre la photo retirée")
    expect(undo).to_be_focused()
    found["form"] = faults(page)
    page.keyboard.press("Enter")
    expect(row.nth(0).get_by_role("button", name="Retirer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_have_count(2)
    page.get_by_role("button", name="Noter ces photos").press("Enter")
    expect(page.get_by_text("C’est noté")).to_be_visible()
    found["photos"] = faults(page)
    sent(page)
    assert captions(served, pair) == ["n° 3", "n° 2"]
    assert found == {name: [] for name in found}
    page.context.close()
