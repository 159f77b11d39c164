"""``tour import sites FILE``, as typed in a terminal."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.sites.conftest import Addresses
from tests.sites.files import ROW, csv_file
from tour.i18n import typeset
from tour.settings import settings
from tour.sites import command


@pytest.fixture
def home(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a database of this test's own, which the command opens by itself."""
    shutil.copy(migrated, tmp_path / "tour.sqlite3")
    with monkeypatch.context() as patch:
        patch.setenv("TOUR_DATABASE_URL", f"sqlite://{tmp_path / 'tour.sqlite3'}")
        settings.cache_clear()
        yield tmp_path
    settings.cache_clear()


def run(home: Path, data: bytes, *options: str, typed: str = "") -> Result:
    file = home / "colleges-06.csv"
    file.write_bytes(data)
    return CliRunner().invoke(command.import_, ["sites", str(file), *options], input=typed)


def sites_in(home: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(home / "tour.sqlite3") as database:
        return database.execute(
            "SELECT source, source_id, position_state FROM site ORDER BY source_id"
        ).fetchall()


def test_it_works(home: Path) -> None:
    result = run(home, csv_file(ROW | {"pupils": "121"}))
    assert result.exit_code == 0, result.output
    assert sites_in(home) == [("colleges-06", "COL-1", "given")]
    assert result.stdout.splitlines() == [
        "+ COL-1  Collège Ségurane",
        typeset("Colonnes ignorées : pupils"),
        typeset(
            "colleges-06.csv, source « colleges-06 » : à créer 1, à modifier 0, sans changement 0, refusés 0"
        ),
        typeset("Écrit : créés 1, modifiés 0, sans changement 0, refusés 0"),
    ]
    assert result.stderr == ""


def test_what_changes_is_shown(home: Path) -> None:
    run(home, csv_file(ROW | {"effectif": "13"}))
    result = run(home, csv_file(ROW | {"effectif": "14"}))
    assert "~ COL-1  Collège Ségurane : effectif 13 → 14" in result.stdout


def test_refused_lines_are_named_on_stderr_and_the_others_written(home: Path) -> None:
    result = run(home, csv_file(ROW, ROW | {"id": "COL-2", "lat": "nord"}), "--source", "annuaire")
    assert result.exit_code == 0
    assert result.stderr == typeset(
        "ligne 3 refusée : colonne « lat » : « nord » n’est pas une coordonnée\n"
    )
    assert sites_in(home) == [("annuaire", "COL-1", "given")]


def test_a_dry_run_writes_nothing(home: Path) -> None:
    result = run(home, csv_file(ROW), "--dry-run")
    assert result.exit_code == 0
    assert "à créer 1" in result.stdout
    assert sites_in(home) == []


def test_an_unusable_file_exits_with_2(home: Path) -> None:
    result = run(home, b"a;b\n1;2\n")
    assert result.exit_code == 2
    assert result.stderr.startswith("colleges-06.csv : Colonnes obligatoires absentes")


@pytest.mark.parametrize(("typed", "exit_code", "written"), [("y\n", 0, 1), ("n\n", 1, 0)])
def test_in_a_terminal_it_asks_first(
    home: Path, monkeypatch: pytest.MonkeyPatch, typed: str, exit_code: int, written: int
) -> None:
    monkeypatch.setattr(command, "interactive", lambda: True)
    result = run(home, csv_file(ROW), typed=typed)
    assert (result.exit_code, len(sites_in(home))) == (exit_code, written)
    assert ("Rien n’a été écrit." in result.stdout) == (not written)


def test_yes_does_not_ask(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "interactive", lambda: True)
    assert run(home, csv_file(ROW), "--yes").exit_code == 0
    assert len(sites_in(home)) == 1


def test_addresses_are_looked_up_after_the_import(home: Path, addresses: Addresses) -> None:
    result = run(
        home, csv_file({"id": "M-1", "nom": "MSD", "adresse": "3 rue Sincaire", "commune": "Nice"})
    )
    assert typeset("Positions : trouvées 1, à vérifier 0, introuvables 0") in result.stdout
    assert sites_in(home) == [("colleges-06", "M-1", "geocoded")]


def test_without_network_it_succeeds_and_says_which_sites_wait(home: Path) -> None:
    result = run(
        home, csv_file({"id": "M-1", "nom": "MSD", "adresse": "3 rue Sincaire", "commune": "Nice"})
    )
    assert result.exit_code == 0
    assert "1 site attend sa position : le service d’adresses ne répond pas" in result.stdout
    assert "? M-1  MSD" in result.stdout
    assert sites_in(home) == [("colleges-06", "M-1", "waiting")]
