"""``tour plan``: 200 sites from files to plan.json."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.planning.campaigns import Row, pair_rows, site_rows, write_csv
from tests.planning.conftest import Planned, run_plan
from tour.planning import files
from tour.planning.files import UnusableInput, read_minutes, read_pairs, read_sites


def test_it_works(planned: Planned) -> None:
    assert planned.violations() == []
    assert planned.plan["totals"]["served"] == 200
    assert planned.plan["unserved"] == []
    assert re.search(r"200 served, 0 left out, \d+ min driven", planned.said)


def test_the_solver_s_figures_are_told(planned: Planned) -> None:
    solver = planned.plan["solver"]
    assert (solver["engine"], solver["seconds"], solver["seed"]) == ("vroom+popmusic", 3.0, 1)
    assert 0 < solver["first_plan_seconds"] < 5
    first, *_between, last = solver["curve"]
    assert last[1:] == [planned.plan["totals"]["served"], planned.plan["totals"]["drive_min"]]
    assert last[2] < first[2]


def test_a_line_is_shown_each_time_the_plan_changes(planned: Planned) -> None:
    shown = [re.search(r"(\d+) served  (\d+) min driven", line) for line in planned.steps]
    curve = planned.plan["solver"]["curve"]
    assert [(int(at[1]), int(at[2])) for at in shown if at] == [tuple(p[1:]) for p in curve]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small campaign's files."""
    write_csv(tmp_path / "sites.csv", site_rows(6))
    write_csv(tmp_path / "pairs.csv", pair_rows())
    return tmp_path


def refused(folder: Path, **options: str) -> list[str]:
    """What the command says when it refuses; nothing may have been written."""
    result = run_plan(folder, **options)
    assert result.exit_code == 2, result.output
    assert not (folder / "plan.json").exists()
    return result.stderr.splitlines()


def test_semicolons_cp1252_and_a_byte_order_mark_are_read(folder: Path) -> None:
    write_csv(folder / "sites.csv", site_rows(6), delimiter=";", encoding="cp1252")
    write_csv(folder / "pairs.csv", pair_rows(), delimiter=";", encoding="utf-8-sig")
    assert run_plan(folder, seconds="0.5").exit_code == 0
    assert len(json.loads((folder / "plan.json").read_text("utf-8"))["visits"]) == 6


def sites_in(text: str, encoding: str, bom: bytes = b"") -> bytes:
    return bom + text.encode(encoding)


LINES = ["id,name,lat,lon", "A,Collège A,43.70,7.25", "B,MSD,43.72,7.20", "C,École Ève,43.71,7.22"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
def test_files_are_read_however_their_lines_end_and_whatever_wrote_them(
    folder: Path, encoding: str, bom: bytes, end: str
) -> None:
    data = sites_in(end.join(LINES), encoding, bom)
    (folder / "sites.csv").write_bytes(data)
    pairs = (folder / "pairs.csv").read_text("utf-8").replace("\n", end)
    (folder / "pairs.csv").write_bytes(sites_in(pairs, encoding, bom))
    minutes = end.join([",".join(["5"] * 7)] * 7)
    (folder / "minutes.csv").write_bytes(sites_in(minutes, encoding, bom))
    result = run_plan(folder, seconds="0.2", matrix=str(folder / "minutes.csv"))
    assert result.exit_code == 0, result.output
    assert "3 served, 0 left out" in result.stdout
    assert [site.name for site in read_sites(folder / "sites.csv")][2] == "École Ève"


def test_lines_are_numbered_however_they_end(folder: Path) -> None:
    (folder / "sites.csv").write_bytes("\r".join([*LINES, "D,D,north,7.2"]).encode())
    assert refused(folder) == [f"{folder / 'sites.csv'}: line 5: lat 'north': not a number"]


def test_a_quote_left_open_spoils_its_own_line_only(folder: Path) -> None:
    (folder / "sites.csv").write_text("\n".join([*LINES[:2], '"B,B,43.7,7.2', *LINES[3:]]))
    assert refused(folder) == [f"{folder / 'sites.csv'}: line 3: quotes not closed"]


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02\x03", b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00"]
)
def test_what_is_no_text_is_refused_in_words(folder: Path, data: bytes) -> None:
    for name in ("sites", "pairs", "minutes"):
        (folder / f"{name}.csv").write_bytes(data)
    assert all("neither CSV text" in line for line in refused(folder))


