"""Who may know of what, beyond the floors of import-linter."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TOUR = Path(__file__).parent.parent / "tour"
OF_REQUESTS = {"starlette", "sse_starlette"}


def imported(path: Path) -> set[str]:
    """The packages that a module imports, by their first name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def meets_requests(path: Path) -> bool:
    place = path.relative_to(TOUR)
    return place.parts[0] in {"web", "app.py"} or "pages" in place.parts or place.name == "pages.py"


def test_only_pages_know_of_requests() -> None:
    others = [path for path in TOUR.rglob("*.py") if not meets_requests(path)]
    assert len(others) > 100
    knowing = [str(p.relative_to(TOUR)) for p in others if imported(p) & OF_REQUESTS]
    assert knowing == []


def test_no_test_module_is_imported_by_another() -> None:
    """What tests share has a module of its own: a test module may be renamed, split or run alone."""
    tests = Path(__file__).parent
    found = []
    for path in tests.rglob("*.py"):
        for module in modules_named(path.read_text()):
            if module.startswith("tests.") and module.rpartition(".")[2].startswith("test_"):
                found.append(f"{path.relative_to(tests)}: {module}")
    assert found == []


def modules_named(source: str) -> set[str]:
    """The modules that a source imports from, whole names; those of programs that it holds as text, for processes apart, too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
            found |= set(re.findall(r"^\s*(?:from|import) (tests[\w.]+)", node.value, re.M))
    return found
