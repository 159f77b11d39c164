"""The map of a day on a tablet with no network, the detailed map, and « prêt à partir » told truly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running, Watch, running_tour
from tests.e2e.tablet import SITE, a_catalogue, a_pair_with_visits, cut, enrol, new_page
from tests.maps.a_detailed_map import make_map
from tour.db import local_now

pytestmark = pytest.mark.e2e
TWO_PIECES = 5 << 20
PAINTED = """() => new Promise((done) => {
  const look = () => [...document.querySelectorAll("canvas")].some((c) => c.width && c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some(Boolean));
  const again = (left) => (look() || !left ? done(look()) : requestAnimationFrame(() => again(left - 1)));
  again(600);
})"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("tour")
    with running_tour(folder) as running:
        running.environment["TOUR_MAP_FILE"] = str(
            make_map(folder / "map.pmtiles", bytes_besides=TWO_PIECES)
        )
        running.begin(a_catalogue)
        yield running


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def tablet(browser: Browser, served: Running, watch: Watch) -> Iterator[Page]:
    page = new_page(browser, watch)
    enrol(page, served, served.do(a_pair_with_visits))
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    yield page
    page.context.close()
    assert watch.problems == []


def open_map(page: Page, served: Running) -> None:
    page.goto(f"{served.url}/field/")
    page.get_by_role("link", name="Carte de la journée").click()
    expect(page.locator(".base-departement")).to_be_attached()


def test_the_map_opens_with_no_network_and_says_what_the_list_says(
    tablet: Page, served: Running, watch: Watch
) -> None:
    expect(tablet.locator("#ready")).to_contain_text("pages et la carte ouvertes sans réseau")
    cut(tablet.context, watch)
    open_map(tablet, served)
    stop = tablet.get_by_role("button", name=f"1. {SITE}")
    expect(stop).to_be_visible()
    stop.press("Enter")
    tablet.locator(".leaflet-popup").get_by_role("link").click()
    expect(tablet.get_by_role("heading", name=SITE)).to_be_visible()


def test_the_detailed_map_is_carried_whole_and_given_out_in_ranges(
    tablet: Page, served: Running, watch: Watch
) -> None:
    tablet.goto(f"{served.url}/field/prepare")
    tablet.get_by_role("button", name="Télécharger le plan").click()
    expect(tablet.get_by_text("Rues et bâtiments sont sur la tablette")).to_be_visible()
    cut(tablet.context, watch)
    served.stop()  # nobody but the worker can answer
    try:
        open_map(tablet, served)
        expect(tablet.locator("canvas").first).to_be_visible()
        assert tablet.evaluate(PAINTED)
        across = "async () => { const r = await fetch('/field/plan.pmtiles', {headers: {Range: `bytes=${(4 << 20) - 10}-${(4 << 20) + 9}`}}); return [r.status, r.headers.get('Content-Range').split('/')[0], (await r.arrayBuffer()).byteLength]; }"
        assert tablet.evaluate(across) == [206, f"bytes {(4 << 20) - 10}-{(4 << 20) + 9}", 20]
    finally:
        served.start()


def test_a_download_that_is_cut_goes_on_where_it_was(
    tablet: Page, served: Running, watch: Watch
) -> None:
    asked: list[str] = []

    def second_piece_lost(route, request) -> None:  # type: ignore[no-untyped-def]
        asked.append(request.headers.get("range", ""))
        if len(asked) == 2:
            route.abort()
        else:
            route.continue_()

    tablet.context.route("**/field/plan.pmtiles", second_piece_lost)
    tablet.goto(f"{served.url}/field/prepare")
    tablet.get_by_role("button", name="Télécharger le plan").click()
    expect(tablet.locator("#plan")).to_contain_text("4,2 Mo déjà là.")
    tablet.get_by_role("button", name="Télécharger le plan").click()
    expect(tablet.get_by_text("Rues et bâtiments sont sur la tablette")).to_be_visible()
    assert [range_.split("-")[0] for range_ in asked] == [
        "bytes=0",
        "bytes=4194304",
        "bytes=4194304",
    ]
    watch.problems[:] = [p for p in watch.problems if "ERR_FAILED" not in p]


def test_a_tablet_without_the_map_is_not_ready(tablet: Page, served: Running, watch: Watch) -> None:
    tablet.evaluate("caches.delete('map')")
    tablet.context.route("**/base.geojson", lambda route: route.fulfill(status=503))
    tablet.goto(f"{served.url}/field/prepare")
    tablet.get_by_role("button", name="Préparer ma journée").click()
    expect(tablet.get_by_text("Pas encore prêt.")).to_be_visible()
    expect(tablet.get_by_text("Il manque la carte.")).to_be_visible()
    tablet.context.unroute("**/base.geojson")
    tablet.get_by_role("button", name="Préparer ma journée").click()
    expect(tablet.get_by_text("Prêt à partir.")).to_be_visible()
    watch.problems[:] = [p for p in watch.problems if "503" not in p]


def test_a_day_without_visits_has_no_map(tablet: Page, served: Running) -> None:
    tablet.goto(f"{served.url}/field/days/{local_now().date().replace(year=2031)}/map")
    expect(tablet.get_by_text("Pas de visite ce jour-là.")).to_be_visible()
