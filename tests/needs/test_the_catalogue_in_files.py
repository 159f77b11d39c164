"""The catalogue goes out to a file and comes back; an import is shown line by line before it writes anything."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.factories import make_agent, make_item
from tour.corner.catalogue.files import apply, as_csv, as_json, dry_run
from tour.corner.catalogue.models import Item, ItemVersion, NeedKind, Space
from tour.i18n import typeset
from tour.people.models import Role
from tour.people.sign_in import token_for
from tour.tables.report import Outcome

QUESTIONS = [
    {
        "id": "combien",
        "label": "Combien ?",
        "type": "number",
        "choices": [],
        "required": True,
        "max": 9,
    }
]


@pytest.mark.parametrize("write", [as_csv, as_json])
async def test_it_works(db: str, write: object) -> None:
    await make_item(
        ref="a", name="=Clavier", description="deux\nlignes ; \"et\" plus", delay_days=None,
        questions=QUESTIONS, synonyms="ordi",
    )  # fmt: skip
    await make_item(ref="b", space=Space.LAB, kind=NeedKind.IDEA, active=False, delay_days=4)
    before = await Item.all().order_by("ref").values()
    text = write(await Item.all())  # type: ignore[operator]
    assert (await dry_run(text.encode(), "catalogue")).count(Outcome.UNCHANGED) == 2
    await Item.all().delete()
    report = await dry_run(text.encode(), "catalogue")
    assert report.count(Outcome.CREATED) == 2
    await apply(report)
    after = await Item.all().order_by("ref").values()
    for row in before + after:
        row.pop("id")
    assert after == before
    assert await ItemVersion.all().count() == 2


async def test_only_what_a_line_says_is_changed(db: str) -> None:
    item = await make_item(ref="a", name="Avant", keywords="gardés", questions=QUESTIONS)
    report = await dry_run("référence;nom;espace;délai\na;Après;formation;\n".encode(), "x.csv")
    (line,) = report.lines
    assert [(c.field, c.old, c.new) for c in line.changes] == [
        ("space", "store", "class"),
        ("name", "Avant", "Après"),
    ] or {c.field for c in line.changes} == {"space", "name"}
    await apply(report)
    item = await Item.get(id=item.id)
    assert (item.name, item.space, item.keywords, item.version) == (
        "Après",
        Space.CLASS,
        "gardés",
        1,
    )


async def test_other_questions_make_another_version(db: str) -> None:
    await make_item(ref="a", questions=QUESTIONS)
    rows = [{"ref": "a", "questions": [{"id": "qui", "label": "Qui ?", "type": "text"}]}]
    await apply(await dry_run(json.dumps(rows).encode(), "x.json"))
    assert (await Item.get(ref="a")).version == 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (";Nom;store;idea", "référence vide"),
        ("n;;store;idea", "nom manque"),
        ("n;Nom;cave;idea", "« cave » inconnu"),
        ("n;Nom;;idea", "espace manque"),
        ("known;Nom;store;idea", "déjà à la ligne 2"),
        ("n;" + "x" * 121 + ";store;idea", "120 caractères"),
        ("n;Nom;store;idea;x", "nombre impossible"),
        ("n;Nom;store;idea;3;[{}]", "question 1"),
        ("n;Nom;store;idea;3;{", "pas du JSON"),
    ],
)
async def test_a_faulty_line_is_refused_alone(db: str, line: str, why: str) -> None:
    text = f"ref;name;space;kind;delai;questions\nknown;Bon;store;idea;;\n{line}\n"
    report = await dry_run(text.encode(), "x.csv")
    good, bad = report.lines
    assert good.outcome == Outcome.CREATED
    assert bad.outcome == Outcome.REFUSED
    assert typeset(why) in " ".join(bad.reasons)
    await apply(report)
    assert await Item.all().count() == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ref;name\n",
        b"[1]",
        b"{}",
        b"[",
        b"couleur;taille\n1;2\n",
        b"\x00\x01",
        b"[[[[" * 9999,
    ],
)
async def test_a_file_that_will_not_do_says_so(db: str, data: bytes) -> None:
    report = await dry_run(data, "x")
    assert report.errors
    assert not report.lines


async def test_by_the_pages(client: httpx.AsyncClient) -> None:
    await client.post(f"/sign-in/{await token_for(await make_agent(Role.DESK))}")
    await make_item(ref="a", name="Avant")
    exported = await client.get("/catalogue/export.csv")
    assert exported.headers["content-disposition"] == 'attachment; filename="catalogue.csv"'
    changed = exported.content.replace(b"Avant", "Après".encode())
    answer = await client.post("/catalogue/import", files={"file": ("c.csv", changed)})
    assert answer.status_code == 303
    address = answer.headers["location"]
    page = (await client.get(address)).text
    assert "Avant → Après" in page
    assert (await Item.get(ref="a")).name == "Avant"
    done = await client.post(f"{address}/application")
    assert "1 modifiés" in done.text
    assert (await Item.get(ref="a")).name == "Après"
    assert (await client.get(address)).status_code == 404
    assert (
        await client.post("/catalogue/import", files={"file": ("c.csv", b"x")})
    ).status_code == 422
