"""What is installed in production: nothing of the developers, nothing with holes that are known to be mended."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)", re.MULTILINE)
# The newest of the versions that mended a hole which was made public, and one of those holes.
MENDED = {
    "aiohttp": "3.14.3",  # CVE-2026-69244
    "cryptography": "46.0.7",  # CVE-2026-39892
    "jinja2": "3.1.6",  # CVE-2025-27516
    "pillow": "12.3.0",  # CVE-2026-55379
    "python-multipart": "0.0.31",  # CVE-2026-53540
    "starlette": "1.3.1",  # CVE-2026-54283
}


def locked(name: str) -> dict[str, Version]:
    return {n: Version(v) for n, v in PINNED.findall((ROOT / name).read_text())}


def asked() -> dict[str, Requirement]:
    return {Requirement(r).name: Requirement(r) for r in PROJECT["project"]["dependencies"]}


@pytest.mark.parametrize(("name", "mended"), MENDED.items())
def test_no_version_with_a_known_hole_is_allowed(name: str, mended: str) -> None:
    floors = [Version(s.version) for s in asked()[name].specifier if s.operator == ">="]
    assert max(floors) >= Version(mended)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_what_is_locked_is_what_is_asked_for(lock: str) -> None:
    versions = locked(lock)
    for name, requirement in asked().items():
        assert requirement.specifier.contains(versions[name]), name


def test_production_installs_nothing_of_the_developers() -> None:
    needed = {name.lower() for name in asked()}
    developers = {Requirement(r).name for r in PROJECT["dependency-groups"]["dev"]} - needed
    assert developers & locked("requirements.lock").keys() == set()
    manual = (
        (ROOT / "README.md").read_text().partition("### In production")[2].partition("\n### ")[0]
    )
    assert "--require-hashes -r requirements.lock" in manual
    assert "requirements-dev.lock" not in manual


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_name_no_registry_and_have_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert len(PINNED.findall(text)) <= text.count("--hash=sha256:")
