"""A service of addresses on this machine, that speaks like addok and fails on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tour.settings import settings


@dataclass
class Addresses:
    """``plays`` is what it answers, one play after the other, the last one for good; ``asked`` the queries it got."""

    port: int = 0
    plays: list[str] = field(default_factory=lambda: ["ok"])
    asked: list[dict[str, str]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None  # what happens elsewhere while it is being asked

    def answer(self, query: dict[str, str]) -> tuple[int, dict[str, str], str]:
        self.asked.append(query)
        self.meanwhile()
        match self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]:
            case "ok":
                return 200, {}, addok(score=0.93, kind="housenumber")
            case "low score":
                return 200, {}, addok(score=0.41, kind="street")
            case "municipality":
                return 200, {}, addok(score=0.95, kind="municipality")
            case "another commune":
                return 200, {}, addok(score=0.97, kind="housenumber", **ANTIBES)
            case "another département":
                return 200, {}, addok(score=0.97, kind="housenumber", **MARSEILLE)
            case "no commune":
                return 200, {}, addok(score=0.97, kind="housenumber", **dict.fromkeys(NICE, ""))
            case "nothing":
                return 200, {}, json.dumps({"type": "FeatureCollection", "features": []})
            case "another shape":
                return 200, {}, json.dumps({"features": [{"geometry": {"coordinates": ["?"]}}]})
            case "too fast":
                return 429, {"Retry-After": "7"}, "{}"
            case "bad question":
                return 400, {}, "{}"
            case "html":
                return 200, {"Content-Type": "text/html"}, "<h1>Portail captif</h1>"
        return 503, {}, "down"


NICE = {"postcode": "06300", "citycode": "06088", "city": "Nice"}
ANTIBES = {"postcode": "06600", "citycode": "06004", "city": "Antibes"}
MARSEILLE = {"postcode": "13001", "citycode": "13201", "city": "Marseille"}


def addok(*, score: float, kind: str, **of: str) -> str:
    properties: dict[str, Any] = {
        "label": "3 Rue Sincaire 06300 Nice",
        "score": score,
        "type": kind,
    }
    found = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [7.28057, 43.69957]},
        "properties": properties | NICE | of,
    }
    return json.dumps({"type": "FeatureCollection", "features": [found]})


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Addresses]:
    """The service, running, and set as the one to ask."""
    service = Addresses()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            assert url.path == "/geocodage/search"
            status, headers, body = service.answer(
                {k: v[0] for k, v in parse_qs(url.query).items()}
            )
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.port = server.server_port
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv("TOUR_GEOCODER_URL", f"http://127.0.0.1:{service.port}/geocodage")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        settings.cache_clear()
        yield service
        server.shutdown()
    monkeypatch.undo()
    settings.cache_clear()
