"""``tour check`` says what is not safe and what to do, and fails then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tour import check, sqlite
from tour.check import Level, private


def tour(command: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tour", command],
        env={"PATH": os.environ["PATH"], "TOUR_HOME": str(home), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_works(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    secret = tmp_path / "secret"
    secret.touch(0o600)
    assert tour("migrate", tmp_path).returncode == 0
    said = tour("check", tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    for words in (
        f"database, SQLite: {sqlite.version()} ({sqlite.source_id()})",
        "database, journal: wal, synchronous=FULL",
        f"queue, SQLite: {sqlite.version()}",
        "queue, journal: wal, synchronous=FULL",
        "migrations: all done",
        f"secret: {secret}, mode 0600",
        f"home: {tmp_path}, mode 0700",
        "mail: files in",
        "address: http://localhost:8000",
    ):
        assert words in said.stdout, words


def test_each_thing_that_is_not_right_has_its_remedy_and_it_fails(tmp_path: Path) -> None:
    said = tour(
        "check", tmp_path, TOUR_BASE_URL="http://tour.departement.example", TOUR_DEMO="public"
    )
    assert said.returncode == 1
    wrong = [line for line in said.stdout.splitlines() if line.startswith("error")]
    assert [line.split()[1].rstrip(":") for line in wrong] == [
        "migrations", "mail", "address", "demo",
    ]  # fmt: skip
    assert all("→" in line for line in wrong)


def test_what_others_may_read_has_its_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    found = private("home", tmp_path, "chmod 700")
    assert found.level is Level.ERROR
    assert found.remedy == f"chmod 700 {tmp_path}"


@pytest.mark.parametrize(
    ("version", "journal", "synchronous", "is_safe"),
    [
        ("3.53.0", "wal", "2", True),
        ("3.53.0", "wal", "1", False),
        ("3.53.0", "delete", "2", False),
        ("3.40.1", "wal", "2", False),
        ("3.40.1", "delete", "3", True),
        ("3.40.1", "memory", "3", False),
    ],
)
def test_what_is_safe(
    monkeypatch: pytest.MonkeyPatch, version: str, journal: str, synchronous: str, is_safe: bool
) -> None:
    monkeypatch.setattr(sqlite, "version", lambda: version)
    found = check.of_sqlite("database", {"journal_mode": journal, "synchronous": synchronous})
    assert all(one.level is Level.FINE for one in found) == is_safe


def test_web_and_worker_say_at_start_what_is_wrong(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wrong() -> list[check.Finding]:
        return [
            check.Finding(Level.ERROR, "home", "open to all", "chmod 700"),
            check.Finding(Level.WARNING, "mail", "files"),
        ]

    monkeypatch.setattr(check, "examine", wrong)
    check.warn_at_start()
    assert [record.getMessage() for record in caplog.records] == [
        "tour check: error   home: open to all → chmod 700"
    ]
