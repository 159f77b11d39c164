"""Takes README's pictures from a demo of its own, in Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SCREENS = ROOT / "docs" / "screens"


def main() -> None:
    with tempfile.TemporaryDirectory() as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        base = f"http://localhost:{port}"
        environment = os.environ | {
            "TOUR_HOME": home,
            "TOUR_DEMO": "1",
            "TOUR_PORT": str(port),
            "TOUR_BASE_URL": base,
        }
        tour = [sys.executable, "-m", "tour"]
        subprocess.run([*tour, "demo"], env=environment, check=True)
        server = subprocess.Popen([*tour, "web"], env=environment)
        try:
            subprocess.run([*tour, "links"], env=environment, check=True)
            with sync_playwright() as playwright:
                chromium = shutil.which("chromium") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox"]
                )
                planner(browser, base)
                manager(browser, base)
                tablet(browser, base)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def page_of(browser: Browser, width: int, height: int) -> Page:
    return browser.new_page(viewport={"width": width, "height": height}, locale="fr-FR")


def keep(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SCREENS / f"{name}.png")


def planner(browser: Browser, base: str) -> None:
    page = page_of(browser, 1440, 900)
    page.goto(f"{base}/demo/planner")
    page.locator(".leaflet-marker-icon").first.wait_for()
    keep(page, "planner-1440")
    page.locator("a[href*='/plans/']").first.click()
    page.locator(".leaflet-marker-icon").first.wait_for()
    keep(page, "plan-1440")


def manager(browser: Browser, base: str) -> None:
    page = page_of(browser, 390, 844)
    page.goto(f"{base}/demo/manager")
    keep(page, "manager-390")


def tablet(browser: Browser, base: str) -> None:
    page = page_of(browser, 820, 1180)
    page.goto(f"{base}/demo/tablet")
    page.get_by_role("main").get_by_role("button", name="Préparer ma journée").click()
    page.get_by_text("Prêt à partir.").wait_for()
    page.context.set_offline(True)
    page.goto(f"{base}/field/")
    page.screenshot(path=SCREENS / "field-day-820.png")
    page.locator("main a[href^='/field/visits/']").first.click()
    page.screenshot(path=SCREENS / "field-visit-820.png")


if __name__ == "__main__":
    main()
