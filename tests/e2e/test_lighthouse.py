"""Lighthouse on the pages that a pair opens all day: accessibility and good practice; the score of performance is said. ``make lighthouse``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests.e2e.conftest import BROWSER_ARGS, Running, chromium, free_port
from tour.settings import ROOT

LIGHTHOUSE = ROOT / "tests" / "lighthouse"
LEAST = 95
OF_THE_MACHINE = "performance"  # as much its speed as our pages': a figure, which fails nothing
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (LIGHTHOUSE / "node_modules").exists(),
        reason="Lighthouse is not installed (make lighthouse)",
    ),
]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def context(
    tmp_path_factory: pytest.TempPathFactory, demo: Running, port: int
) -> Iterator[BrowserContext]:
    """The demo's tablet, prepared, in a browser that Lighthouse can reach."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")),
            executable_path=chromium(),
            args=[*BROWSER_ARGS, f"--remote-debugging-port={port}"],
            locale="fr-FR",
        )
        page = started.new_page()
        page.goto(f"{demo.url}/demo/tablet")
        page.get_by_text("Prêt à partir.").wait_for()
        yield started
        started.close()


@pytest.fixture(scope="module")
def addresses(context: BrowserContext, demo: Running) -> dict[str, str]:
    page = context.pages[-1]
    page.goto(f"{demo.url}/field/")
    visit = page.locator("main a[href^='/field/visits/']").first.get_attribute("href")
    page.goto("about:blank")
    return {
        "day": f"{demo.url}/field/",
        "visit": f"{demo.url}{visit}",
        "need": f"{demo.url}{visit}/needs/new",
    }


@pytest.mark.parametrize("page", ["day", "visit", "need"])
def test_no_score_is_under_95(addresses: dict[str, str], port: int, page: str) -> None:
    found = lighthouse(port, addresses[page])
    print(f"\n{page}: {found['scores']} {found['times']}")
    assert found["address"] == addresses[page]
    ours = {name: score for name, score in found["scores"].items() if name != OF_THE_MACHINE}
    assert ours
    poor = {name: score for name, score in ours.items() if score < LEAST}
    assert not poor, "\n".join(found["costs"])


def lighthouse(port: int, address: str) -> dict[str, Any]:
    done = subprocess.run(
        ["node", str(LIGHTHOUSE / "run.js"), str(port), address],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))
