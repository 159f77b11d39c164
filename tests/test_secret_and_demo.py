"""What is checked before anything is served: the secret, and that a demo stays among ourselves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tour.settings import SettingsError, secret_in, settings

READ = "from tour.settings import settings; print(settings().signing_secret())"
LONG = "x" * 32


def started(home: Path, script: str = READ, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TOUR_")}
    return subprocess.run(
        [sys.executable, "-c", script],
        env=environment | {"TOUR_HOME": str(home)} | more,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("secret", ["", "x", " " * 40, "a" * 31])
def test_a_secret_that_can_be_guessed_is_refused_at_start(tmp_path: Path, secret: str) -> None:
    said = started(tmp_path, TOUR_SECRET=secret)
    assert said.returncode != 0
    assert "TOUR_SECRET" in said.stderr
    assert "32 characters" in said.stderr
    assert "Traceback" not in said.stderr
    assert not (tmp_path / "secret").exists()


@pytest.mark.parametrize("kept", ["", "x", "\n\n\n"])
def test_so_is_one_read_from_the_file(tmp_path: Path, kept: str) -> None:
    (tmp_path / "secret").write_text(kept)
    said = started(tmp_path)
    assert said.returncode != 0
    assert str(tmp_path / "secret") in said.stderr
    assert "Traceback" not in said.stderr
    with pytest.raises(SettingsError):
        secret_in(tmp_path / "secret")


def test_a_short_key_for_desks_is_refused_too(tmp_path: Path) -> None:
    assert started(tmp_path, TOUR_SECRET=LONG, TOUR_KEY="abc").returncode != 0
    assert started(tmp_path, TOUR_SECRET=LONG, TOUR_KEY="").returncode == 0


def test_all_that_start_at_once_read_the_same_secret(tmp_path: Path) -> None:
    """150 processes of one interpreter that is loaded already, let go together."""
    script = """
import os, sys
from tour.settings import settings
settings()
go_read, go_write = os.pipe()
out_read, out_write = os.pipe()
for _ in range(150):
    if not os.fork():
        os.close(go_write)
        os.read(go_read, 1)  # returns when the parent lets go
        os.write(out_write, (settings().signing_secret() + "\\n").encode())
        os._exit(0)
os.close(go_write)
os.close(out_write)
sys.stdout.write(os.fdopen(out_read).read())
"""
    said = started(tmp_path, script).stdout.split("\n")[:-1]
    assert len(said) == 150
    assert set(said) == {(tmp_path / "secret").read_text()}
    assert len(said[0]) >= 32
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("address", "starts"),
    [
        ("http://localhost:8000", True),
        ("http://tour.localhost", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://192.168.1.20:8000", True),
        ("https://localhost:8000", False),
        ("http://tour.departement.example", False),
        ("http://93.184.215.14", False),
        ("http://localhost.evil.example", False),
        ("", False),
    ],
)
def test_a_demo_that_others_may_reach_must_be_wanted_twice(
    tmp_path: Path, address: str, starts: bool
) -> None:
    read = "from tour.settings import settings; print(settings().demo)"
    assert (started(tmp_path, read, TOUR_DEMO="1", TOUR_BASE_URL=address).returncode == 0) is starts
    public = started(tmp_path, read, TOUR_DEMO="public", TOUR_BASE_URL=address)
    assert (public.returncode, public.stdout) == (0, "public\n")
    assert started(tmp_path, read, TOUR_BASE_URL=address).stdout == "False\n"


def test_nobody_s_telephone_number_is_given_by_default() -> None:
    assert settings().help_contact == ""


@pytest.mark.parametrize(("said", "warned"), [({}, 1), ({"TOUR_HELP_CONTACT": "poste 12"}, 0)])
def test_starting_with_nobody_to_call_is_warned_about_once(
    tmp_path: Path, said: Mapping[str, str], warned: int
) -> None:
    script = """
import uvicorn
uvicorn.run = lambda *_, **__: None
from tour.cli import main
main(["web"])
"""
    assert started(tmp_path, script, **said).stderr.count("TOUR_HELP_CONTACT") == warned
