"""Every address of the application: strangers get nowhere, nonsense is refused and never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route

from tour.app import make_app

MADE_UP = {"UUIDConvertor": str(uuid4()), "IntegerConvertor": "7"}
NONSENSE = {
    "name": "\x00\ud7ff" + "é" * 5000,
    "key": "'; DROP TABLE site; --",
    "pair": "../../etc/passwd",
    "day": "2027-02-30",
    "lat": "NaN",
    "lon": "1e999",
    "minutes": "-1",
    "seconds": "9" * 40,
    "week": "<script>alert(1)</script>",
    "start": "99:99",
    "site": "[]",
    "csv": "{{ 7 * 7 }}",
}


def addresses(routes: list[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    """Each method and address, with something made up for each part that varies."""
    for route in routes:
        if isinstance(route, Mount):
            yield from addresses(list(route.routes or []), before + route.path)
        elif isinstance(route, Route):
            parts = {
                name: MADE_UP.get(type(kind).__name__, "x")
                for name, kind in route.param_convertors.items()
            }
            path = before + str(route.url_path_for(route.name, **parts))
            yield from ((method, path) for method in sorted((route.methods or {"GET"}) - {"HEAD"}))


ALL = sorted(set(addresses(make_app().routes)))
CHANGES = [(method, path) for method, path in ALL if method != "GET"]
# What anybody may open: what carries its own signature, what says nothing of anybody, the demo's own doors.
PUBLIC = (
    "/.well-known/", "/accessibility", "/base.geojson", "/demo/", "/dev/", "/field", "/healthz", "/language", "/legal",
    "/privacy", "/readyz", "/sign-in", "/sign-out", "/static", "/v", "/p/", "/agenda/",
)  # fmt: skip
INSIDE = [
    (method, path)
    for method, path in ALL
    if not (path.startswith(PUBLIC) or path == "/p")
    or path.startswith(("/visits", "/field/tablets"))
]


def test_there_is_something_to_look_at() -> None:
    assert len(ALL) > 80
    assert len(INSIDE) > 60


@pytest.mark.parametrize(("method", "path"), ALL, ids=" ".join)
async def test_nonsense_is_refused_politely(
    planner: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await planner.request(
        method, path, **({"params": NONSENSE} if method == "GET" else {"data": NONSENSE})
    )
    assert answer.status_code < 500, answer.text[:300]
    assert "<script>alert(1)" not in answer.text


@pytest.mark.parametrize(("method", "path"), INSIDE, ids=" ".join)
async def test_strangers_get_nowhere(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path)
    assert answer.status_code in {303, 401, 403}
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(("method", "path"), CHANGES, ids=" ".join)
async def test_another_site_s_form_does_nothing(
    planner: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await planner.request(
        method, path, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    )
    assert answer.status_code in {403, 404}, (answer.status_code, path)