@pytest.mark.parametrize(
    "day", ["0001-01-01", "1999-12-31", "2101-01-01", "9998-12-31", "9999-12-31"]
)
def test_a_day_of_no_campaign_s_years_is_refused_in_words(folder: Path, day: str) -> None:
    said = "the year is not between 2000 and 2100"
    assert refused(folder, **{"from": day}) == [f"--from {day}: {said}"]
    sites = site_rows(3)
    sites[1] |= {"deadline": day}
    sites[2] |= {"blocked": f"2027-01-11;{day}"}
    pairs = pair_rows()
    pairs[0] |= {"absences": day}
    write_csv(folder / "sites.csv", sites)
    write_csv(folder / "pairs.csv", pairs)
    lines = refused(folder)
    assert [line.partition(".csv: ")[2].partition(" ")[2].partition(" ")[0] for line in lines] == [
        "3:",
        "4:",
        "2:",
    ]
    assert all(said in line for line in lines)


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["43.7", "7,2", "nan", "-inf", "1e999", "9" * 400, "2027-01-11", "0000-00-00",
                     "9999-12-31;0001-01-01", "25:00", "09:00", "Mo-Fr", "Mo-Fr 09:00-17:00", "\"", "٣"]),
)  # fmt: skip
NAMES = ["id", "name", "lat", "lon", "staff", "duration_min", "opening_hours", "priority", "deadline",
         "blocked", "skills", "pair", "start", "end", "days", "lunch_from", "absences", "max_visits"]  # fmt: skip


def text_of(rows: list[list[str]]) -> str:
    return "\n".join(",".join(row) for row in [NAMES, *rows])


FILES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.builds(
        lambda rows, encoding: text_of(rows).encode(encoding, "replace"),
        st.lists(st.lists(CELLS, max_size=20), max_size=4),
        st.sampled_from(["utf-8", "utf-16", "cp1252"]),
    ),
)


