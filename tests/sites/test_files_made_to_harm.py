"""Files that are small and ask for much: each is refused in a sentence, within bounds of memory and time."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.sites.files import csv_file, xlsx_file
from tour.sites.importing.columns import count_known
from tour.tables import read
from tour.tables.csv_text import read_csv
from tour.tables.read import MEMORY_MB, read_table
from tour.tables.table import MAX_LINES, UnusableFile

HEAD = b"id;nom;lat;lon\n"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
OVERRIDE = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


def forged(sheet: str = "", strings: str = "") -> bytes:
    """A workbook whose sheet, or whose table of texts, is another."""
    sound = io.BytesIO(xlsx_file([["id", "nom", "lat", "lon"], ["1", "A", 43.7, 7.2]]))
    harmful = io.BytesIO()
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(harmful, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name).decode()
            if name == SHEET and sheet:
                part = f"<worksheet {MAIN}><sheetData>{sheet}</sheetData></worksheet>"
            if name == "[Content_Types].xml":
                part = part.replace("</Types>", f"{OVERRIDE}</Types>")
            if name != STRINGS:
                new.writestr(name, part)
        new.writestr(STRINGS, f"<sst {MAIN}>{strings}</sst>")
    return harmful.getvalue()


def many_strings() -> bytes:
    """Two million texts, told in 100 kB."""
    return forged(strings="<si><t>a</t></si>" * 2_000_000)


def far_cells() -> bytes:
    """Each row has one cell, in the last column there is."""
    return forged('<row><c r="XFD1"><v>1</v></c></row>' * 50_000)


def far_rows() -> bytes:
    return forged('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')


def one_long_text_everywhere() -> bytes:
    cells = '<c t="s"><v>0</v></c>' * 150
    return forged(f"<row>{cells}</row>" * 15_000, f"<si><t>{'a' * 32_000}</t></si>")


def deep() -> bytes:
    return forged("<row>" * 1_000_000)


SAID = ("Trop", "trop", "GeoJSON", "illisible", "est vide")
real = csv.reader
HARMFUL = {
    "many strings": many_strings,
    "far cells": far_cells,
    "far rows": far_rows,
    "one long text everywhere": one_long_text_everywhere,
    "deep": deep,
    "blank lines": lambda: HEAD + b"\n" * 14_000_000,
    "blank lines, then one": lambda: HEAD + b"\r\n" * 7_000_000 + b"1;A;43.7;7.2\n",
    "quotes that do not close": lambda: HEAD + b'"aaaaaaaaa\n' * 1_500_000,
    "quotes and blanks": lambda: HEAD + b'"\n\n' * 60_000,
    "wide lines": lambda: HEAD + b";" * 19_000_000,
    "many columns": lambda: b"a;" * 9_000_000,
    "deep JSON": lambda: b'{"features":' + b"[" * 10_000_000,
    "wide JSON": lambda: b'{"type":"FeatureCollection","features":[' + b"[],[],[]," * 2_000_000,
}


@linux
@pytest.mark.parametrize("kind", HARMFUL)
def test_a_harmful_file_is_refused_within_bounds(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(HARMFUL[kind]())
    code = (
        "import resource, sys, time\n"
        "from tour.sites.importing.columns import count_known\n"
        "from tour.tables.read import read_table\n"
        "from tour.tables.table import UnusableFile\n"
        "began = time.process_time()\n"
        "try: said = str(len(read_table(open(sys.argv[1], 'rb').read(), 'x', count_known).rows))\n"
        "except UnusableFile as error: said = error.message\n"
        "here = [int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM')]\n"
        "there = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "spent = time.process_time() - began\n"
        "print(*here, there.ru_maxrss, round(spent), round(there.ru_utime), said)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    here, there, spent, spent_there, said = done.stdout.strip().split(" ", 4)
    assert int(here) / 1000 < 400
    assert int(there) / 1000 < MEMORY_MB + 150
    assert int(spent) < 20
    assert int(spent_there) <= 32
    assert said.isdigit() or any(word in said for word in SAID)


def test_blank_lines_take_no_time_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is looked at once, and those that are blank by nothing that reads CSV."""
    readers = []
    monkeypatch.setattr(csv, "reader", lambda *a, **k: readers.append(a) or real(*a, **k))
    read_csv(HEAD + b"\n" * 50_000 + b"1;A;43.7;7.2\n", count_known)
    assert len(readers) < 20


def test_blank_lines_between_rows_change_nothing() -> None:
    plain = read_csv(HEAD + b"1;A;43.7;7.2\n2;B;43.8;7.3\n", count_known)
    spaced = read_csv(b"\n\n" + HEAD + b"\n1;A;43.7;7.2\n\r\n\n2;B;43.8;7.3\n\n\n", count_known)
    assert [row.cells for row in spaced.rows] == [row.cells for row in plain.rows]
    assert [row.number for row in spaced.rows] == [5, 8]


def test_too_many_lines_say_so() -> None:
    with pytest.raises(UnusableFile, match="vides comprises"):
        read_csv(HEAD + b"\n" * (MAX_LINES + 1) + b"1;A;43.7;7.2\n", count_known)


def test_a_large_file_is_read_apart_and_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"id": f"S{n}", "nom": f"Site « {n} »", "lat": "43.7", "lon": "7.2"} for n in range(300)
    ]
    for data in (csv_file(*rows), xlsx_file([list(rows[0]), *(list(r.values()) for r in rows)])):
        here = read_table(data, "x", count_known)
        with monkeypatch.context() as patched:
            patched.setattr(read, "LIGHT", 100)
            patched.setattr(read, "read_here", None)  # not here
            assert read_table(data, "x", count_known) == here


def test_what_is_too_much_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "LIGHT", 100)
    monkeypatch.setattr(read, "MEMORY_MB", 1)
    with pytest.raises(UnusableFile, match="en CSV, ou découpez-le"):
        read_table(forged("<row><c><v>1</v></c></row>" * 100_000), "x", count_known)


def test_a_file_refused_apart_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "LIGHT", 3)
    with pytest.raises(UnusableFile, match="FeatureCollection de points"):
        read_table(json.dumps({"features": 3}).encode(), "a.geojson", count_known)
