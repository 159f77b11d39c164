"""What lies in TOUR_HOME is readable by the service alone, from the first file on and after a mend at start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.running import serving
from tour import private

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")


def open_to_others(home: Path) -> list[str]:
    return [str(path) for path in (home, *home.rglob("*")) if path.stat().st_mode & 0o077]


def tour(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tour", *words],
        env=os.environ | {"TOUR_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        umask=0o022,
    )


def test_a_new_home_is_closed_from_the_first_file_on(tmp_path: Path) -> None:
    home = tmp_path / "var"
    tour(home, "migrate")
    assert (home / "tour.sqlite3").exists()
    assert open_to_others(home) == []


def test_what_an_older_release_left_open_is_closed_at_start(migrated: Path, tmp_path: Path) -> None:
    home = tmp_path / "var"
    for name in ("mail/1.eml", "imports/a.json", "photos/ab/c.jpg", "unreadable/x.body"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with serving(migrated, home):
        assert open_to_others(home) == []
        assert (home / "mail/1.eml").stat().st_mode & 0o777 == 0o600
        assert (home / "mail").stat().st_mode & 0o777 == 0o700


def test_what_cannot_be_closed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "tour.sqlite3"
    file.write_text("x")
    file.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    assert str(file) in private.close(file)
    monkeypatch.setattr(private, "ours", lambda: iter([file]))
    before = os.umask(0o022)
    try:
        assert private.keep_private()
    finally:
        os.umask(before)
    assert "others on this machine may read" in caplog.text


def refuse(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_link_is_left_alone(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("x")
    there.chmod(0o644)
    (tmp_path / "link").symlink_to(there)
    assert private.close(tmp_path / "link") == ""
    assert there.stat().st_mode & 0o777 == 0o644
