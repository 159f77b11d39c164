"""The files people send: formats, encodings, columns, and those that cannot be used."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import pytest

from tests.sites.files import ROW, csv_file, feature, geojson_file, xlsx_file
from tour.i18n import typeset
from tour.sites.importing import ImportReport, Outcome, apply, dry_run
from tour.sites.models import PositionState, Site
from tour.tables import table, workbook

pytestmark = pytest.mark.usefixtures("db")


async def read(data: bytes, filename: str = "sites.csv") -> ImportReport:
    return await dry_run(data, filename, "essai")


async def values(data: bytes, filename: str = "sites.csv") -> list[dict[str, Any]]:
    report = await read(data, filename)
    assert not report.errors
    assert not report.of(Outcome.REFUSED)
    return [line.values for line in report.lines]


async def error(data: bytes, filename: str = "sites.csv") -> str:
    report = await read(data, filename)
    assert len(report.errors) == 1
    assert not report.lines
    return report.errors[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
async def test_any_usual_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    row = ROW | {"nom": "Collège « L'Œuf », Ève; Noël", "lat": "43,69957", "lon": "7,28057"}
    (read_back,) = await values(csv_file(row, delimiter=delimiter, encoding=encoding))
    assert (read_back["name"], read_back["lat"], read_back["lon"]) == (
        row["nom"],
        43.69957,
        7.28057,
    )


async def test_decimal_commas_do_not_mislead_about_the_delimiter() -> None:
    data = "id;nom;latitude;longitude;adresse\n1;A;43,7;7,2;1, rue X, bât. B, Nice\n".encode()
    assert (await values(data))[0]["lat"] == 43.7


async def test_the_excel_separator_line_and_blank_lines_are_skipped() -> None:
    data = b"sep=;\n\nid;nom;commune\n\n1;A;Nice\n;;\n"
    report = await read(data)
    assert [(line.number, line.source_id) for line in report.lines] == [(5, "1")]


@pytest.mark.parametrize(
    "header",
    [
        "id,nom,lat,lon",
        "Code;Libellé;Latitude;Longitude",
        "UAI;NAME;Y;X",
        "Identifiant de l’établissement;Nom_établissement;LATITUDE;lng",
    ],
)
async def test_columns_in_french_and_english(header: str) -> None:
    delimiter = ";" if ";" in header else ","
    data = f"{header}\n{delimiter.join(ROW.values())}\n".encode()
    assert (await values(data))[0]["source_id"] == "COL-1"


async def test_the_preferred_of_two_columns_is_taken_and_the_rest_is_listed() -> None:
    report = await read(csv_file({"uai": "0060008B", "effec": "121"} | ROW))
    assert report.lines[0].source_id == "COL-1"
    assert report.ignored_columns == ["uai", "effec"]


async def test_half_a_position_and_a_manager_without_mail_are_ignored_columns() -> None:
    report = await read(
        csv_file({"id": "1", "nom": "A", "lat": "43.7", "commune": "Nice", "responsable": "Ada"})
    )
    assert report.ignored_columns == ["lat", "responsable"]
    assert report.lines[0].outcome == Outcome.CREATED


async def test_a_quote_left_open_costs_its_own_line_only() -> None:
    data = (
        b'id,nom,commune\n1,"A,Nice\n2,B,Nice\n3,"C, D",Nice\n4,"sur\ndeux lignes",Nice\n5,E,Nice\n'
    )
    report = await read(data)
    assert [(line.number, line.outcome.value, line.name) for line in report.lines] == [
        (2, "refused", ""),
        (3, "created", "B"),
        (4, "created", "C, D"),
        (5, "created", "sur deux lignes"),
        (7, "created", "E"),
    ]
    assert report.lines[0].reasons == ["guillemets mal fermés"]


async def test_a_row_with_a_comma_too_many_is_refused_rather_than_shifted() -> None:
    report = await read(b"id,nom,commune\n1,A,rue X,Nice\n")
    assert report.lines[0].reasons == ["4 cellules pour 3 colonnes"]


async def test_a_workbook_as_excel_writes_it() -> None:
    header = [
        "Code",
        "Nom",
        "Code postal",
        "Latitude",
        "Longitude",
        "Tel",
        "Échéance",
        "Effectif",
        None,
    ]
    row = [12, "Collège", 6000, 43.7, 7.25, 493000000, datetime(2027, 3, 31), 13.0, "remarque"]
    data = xlsx_file([[], header, row, [None] * 9])
    (line,) = (await read(data, "sites.xlsx")).lines
    assert line.number == 3
    assert line.values == {
        "source_id": "12",
        "name": "Collège",
        "postcode": "06000",
        "lat": 43.7,
        "lon": 7.25,
        "phone": "0493000000",
        "deadline": "2027-03-31",
        "staff": 13,
    }


async def test_geojson_points() -> None:
    point = {"type": "Point", "coordinates": [7.28057, 43.69957, 12]}
    data = geojson_file(
        feature({"id": 1, "name": "A", "competences": ["wifi", "visio"]}, point),
        feature({"id": 2, "name": "B", "commune": "Nice"}, None),
        feature({"id": 3, "name": "C"}, {"type": "LineString", "coordinates": [[7, 43], [7, 44]]}),
        {"type": "Feature", "id": "four", "properties": {"name": "D"}, "geometry": point},
    )
    report = await read(data, "sites.geojson")
    assert [line.outcome.value for line in report.lines] == [
        "created",
        "created",
        "refused",
        "created",
    ]
    assert report.lines[0].values["skills"] == ["visio", "wifi"]
    assert report.lines[2].reasons == ["la géométrie n’est pas un point"]
    await apply(report)
    assert (await Site.get(source_id="2")).position_state == PositionState.WAITING
    assert (await Site.get(source_id="four")).lat == 43.69957


async def test_a_property_that_a_feature_lacks_erases_nothing() -> None:
    point = {"type": "Point", "coordinates": [7.28, 43.7]}
    full = feature({"id": "1", "name": "A", "acces": "Sonner"}, point)
    await apply(await read(geojson_file(full)))
    report = await read(
        geojson_file(
            feature({"id": "1", "name": "A"}, point), feature({"id": "2", "acces": ""}, point)
        )
    )
    assert report.lines[0].outcome == Outcome.UNCHANGED


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "Le fichier est vide"),
        (b" \n\n", "Le fichier est vide"),
        (b"id,nom,commune\n", "aucune ligne de site"),
        (b"nom,commune\nA,Nice\n", "Colonnes obligatoires absentes : un identifiant"),
        (
            b"a;b\n1;2\n",
            "un identifiant (« id », « code » ou « uai ») ; un nom (« nom » ou « name ») ; une position",
        ),
        (b"id,nom,lat\n1,A,43.7\n", "une position (« lat » et « lon ») ou une adresse"),
        (b"\x00\x01\x02\x03", "ni un texte CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Ancien format Excel"),
        (b"PK\x03\x04broken", "Classeur illisible"),
        (b'{"type": "FeatureCollection"', "Ce n’est pas du GeoJSON lisible"),
        (b'{"features":' + b"[" * 100_000, "Ce n’est pas du GeoJSON lisible"),
        (b'{"type": "Topology"}', "une FeatureCollection de points est attendue"),
        (b"id,nom,lat,lon" + b",x" * 300 + b"\n1,A,43.7,7.2\n", "Trop de colonnes"),
    ],
)
async def test_an_unusable_file_says_why_in_one_line(data: bytes, why: str) -> None:
    assert typeset(why) in await error(data)


async def test_a_source_needs_a_name() -> None:
    report = await dry_run(csv_file(ROW), "sites.csv", " ")
    assert report.errors == ["Le nom de la source doit avoir de 1 à 40 caractères."]


async def test_a_file_too_big_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "20 Mo au plus" in await error(b"x" * (table.MAX_BYTES + 1))
    monkeypatch.setattr(table, "MAX_ROWS", 2)
    rows = [ROW | {"id": str(number)} for number in range(3)]
    cells = [list(ROW), *(list(row.values()) for row in rows)]
    point = {"type": "Point", "coordinates": [7.28, 43.7]}
    for data in (
        csv_file(*rows),
        xlsx_file(cells),
        geojson_file(*(feature(row, point) for row in rows)),
    ):
        assert typeset("Trop de lignes : 2 au plus") in await error(data)
    assert len(await values(csv_file(*rows[:2]))) == len(await values(xlsx_file(cells[:3]))) == 2


async def test_a_workbook_that_unpacks_to_too_much_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1_000_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * 2_000_000)
    assert len(bomb.getvalue()) < 5_000
    assert "trop gros une fois décompressé" in await error(bomb.getvalue(), "sites.xlsx")


async def test_a_forged_row_number_does_not_count_for_ever() -> None:
    honest = xlsx_file([list(ROW), list(ROW.values())])
    forged = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(honest)) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(
                name, part.replace(b'r="2"', b'r="999999999"') if "sheet1" in name else part
            )
    assert "aucune ligne de site" in await error(forged.getvalue(), "sites.xlsx")
