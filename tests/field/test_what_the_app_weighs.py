"""The weight of the tablet's code to first use: what every page fetches, and the worker with its pages."""

from __future__ import annotations

import gzip

from tour.settings import ROOT
from tour.templating import DIST, manifest

PAGES = ROOT / "templates" / "field"
MOST_IN_ALL = 150_000
MOST_SCRIPT = 60_000  # programs: pages, precompiled inside the worker, are counted in all


def test_code_to_first_use_is_light() -> None:
    worker = (DIST / "sw.js").read_bytes()
    # Every page is a property of one object in the worker, from the layout to the names of files.
    first, after = worker.index(b'"layout/field.html":'), worker.index(b'"field.js":')
    program = worker[:first] + worker[after:]
    assert worker[first:after].count(b'.html":(function') == len(list(PAGES.glob("*.html"))) + 1
    assert b'.html":(function' not in program
    files = [manifest()[name] for name in ("field.js", "field-chunk.js")]
    scripts = {name: packed((DIST / name).read_bytes()) for name in files} | {
        "sw.js without its pages": packed(program)
    }
    others = {
        name: packed((DIST / manifest()[name]).read_bytes())
        for name in ("field.css", "icons.svg", "field-more.js", "field-en.json")
    }
    in_all = sum(scripts.values()) + sum(others.values()) + packed(worker) - packed(program)
    print("compressed, in bytes:", scripts, others, "in all:", in_all)
    assert sum(scripts.values()) < MOST_SCRIPT
    assert in_all < MOST_IN_ALL


def packed(content: bytes) -> int:
    return len(gzip.compress(content, 9))


def test_the_worker_is_one_file_with_its_templates_inside() -> None:
    worker = (DIST / "sw.js").read_text()
    assert "importScripts" not in worker
    assert "layout/field.html" in worker


def test_pages_leave_the_store_to_the_worker() -> None:
    """A page that its browser keeps for « back » in the middle of a transaction would hold up every write."""
    for name in ("field.js", "field-chunk.js", "field-more.js"):
        assert "indexedDB" not in (DIST / manifest()[name]).read_text(), name
    assert "indexedDB" in (DIST / "sw.js").read_text()
