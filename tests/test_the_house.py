"""Who may know of what, beyond the floors of import-linter."""

from __future__ import annotations

import ast
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
