"""The desk edits the catalogue; needs keep the questions they were asked with."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from tests.factories import make_agent, make_item, make_visit
from tour.corner.catalogue.models import Item, ItemVersion, Picture, Space
from tour.db import Document
from tour.needs.models import Need
from tour.people.models import Role
from tour.people.sign_in import token_for


def picture(kind: str = "PNG", **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", (40, 30), "teal").save(written, kind, **options)
    return written.getvalue()


PNG = picture()
FORM = {
    "name": "Clé USB",
    "ref": "cle-usb",
    "space": "store",
    "kind": "request",
    "description": "Chiffrée",
    "keywords": "stockage",
    "synonyms": "disque",
    "availability": "limited",
    "delay_days": "3",
    "do": "save",
}


@pytest.fixture
async def desk(client: httpx.AsyncClient) -> httpx.AsyncClient:
    agent = await make_agent(Role.DESK)
    await client.post(f"/sign-in/{await token_for(agent)}")
    return client


def question(place: int, **values: str) -> dict[str, str]:
    blank = {"id": "", "label": "", "type": "text", "help": "", "choices": "", "min": "", "max": ""}
    return {f"q-{place}-{name}": value for name, value in (blank | values).items()}


async def test_it_works(desk: httpx.AsyncClient) -> None:
    form = FORM | question(
        0, label="Quelle capacité ?", type="choice", choices="8 Go\r\n64 Go", required="yes"
    )
    answer = await desk.post("/catalogue", data=form)
    assert answer.status_code == 303
    item = await Item.get(ref="cle-usb")
    assert (item.name, item.space, item.delay_days, item.version) == ("Clé USB", Space.STORE, 3, 1)
    assert item.questions == [
        {
            "id": "quelle_capacite",
            "label": "Quelle capacité ?",
            "type": "choice",
            "choices": ["8 Go", "64 Go"],
            "required": True,
        }
    ]
    assert await Document.exists(kind="item", doc_id=item.id)  # tablets will have it
    page = (await desk.get(answer.headers["location"])).text
    assert "Quelle capacité ?" in page
    assert "Enregistré." in page
    assert "Clé USB" in (await desk.get("/catalogue?q=clef%20usb")).text


async def test_other_questions_make_another_version(desk: httpx.AsyncClient) -> None:
    await desk.post(
        "/catalogue", data=FORM | question(0, label="Combien ?", type="number", max="9")
    )
    item = await Item.get(ref="cle-usb")
    visit = await make_visit()
    need = await Need.create(
        visit_id=visit.id, site_id=visit.site_id, item=item, kind=item.kind,
        answers={"combien": 4}, item_version=1,
    )  # fmt: skip
    await desk.post(f"/catalogue/{item.id}", data=FORM | {"name": "Clé"} | question(0, id="combien", label="Combien ?", type="number", max="9"))  # fmt: skip
    assert (await Item.get(id=item.id)).version == 1  # a name is not a question
    await desk.post(f"/catalogue/{item.id}", data=FORM | question(0, label="Pour qui ?"))
    item = await Item.get(id=item.id)
    assert item.version == 2
    kept = await ItemVersion.filter(item_id=item.id).order_by("version")
    assert [row.questions[0]["label"] for row in kept] == ["Combien ?", "Pour qui ?"]
    page = (await desk.get(f"/needs/{need.id}")).text
    assert "Combien ?" in page
    assert "<dd>4</dd>" in page


async def test_buttons_change_the_questions_on_the_page_and_write_nothing(
    desk: httpx.AsyncClient,
) -> None:
    form = FORM | question(0, label="Une") | question(1, label="Deux")
    page = (await desk.post("/catalogue", data=form | {"do": "up-1"})).text
    assert page.index('value="Deux"') < page.index('value="Une"')
    page = (await desk.post("/catalogue", data=form | {"do": "add"})).text
    assert 'name="q-2-label"' in page
    page = (await desk.post("/catalogue", data=form | {"do": "remove-0"})).text
    assert 'value="Une"' not in page
    assert "Clé USB" in page
    assert await Item.all().count() == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": ""}, "requis"),
        ({"ref": "é é"}, "Des lettres sans accent"),
        ({"delay_days": "-1"}, "365"),
        ({"space": "cellar"}, "choix"),
        (question(0, label=""), "Écrivez la question"),
        (question(0, label="Choix", type="choice", choices="un seul"), "réponses possibles"),
        (question(0, label="N", type="number", min="x"), "nombres entiers"),
        (question(0, label="N", type="number", min="9", max="1"), "dépasse"),
        (question(0, label="N", type="magic"), "type de question"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    desk: httpx.AsyncClient, values: dict[str, str], said: str
) -> None:
    answer = await desk.post("/catalogue", data=FORM | {"description": "à garder"} | values)
    assert answer.status_code == 422
    assert said in answer.text
    assert "à garder" in answer.text
    assert await Item.all().count() == 0


async def test_two_items_have_not_the_same_reference(desk: httpx.AsyncClient) -> None:
    await make_item(ref="cle-usb")
    answer = await desk.post("/catalogue", data=FORM)
    assert answer.status_code == 422
    assert "déjà celle d’un autre article" in answer.text


async def test_a_picture_is_shown_and_taken_away(desk: httpx.AsyncClient) -> None:
    await desk.post("/catalogue", data=FORM, files={"picture": ("cle.png", PNG, "image/png")})
    item = await Item.get(ref="cle-usb")
    shown = await desk.get(f"/field/pictures/{item.picture}")
    assert shown.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(shown.content)).size == (40, 30)
    await desk.post(f"/catalogue/{item.id}", data=FORM | {"no_picture": "yes"})
    assert (await Item.get(id=item.id)).picture == ""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_picture_says_nothing_of_who_took_it_nor_where(
    desk: httpx.AsyncClient, kind: str
) -> None:
    exif = Image.Exif()
    exif[Base.Make] = "Appareil de Jeanne"
    exif.get_ifd(IFD.GPSInfo).update({GPS.GPSLatitude: (43.0, 42.0, 0.0), GPS.GPSLatitudeRef: "N"})
    sent = picture(kind, exif=exif)
    assert b"Jeanne" in sent
    await desk.post("/catalogue", data=FORM, files={"picture": ("a", sent, "image/png")})
    kept = await Picture.get()
    assert b"Jeanne" not in kept.content
    shown = Image.open(io.BytesIO(kept.content))
    assert (shown.format, shown.size, dict(shown.getexif())) == (kind, (40, 30), {})


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", PNG + bytes(70_000)])
async def test_what_is_no_small_picture_is_refused(desk: httpx.AsyncClient, content: bytes) -> None:
    files = {"picture": ("x.png", content, "image/png")}
    answer = await desk.post("/catalogue", data=FORM, files=files)
    assert answer.status_code == 422
    assert await Picture.all().count() == 0
    assert await Item.all().count() == 0


async def test_an_item_leaves_the_catalogue_and_comes_back(desk: httpx.AsyncClient) -> None:
    item = await make_item(name="Vieux modem")
    await desk.post(f"/catalogue/{item.id}/retirement")
    assert "Vieux modem" not in (await desk.get("/catalogue")).text
    assert "Vieux modem" in (await desk.get("/catalogue?state=retired")).text
    await desk.post(f"/catalogue/{item.id}/return")
    assert "Vieux modem" in (await desk.get("/catalogue")).text


async def test_items_change_places_within_their_space(desk: httpx.AsyncClient) -> None:
    items = [await make_item(name=name) for name in ("Alpha", "Bravo", "Charlie")]
    other = await make_item(space=Space.LAB)
    await desk.post(f"/catalogue/{items[2].id}/place", data={"to": "up"})
    await desk.post(f"/catalogue/{items[0].id}/place", data={"to": "up"})
    order = await Item.filter(space=Space.STORE).order_by("position").values_list("name", flat=True)
    assert order == ["Alpha", "Charlie", "Bravo"]
    assert (await Item.get(id=other.id)).position == 0
    assert (await desk.post(f"/catalogue/{other.id}/place", data={"to": "in"})).status_code == 422


async def test_a_planner_looks_and_does_not_touch(planner: httpx.AsyncClient) -> None:
    item = await make_item()
    assert (await planner.get(f"/catalogue/{item.id}")).status_code == 200
    for address, form in (("/catalogue", FORM), (f"/catalogue/{item.id}/retirement", {})):
        assert (await planner.post(address, data=form)).status_code == 403
    assert (await planner.get("/catalogue/new")).status_code == 403


async def test_filters(desk: httpx.AsyncClient) -> None:
    names: dict[str, Any] = {"Casque": Space.LAB, "Casquette": Space.STORE}
    for name, space in names.items():
        await make_item(name=name, space=space)
    page = (await desk.get("/catalogue?q=casq&space=lab", headers={"HX-Request": "true"})).text
    assert "<strong>Casque</strong>" in page
    assert "Casquette" not in page
    assert "<html" not in page
