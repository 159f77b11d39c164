"""Whatever the file: the same rows make the same sites, and no bytes crash an import or write by themselves."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.sites.files import ROW, csv_file, feature, geojson_file, xlsx_file
from tour.sites.importing import ImportReport, Outcome, apply, dry_run
from tour.sites.importing.columns import ALIASES
from tour.sites.models import Site, SiteManager

pytestmark = pytest.mark.usefixtures("db")
# One database for all the examples of a test: each takes a source of its own, or writes nothing.
in_one_database = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
sources = (f"source-{n}" for n in itertools.count())

# Text that every encoding tried here can hold, and that a reader may not trim or fold.
TEXT = st.text("aZé èÇœ€'\"«»;,\t|&<>${}/0-9", min_size=1, max_size=30).map(
    lambda t: " ".join(t.split())
)
FIELDS = {
    "name": TEXT.filter(bool),
    "commune": TEXT,
    "access": TEXT,
    "lat": st.integers(4_130_000, 5_100_000).map(lambda n: n / 100_000),
    "lon": st.integers(-500_000, 950_000).map(lambda n: n / 100_000),
    "postcode": st.integers(1_000, 98_999).map(lambda n: f"{n:05d}"),
    "staff": st.integers(0, 5_000),
    "priority": st.integers(0, 100),
    "deadline": st.dates().filter(lambda d: d.year >= 2000).map(str),
}
rows_of_sites = st.lists(st.fixed_dictionaries(FIELDS), min_size=1, max_size=6)


@st.composite
def headers(draw: st.DrawFn) -> dict[str, str]:
    """Our fields in any order, each under one of its names, written in any way."""
    columns = {}
    for field in draw(st.permutations(["source_id", *FIELDS])):
        alias = draw(st.sampled_from(ALIASES[field]))
        columns[field] = draw(
            st.sampled_from([alias, alias.upper(), f" {alias.capitalize()} ", "_".join(alias)])
        )
    return columns


@in_one_database
@given(
    rows=rows_of_sites,
    columns=headers(),
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    decimal=st.sampled_from([".", ","]),
)
async def test_rows_written_as_csv_in_any_way_make_the_same_sites(
    rows: list[dict[str, Any]], columns: dict[str, str], delimiter: str, encoding: str, decimal: str
) -> None:
    written = [row | {"source_id": f"S{number}"} for number, row in enumerate(rows)]
    cells = [
        {
            column: str(row[field]).replace(".", decimal) if field in ("lat", "lon") else row[field]
            for field, column in columns.items()
        }
        for row in written
    ]
    source = next(sources)
    await apply(
        await dry_run(csv_file(*cells, delimiter=delimiter, encoding=encoding), "sites.csv", source)
    )

    kept = await Site.filter(source=source).order_by("source_id").values("source_id", *FIELDS)
    assert [site | {"deadline": str(site["deadline"])} for site in kept] == written


@in_one_database
@given(rows=rows_of_sites)
async def test_the_same_rows_in_each_format_make_the_same_lines(rows: list[dict[str, Any]]) -> None:
    rows = [{"id": f"S{number}"} | row for number, row in enumerate(rows)]
    points = [
        feature(row, {"type": "Point", "coordinates": [row["lon"], row["lat"]]}) for row in rows
    ]
    files = [
        csv_file(*rows),
        xlsx_file([list(rows[0]), *([row[column] for column in rows[0]] for row in rows)]),
        geojson_file(*points),
    ]
    by_csv, by_xlsx, by_geojson = [
        [line.values for line in (await dry_run(data, "sites", "essai")).lines] for data in files
    ]
    assert by_csv == by_xlsx == by_geojson


ANY_CELL = st.one_of(
    st.text(max_size=12), st.sampled_from(["", "43.7", "7.2", "06000", "a@b.example", "Mo-Fr"])
)
ANY_ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(ALIASES, ANY_CELL)), min_size=1, max_size=5)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FEATURES = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("Feature"),
            "properties": st.dictionaries(
                st.sampled_from(["id", "nom", "commune", "tel", "mail"]), ANY_JSON
            )
            | ANY_JSON,
            "geometry": st.fixed_dictionaries({"type": st.just("Point"), "coordinates": ANY_JSON})
            | ANY_JSON,
        }
    )
    | ANY_JSON,
    max_size=4,
)
WORKBOOK = xlsx_file([list(ROW), list(ROW.values())])


@st.composite
def broken_workbooks(draw: st.DrawFn) -> bytes:
    data = bytearray(WORKBOOK)
    for _ in range(draw(st.integers(1, 8))):
        data[draw(st.integers(4, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@settings(in_one_database, max_examples=examples(120))
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(lambda tail: b"id;nom;commune\n1;A;Nice\n" + tail),
        st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail),
        broken_workbooks(),
        ANY_ROWS.map(lambda rows: csv_file(*rows, encoding="utf-8").replace(b"\0", b"")),
        FEATURES.map(lambda features: geojson_file(*features)),
    ),
    filename=st.text(max_size=12) | st.sampled_from(["a.csv", "a.xlsx", "a.geojson"]),
)
async def test_no_bytes_crash_a_dry_run_nor_write_by_themselves(data: bytes, filename: str) -> None:
    report = await dry_run(data, filename, "essai")
    assert report.errors or report.lines
    assert ImportReport.from_json(report.to_json()) == report
    assert not await Site.exists(source="essai")
    assert not await SiteManager.exists()


@settings(in_one_database, max_examples=examples(60))
@given(
    data=ANY_ROWS.map(
        lambda rows: csv_file(
            *(
                row | {"source_id": f"S{n % 3}", "name": "A", "lat": "43.7", "lon": "7.2"}
                for n, row in enumerate(rows)
            )
        )
    )
    | FEATURES.map(lambda features: geojson_file(*features))
)
async def test_what_was_imported_once_is_unchanged_the_second_time(data: bytes) -> None:
    source = next(sources)
    first = await dry_run(data, "sites", source)
    if first.errors:
        return
    counts = await apply(first)
    second = await dry_run(data, "sites", source)
    assert counts.refused == second.count(Outcome.REFUSED)
    assert (
        counts.created
        == second.count(Outcome.UNCHANGED)
        == await Site.filter(source=source).count()
    )
    assert [line.changes for line in second.lines if line.changes] == []
