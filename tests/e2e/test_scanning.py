"""« Scanner » in a real browser that has no reader of its own: by the camera, from a picture, with no network; or by hand."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import BROWSER_ARGS, Running, Watch, chromium
from tests.e2e.tablet import cut, enrol, new_page, open_visit, pair, served, watch
from tour.needs.models import Need
from tour.people.models import Pair

pytestmark = pytest.mark.e2e
__all__ = ["pair", "served", "watch"]
NUMBER = "PC-2026-00417"
CODE_128 = [  # widths of bars and spaces, from the standard's table: those that NUMBER needs, by value
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212",
    "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131",
    "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121",
    "313121",
]  # fmt: skip
START_B, STOP = "211214", "2331112"


def qr(text: str) -> Image.Image:
    out = io.BytesIO()
    segno.make(text, micro=False, error="m").save(out, kind="png", scale=8, border=4)
    return Image.open(out).convert("L")


def bars(text: str) -> Image.Image:
    """A Code 128 label, set B."""
    values = [ord(sign) - 32 for sign in text]
    check = (104 + sum(n * value for n, value in enumerate(values, 1))) % 103
    assert check < len(CODE_128), "choose a text whose check sign is in the table"
    widths = START_B + "".join(CODE_128[value] for value in [*values, check]) + STOP
    row = [255] * 30
    for place, width in enumerate(widths):
        row += [255 if place % 2 else 0] * (3 * int(width))
    row += [255] * 30
    label = Image.new("L", (len(row), 120), 255)
    for x, shade in enumerate(row):
        label.paste(shade, (x, 15, x + 1, 105))
    return label


def film(picture: Image.Image, path: Path) -> Path:
    """A second of what a camera would see: the picture in the middle of a desk."""
    frame = Image.new("L", (640, 480), 128)
    frame.paste(picture, ((640 - picture.width) // 2, (480 - picture.height) // 2))
    plane = frame.tobytes() + bytes([128]) * (640 * 480 // 2)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420\n" + (b"FRAME\n" + plane) * 10)
    return path


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera looks at a label."""
    seen = film(qr(NUMBER), tmp_path_factory.mktemp("film") / "label.y4m")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=[
                *BROWSER_ARGS,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={seen}",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def form(camera: Browser, served: Running, pair: Pair, watch: Watch) -> Iterator[Page]:
    """The need form of a prepared tablet, with no network."""
    page = new_page(camera, watch)
    enrol(page, served, pair)
    expect(page.get_by_text("Prêt à partir.")).to_be_visible()
    page.goto(f"{served.url}/field/")
    cut(page.context, watch)
    open_visit(page)
    page.get_by_role("link", name="Noter un besoin").click()
    assert page.evaluate("typeof BarcodeDetector") == "undefined"
    yield page
    page.context.close()
    assert watch.problems == []


def read_from(page: Page, picture: Image.Image) -> None:
    out = io.BytesIO()
    picture.save(out, "PNG")
    page.get_by_label("Lire une photo").set_input_files(
        {"name": "label.png", "mimeType": "image/png", "buffer": out.getvalue()}
    )


def test_the_camera_reads_the_label(form: Page, served: Running, pair: Pair) -> None:
    form.get_by_role("button", name="Scanner").click()
    asset = form.get_by_label("Numéro d’inventaire")
    expect(asset).to_have_value(NUMBER)
    expect(form.locator("#scan")).to_be_hidden()
    expect(asset).to_be_focused()
    assert form.locator("video").evaluate("film => film.srcObject") is None  # the camera is off
    form.get_by_label("En quelques mots").fill("Ne démarre plus")
    form.get_by_role("button", name="Noter ce besoin").click()
    expect(form.locator("#needs")).to_contain_text(NUMBER)
    form.context.set_offline(False)
    expect(form.locator("#status")).not_to_contain_text("en attente")
    assert served.do(lambda: Need.get(visit__pair_id=pair.id)).asset == NUMBER


def test_without_a_camera_a_picture_of_the_label_will_do(form: Page) -> None:
    form.evaluate(
        "void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none')))"
    )
    form.get_by_role("button", name="Scanner").click()
    expect(form.get_by_text("Pas de caméra ici")).to_be_visible()
    read_from(form, Image.new("L", (300, 300), 200))
    expect(form.get_by_text("Aucun code lisible")).to_be_visible()
    read_from(form, bars("PC 417"))
    expect(form.get_by_label("Numéro d’inventaire")).to_have_value("PC 417")


def until(page: Page, what: str) -> None:
    """Playwright's own wait evaluates text in the page, which the page's policy forbids."""
    page.evaluate(
        f"async () => {{ while (!({what})) await new Promise((go) => setTimeout(go, 20)); }}"
    )


def test_closing_turns_the_camera_off_and_a_number_is_typed(form: Page) -> None:
    form.evaluate("""() => {
      HTMLVideoElement.prototype.play = () => new Promise(() => {});
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (what) => (globalThis.seen = await ask(what));
    }""")
    form.get_by_role("button", name="Scanner").click()
    until(form, "globalThis.seen")
    form.keyboard.press("Escape")
    expect(form.locator("#scan")).to_be_hidden()
    until(form, "seen.getTracks().every(track => track.readyState === 'ended')")
    form.get_by_label("Numéro d’inventaire").fill("À la main 12")
    form.reload()
    form.get_by_role("button", name="Reprendre").click()
    expect(form.get_by_label("Numéro d’inventaire")).to_have_value("À la main 12")


def test_the_reader_may_not_be_run_by_a_page(form: Page, served: Running) -> None:
    """WebAssembly runs in the reader's own worker only: the policy of pages does not let it."""
    policy = form.request.get(f"{served.url}/field/enrol/x").headers["content-security-policy"]
    assert "wasm" not in policy
