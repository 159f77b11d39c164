"""Large things sent to a running server: refused early, by size, and memory stays where it was."""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
from PIL import Image

from tests.security.conftest import Target

MB = 1 << 20


def endless(megabytes: int) -> Iterator[bytes]:
    for _n in range(megabytes):
        yield b"email=" + b"a" * (MB - 7) + b"&"


def send(browser: httpx.Client, path: str, content: Iterator[bytes], media: str) -> int:
    """The status of the answer; a connection that is cut in the middle of the body is a refusal too."""
    try:
        answer = browser.post(path, content=content, headers={"Content-Type": media})
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return 413
    return answer.status_code


def test_a_stranger_s_form_of_200_mb_takes_no_memory(target: Target) -> None:
    assert target.browser().get("/sign-in").status_code == 200
    before = target.memory_mb()
    status = send(target.browser(), "/sign-in", endless(200), "application/x-www-form-urlencoded")
    assert status == 413
    assert target.memory_mb() - before < 30


def test_a_stranger_s_file_of_300_mb_reaches_no_disk(target: Target) -> None:
    boundary = b"--x\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n"

    def body() -> Iterator[bytes]:
        yield boundary
        yield from (b"a" * MB for _n in range(300))

    before = used(Path(tempfile.gettempdir()))
    for path in ("/sites/import", "/tablets/copies", "/catalogue/import"):
        status = send(target.browser(), path, body(), "multipart/form-data; boundary=x")
        assert status in {303, 401, 403, 413}
    assert used(Path(tempfile.gettempdir())) - before < 20 * MB


def used(folder: Path) -> int:
    """Bytes in the files of a folder that anybody's upload would be spooled to."""
    return sum(f.stat().st_size for f in folder.glob("tmp*") if f.is_file())


def test_a_small_picture_of_50_megapixels_takes_no_gigabyte(target: Target) -> None:
    large = io.BytesIO()
    Image.new("RGB", (8160, 6144)).save(large, "WEBP", quality=1)
    assert len(large.getvalue()) < 200_000
    desk = target.signed_in("desk")
    before = target.memory_mb()
    form = {"name": "Clavier", "ref": "x", "space": "store", "kind": "incident"}
    answer = desk.post(
        "/catalogue", data=form, files={"picture": ("p.webp", large.getvalue(), "image/webp")}
    )
    assert answer.status_code < 500
    assert target.memory_mb() - before < 300


def test_a_workbook_that_unfolds_is_refused(target: Target) -> None:
    folded = io.BytesIO()
    with zipfile.ZipFile(folded, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * (40 * MB))
    assert len(folded.getvalue()) < 2 * MB
    planner = target.signed_in("planner")
    before = target.memory_mb()
    answer = planner.post("/sites/import", files={"file": ("s.xlsx", folded.getvalue())})
    assert answer.status_code in {413, 422}
    assert target.memory_mb() - before < 300


def test_blank_lines_without_end_are_read_in_a_breath(target: Target) -> None:
    planner = target.signed_in("planner")
    answer = planner.post("/sites/import", files={"file": ("s.csv", b"id;nom\n" + b"\n" * 14 * MB)})
    assert answer.status_code in {303, 413, 422}  # within the client's minute


def test_what_the_tour_keeps_is_its_owner_s_alone(target: Target) -> None:
    target.browser().post("/sign-in", data={"email": "nobody@departement.example"})
    home = target.running.home
    open_to_others = [
        str(path.relative_to(home))
        for path in (home, *home.rglob("*"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []
