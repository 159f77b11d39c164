from __future__ import annotations

import gzip

from tour.templating import DIST, manifest

MOST = 150_000


def test_code_to_first_use_is_under_150_kb() -> None:
    built = {name: DIST / manifest()[name] for name in ("field.js", "field.css", "icons.svg")} | {
        "sw.js": DIST / "sw.js"
    }
    weights = {name: len(gzip.compress(path.read_bytes(), 9)) for name, path in built.items()}
    print("compressed, in bytes:", weights, "in all:", sum(weights.values()))
    assert sum(weights.values()) < MOST


def test_the_worker_is_one_file_with_its_templates_inside() -> None:
    worker = (DIST / "sw.js").read_text()
    assert "importScripts" not in worker
    assert "layout/field.html" in worker


def test_pages_leave_the_store_to_the_worker() -> None:
    """A page that its browser keeps for « back » in the middle of a transaction would hold up every write."""
    assert "indexedDB" not in (DIST / manifest()["field.js"]).read_text()
    assert "indexedDB" in (DIST / "sw.js").read_text()
