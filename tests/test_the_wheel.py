"""What `pip install` of a wheel gives runs by itself: pages, style, scripts, both languages, data."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import free_port

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of this checkout unpacked, as pip would."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--no-build-isolation", "-w", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def environment(site: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(site), **more}


@contextmanager
def served(site: Path, empty: Path) -> Iterator[str]:
    """The wheel's pages, started from an empty folder; gives their address."""
    port = free_port()
    env = environment(site, TOUR_PORT=str(port))
    subprocess.run([sys.executable, "-m", "tour", "migrate"], cwd=empty, env=env, check=True)
    web = subprocess.Popen([sys.executable, "-m", "tour", "web"], cwd=empty, env=env)
    try:
        base = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while True:
            try:
                assert get(f"{base}/healthz") == (200, b"ok\n")
                break
            except urllib.error.URLError:
                assert web.poll() is None, "it ended"
                assert time.monotonic() < until
                time.sleep(0.1)
        yield base
    finally:
        web.terminate()
        web.wait()


def get(url: str, language: str = "fr") -> tuple[int, bytes]:
    request = urllib.request.Request(url, headers={"Accept-Language": language})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, answer.read()


def test_it_serves_its_pages_from_an_empty_folder(site: Path, tmp_path: Path) -> None:
    with served(site, tmp_path) as base:
        status, page = get(f"{base}/sign-in")
        assert status == 200
        named = re.findall(r'(?:href|src)="(/static/dist/[^"#]+)"', page.decode())
        assert any(name.endswith(".css") for name in named)
        built = json.loads((site / "tour/static/dist/manifest.json").read_text()).values()
        assert any(name.endswith(".js") for name in built)
        for name in {*named, *(f"/static/dist/{name}" for name in built)}:
            assert get(base + name)[0] == 200, name
        assert b'lang="en"' in get(f"{base}/sign-in", "en")[1]
        assert get(f"{base}/sign-in", "en")[1] != page
    assert (tmp_path / "var" / "tour.sqlite3").is_file()
    assert not (site / "var").exists()


def test_it_carries_all_that_the_checkout_has(site: Path) -> None:
    here = {
        str(path.relative_to(ROOT))
        for folder in ("tour", "templates", "static/dist")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in {".pyc"} and path.name != ".built"
    }
    there = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    moved = {name if name.startswith("tour/") else f"tour/{name}" for name in here}
    assert moved - there == set()
