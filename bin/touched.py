"""Prints the test modules that what has changed since main concerns, one a line: those that name a changed module, else its room's."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
ALWAYS = ["tests/test_the_house.py", "tests/test_the_docs.py", "tests/test_wiring.py"]
SLOW = {"e2e", "chaos", "peers", "bench"}  # for `make test`
ROOMS = {"static": "field", "tour/locale": "test_translations.py", "tour/migrations": "test_migrations.py"}  # fmt: skip


def git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.splitlines()


def changed() -> set[str]:
    """Files that differ from where this branch left main, and new ones."""
    base = git("merge-base", "HEAD", "main") or ["HEAD"]
    return {
        *git("diff", "--name-only", base[0]),
        *git("ls-files", "--others", "--exclude-standard"),
    }


def tests_in(place: Path) -> set[Path]:
    found = {place} if place.is_file() else set(place.rglob("test_*.py"))
    return {path for path in found if path.relative_to(ROOT / "tests").parts[0] not in SLOW}


def of_room(path: str) -> set[Path]:
    """The tests in the folder of the same name, or in the one that stands for it."""
    stands_for = next((room for start, room in ROOMS.items() if path.startswith(start)), None)
    return tests_in(ROOT / "tests" / (stands_for or path.split("/")[1]))


def naming(module: str) -> set[Path]:
    """The tests that import this module: ``from a.b import c`` names ``a.b`` and ``a.b.c``."""
    package, _dot, name = module.rpartition(".")
    said = re.compile(
        rf"\b(?:{re.escape(module)}\b|from {re.escape(package)} import [^\n]*\b{name}\b)"
    )
    return {path for path in tests_in(ROOT / "tests") if said.search(path.read_text())}


def concerned(path: str) -> set[Path]:
    """The tests that a changed file concerns."""
    top = path.split("/")[0]
    if path.startswith("tests/"):
        if Path(path).name.startswith("test_"):
            return tests_in(ROOT / path) if (ROOT / path).exists() else set()
        return naming(path.removesuffix(".py").replace("/", "."))
    if top == "tour" and path.endswith(".py"):
        return naming(path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")) or of_room(path)  # fmt: skip
    return of_room(path) if top in {"tour", "templates", "static"} and "/" in path else set()


if __name__ == "__main__":
    found = set().union(*map(concerned, changed())) | {ROOT / path for path in ALWAYS}
    print("\n".join(sorted(str(path.relative_to(ROOT)) for path in found)))