@given(FILES)
def test_any_file_is_read_or_refused_in_words(data: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        for read in (read_sites, read_pairs, lambda path: read_minutes(path, 2)):
            problems = [f"{path}: "]
            try:
                read(path)
            except UnusableInput as error:
                problems = error.problems
            assert problems
            assert all(line.startswith(f"{path}: ") for line in problems)


def test_every_bad_line_of_both_files_is_named(folder: Path) -> None:
    sites = site_rows(4)
    sites[1] |= {"lat": "north", "priority": "500"}
    sites[2] |= {"opening_hours": "when it suits", "deadline": "soon"}
    sites[3] |= {"pair": "P9", "name": ""}
    sites[4] |= {"id": sites[1]["id"]}
    pairs = pair_rows()
    pairs[0] |= {"start": "9 h"}
    pairs[1] |= {"start": "17:00", "end": "09:00", "days": "Lu-Ve"}
    pairs[2] |= {"lunch_min": "120", "lunch_from": "12:00", "lunch_to": "13:00"}
    write_csv(folder / "sites.csv", sites)
    write_csv(folder / "pairs.csv", pairs)
    said = refused(folder)
    lines = [re.search(r"(sites|pairs)\.csv: line (\d+)", line) for line in said]
    assert {(found[1], int(found[2])) for found in lines if found} == {
        ("sites", 3),
        ("sites", 4),
        ("sites", 5),
        ("sites", 6),
        ("pairs", 2),
        ("pairs", 3),
        ("pairs", 4),
    }
    assert all(lines)
    assert len(said) == 10  # the unknown pair is only told once the pairs are readable


def test_a_site_s_unknown_pair_is_named_with_its_line(folder: Path) -> None:
    write_csv(folder / "sites.csv", [*site_rows(2), site_rows(3)[-1] | {"pair": "P9"}])
    assert refused(folder) == [f"{folder / 'sites.csv'}: line 5: pair 'P9' is not in the pairs"]


def test_a_shifted_line_is_named(folder: Path) -> None:
    (folder / "sites.csv").write_text(
        "id,name,lat,lon,opening_hours\nA,A,43.7,7.2,Mo-Tu,Th 08:00-12:00\n"
    )
    assert "line 2: 6 cells for 5 columns" in refused(folder)[0]


@pytest.mark.parametrize(
    ("sites", "said"),
    [
        ("id,name,lat\nA,A,43.7\n", "missing column: lon"),
        ("id,name,lat,lon\n", "no site to visit"),
        ("", "The file is empty."),
    ],
)
def test_a_file_with_no_site_is_refused(folder: Path, sites: str, said: str) -> None:
    (folder / "sites.csv").write_text(sites)
    assert said in refused(folder)[0]


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "pairs.csv").unlink()
    assert refused(folder) == [f"{folder / 'pairs.csv'}: No such file or directory"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0,1,2", "line 3: 3 values instead of 10"),
        ("0,1,2,3,4,5,6,7,8,9.5", "line 3: not a whole number"),
        ("0,1,2,3,4,5,6,7,8,-9", "line 3: not between 0 and 10080"),
    ],
)
def test_a_bad_line_of_the_matrix_is_named(folder: Path, line: str, said: str) -> None:
    good = ",".join(["1"] * 10)
    lines = [good] * 10
    lines[2] = line
    (folder / "minutes.csv").write_text("\n".join(lines))
    assert refused(folder, matrix=str(folder / "minutes.csv")) == [
        f"{folder / 'minutes.csv'}: {said}"
    ]


def test_a_matrix_of_another_size_is_refused(folder: Path) -> None:
    (folder / "minutes.csv").write_text("\n".join([",".join(["1"] * 10)] * 9))
    assert "9 lines instead of 10" in refused(folder, matrix=str(folder / "minutes.csv"))[0]


def test_the_matrix_given_is_the_one_driven(folder: Path) -> None:
    rows: list[Row] = [{"id": "A", "name": "A", "lat": "43.7", "lon": "7.2"}]
    write_csv(folder / "sites.csv", rows)
    write_csv(folder / "pairs.csv", pair_rows()[:1])
    (folder / "minutes.csv").write_text("0,17\n23,0\n")
    run_plan(folder, matrix=str(folder / "minutes.csv"))
    visit = json.loads((folder / "plan.json").read_text())["visits"][0]
    assert (visit["drive_before_min"], visit["drive_after_min"]) == (17, 23)


def test_no_time_to_plan_has_its_own_status(folder: Path) -> None:
    result = run_plan(folder, seconds="0")
    assert result.exit_code == 3
    assert "no plan found" in result.stderr
    assert not (folder / "plan.json").exists()


def test_a_plan_that_could_not_be_written_is_not_begun(folder: Path) -> None:
    assert refused(folder, out=str(folder / "no" / "plan.json")) == [
        f"{folder / 'no'}: no such folder, or it may not be written to"
    ]


def test_a_file_larger_than_any_campaign_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    assert "File too large" in refused(folder)[0]


@settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    data=st.binary(max_size=120) | st.binary(max_size=80).map(lambda b: b"id,name,lat,lon\r" + b)
)
def test_no_bytes_raise_anything_but_the_reader_s_own_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    for read in (read_sites, read_pairs, lambda file: read_minutes(file, 3)):
        with contextlib.suppress(UnusableInput):
            read(path)
