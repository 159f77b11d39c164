"""WebKit and Firefox, driven by the commands of the WebDriver standard.

Playwright drives builds of its own that no registry carries; selenium needs geckodriver, which Debian does not carry. Debian has the
browsers and WebKit's driver, and Firefox takes the same commands on a socket (Marionette): that is all there is here.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.conftest import free_port

ELEMENT = (
    "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's reference, from the standard
)
PATIENCE = 45.0


class Failed(Exception):
    """The browser answered a command with an error."""


class Engine:
    """A browser with one window."""

    name = ""
    processes: list[subprocess.Popen[bytes]]

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs the body of a function in the page; a promise is waited for."""
        raise NotImplementedError

    def open(self, url: str) -> None:
        raise NotImplementedError

    def press(self, element: dict[str, str]) -> None:
        raise NotImplementedError

    def keys(self, element: dict[str, str], text: str) -> None:
        raise NotImplementedError

    def picture(self) -> str:
        """The window as a PNG, base64."""
        raise NotImplementedError

    def problems(self) -> list[str]:
        """What went wrong in pages and worker so far, as far as this engine tells."""
        raise NotImplementedError

    # What a person does

    def until(self, what: str, *arguments: Any, patience: float = PATIENCE) -> Any:
        """The value of an expression of the page, as soon as it is true."""
        end = time.monotonic() + patience
        while True:
            try:
                found = self.run(f"return ({what})", *arguments)
            except Failed:  # between two pages
                found = None
            if found:
                return found
            assert time.monotonic() < end, (
                f"{self.name}: never came: {what} {arguments}\n{self.text()}"
            )
            time.sleep(0.05)

    def text(self) -> str:
        return str(self.run("return location.href + '\\n' + (document.body?.innerText ?? '')"))

    def sees(self, text: str, where: str = "body", patience: float = PATIENCE) -> None:
        self.until(
            "document.querySelector(arguments[0])?.innerText.includes(arguments[1])",
            *(where, text),
            patience=patience,
        )

    def click(self, where: str, text: str = "") -> None:
        """Presses the first visible element of a selector that says this."""
        for left in (2, 1, 0):
            element = self.until(
                "[...document.querySelectorAll(arguments[0])].find((e) => e.checkVisibility() && !e.disabled"
                " && e.textContent.includes(arguments[1]))",
                *(where, text),
            )
            try:
                self.press(element)
                return
            except Failed as failed:  # the page was drawn again in between
                if not left or "stale element" not in str(failed):
                    raise

    def reload(self) -> None:
        """Loads the page again through the driver: a script that leaves its page may never be answered."""
        self.open(self.run("return location.href"))

    def fill(self, where: str, text: str) -> None:
        self.keys(self.until("document.querySelector(arguments[0])", where), text)

    def close(self) -> None:
        for process in self.processes:
            with_group(process, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                with_group(process, signal.SIGKILL)


def with_group(process: subprocess.Popen[bytes], sent: signal.Signals) -> None:
    try:
        os.killpg(process.pid, sent)
    except ProcessLookupError:
        return


def until_it_answers(ask: Callable[[], Any]) -> Any:
    end = time.monotonic() + 120
    while True:
        try:
            return ask()
        except OSError:
            assert time.monotonic() < end, "the browser did not start"
            time.sleep(0.1)


class WebKit(Engine):
    """WebKitGTK's MiniBrowser behind Debian's WebKitWebDriver."""

    name = "WebKit"

    @staticmethod
    def missing() -> str:
        """Why it cannot run here; empty when it can."""
        if not shutil.which("WebKitWebDriver") or not mini_browser():
            return "WebKit is not installed (on Debian: apt install webkit2gtk-driver)"
        if not os.environ.get("DISPLAY") and not shutil.which("Xvfb"):
            return "WebKit needs a screen (on Debian: apt install xvfb)"
        return ""

    def __init__(self, folder: Path, width: int = 820, height: int = 1180) -> None:
        port = free_port()
        environment = os.environ | {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        folder.chmod(0o700)
        self.processes = []
        if not os.environ.get("DISPLAY"):
            environment["DISPLAY"] = self.screen(width, height)
        self.processes.append(
            subprocess.Popen(
                ["WebKitWebDriver", f"--port={port}"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        self.root = f"http://127.0.0.1:{port}"
        until_it_answers(lambda: self.ask("GET", "/status"))
        options = {"binary": mini_browser(), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = self.ask("POST", "/session", {"capabilities": wanted})
        self.version = session["capabilities"]["browserVersion"]
        self.root += f"/session/{session['sessionId']}"
        self.ask("POST", "/window/rect", {"x": 0, "y": 0, "width": width, "height": height})

    def screen(self, width: int, height: int) -> str:
        """A screen that nobody sees."""
        reading, writing = os.pipe()
        self.processes.append(
            subprocess.Popen(
                [
                    *("Xvfb", "-displayfd", str(writing), "-nolisten", "tcp"),
                    *("-screen", "0", f"{width}x{height}x24"),
                ],
                pass_fds=[writing],
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            return f":{told.readline().strip()}"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            self.root + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            raise Failed(error.read().decode()) from error

    def run(self, script: str, *arguments: Any) -> Any:
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def open(self, url: str) -> None:
        self.ask("POST", "/url", {"url": url})
        self.run(
            "addEventListener('error', (e) => (self.wrong ??= []).push(String(e.message)));"
            "addEventListener('unhandledrejection', (e) => (self.wrong ??= []).push(String(e.reason)));"
            "addEventListener('securitypolicyviolation', (e) => (self.wrong ??= []).push(e.violatedDirective));"
        )

    def press(self, element: dict[str, str]) -> None:
        # The driver scrolls only until the element touches the edge, where the bar of tabs lies over it.
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        self.ask("POST", f"/element/{element[ELEMENT]}/click", {})

    def keys(self, element: dict[str, str], text: str) -> None:
        self.ask("POST", f"/element/{element[ELEMENT]}/value", {"text": text})

    def picture(self) -> str:
        return str(self.ask("GET", "/screenshot"))

    def problems(self) -> list[str]:
        """Only errors of the page shown, since it was opened: WebKit's driver gives no console."""
        return list(self.run("return self.wrong ?? []"))

    def close(self) -> None:
        try:
            self.ask("DELETE", "")
        finally:
            super().close()


def mini_browser() -> str:
    """WebKitGTK's own small browser, which Debian puts beside its library."""
    found = sorted(Path("/usr").glob("lib*/**/webkit2gtk-4*/MiniBrowser"))
    return str(found[-1]) if found else ""


class Firefox(Engine):
    """Debian's Firefox over its Marionette socket."""

    name = "Firefox"

    @staticmethod
    def missing() -> str:
        """Why it cannot run here; empty when it can."""
        return "" if firefox() else "Firefox is not installed (on Debian: apt install firefox-esr)"

    def __init__(self, folder: Path, width: int = 820, height: int = 1180) -> None:
        port = free_port()
        preferences = {
            "marionette.port": port,
            "app.update.enabled": False,
            "app.normandy.enabled": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "intl.accept_languages": "fr-FR,fr",
            "browser.download.folderList": 2,
            "browser.download.dir": str(folder),
            "services.settings.server": "data:,",
        }
        profile = Path(tempfile.mkdtemp(dir=folder))
        (profile / "user.js").write_text(
            "".join(
                f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
                for name, value in preferences.items()
            )
        )
        self.processes = [
            subprocess.Popen(
                [
                    *(firefox(), "--headless", "--marionette", "-remote-allow-system-access"),
                    *("--no-remote", "--profile", str(profile)),
                ],
                env=os.environ | {"HOME": str(folder)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        ]
        self.socket = until_it_answers(lambda: socket.create_connection(("127.0.0.1", port), 60))
        self.sent = 0
        self.hear()
        session = self.command("WebDriver:NewSession")
        self.version = session["capabilities"]["browserVersion"]
        self.command("WebDriver:SetWindowRect", width=width, height=height)

    def hear(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            size += self.more(1)
        return json.loads(self.more(int(size[:-1])))

    def more(self, wanted: int) -> bytes:
        read = b""
        while len(read) < wanted:
            piece = self.socket.recv(wanted - len(read))
            if not piece:
                raise Failed("Firefox is gone")
            read += piece
        return read

    def command(self, name: str, **parameters: Any) -> Any:
        self.sent += 1
        message = json.dumps([0, self.sent, name, parameters]).encode()
        self.socket.sendall(b"%d:%b" % (len(message), message))
        _kind, _number, error, answer = self.hear()
        if error:
            raise Failed(f"{error['error']}: {error['message']}")
        return answer

    def run(self, script: str, *arguments: Any) -> Any:
        asked = self.command("WebDriver:ExecuteScript", script=script, args=list(arguments))
        return asked["value"]

    def open(self, url: str) -> None:
        self.command("WebDriver:Navigate", url=url)

    def press(self, element: dict[str, str]) -> None:
        self.command("WebDriver:ElementClick", id=element[ELEMENT])

    def keys(self, element: dict[str, str], text: str) -> None:
        self.command("WebDriver:ElementSendKeys", id=element[ELEMENT], text=text)

    def picture(self) -> str:
        return str(self.command("WebDriver:TakeScreenshot", full=False)["value"])

    def problems(self) -> list[str]:
        """Every error on the browser's console that comes from our pages or our worker."""
        self.command("Marionette:SetContext", value="chrome")
        try:
            return list(
                self.run(
                    """
                    const errors = Services.console.getMessageArray()
                      .filter((m) => m instanceof Ci.nsIScriptError && !(m.flags & Ci.nsIScriptError.warningFlag))
                      .filter((m) => m.sourceName.startsWith("http"))
                      .map((m) => `${m.sourceName}: ${m.errorMessage}`);
                    const kept = Cc["@mozilla.org/consoleAPI-storage;1"].getService(Ci.nsIConsoleAPIStorage);
                    const said = kept.getEvents()
                      .filter((e) => e.level === "error" && e.filename.startsWith("http"))
                      .map((e) => `${e.filename}: ${e.arguments.map(String).join(" ")}`);
                    return [...errors, ...said];
                    """
                )
            )
        finally:
            self.command("Marionette:SetContext", value="content")


def firefox() -> str:
    return next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), "")
