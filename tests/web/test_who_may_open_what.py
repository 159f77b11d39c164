"""Every address of the application, asked by everybody who could: who gets in is what the matrix says, no more and no
less; nonsense is refused and never a crash."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route

from tests.web.matrix import MATRIX, PARTS, SAID
from tests.world import VISITORS, World, keep_files, visitor
from tour.app import make_app
from tour.db import database

MADE_UP = {"UUIDConvertor": str(UUID(int=7)), "IntegerConvertor": "7"}
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


def routes_of(routes: Sequence[BaseRoute], before: str = "") -> Iterator[tuple[str, str, Route]]:
    """Each method, the address as its route writes it, and the route."""
    for route in routes:
        if isinstance(route, Mount):
            yield from routes_of(list(route.routes or []), before + route.path)
        elif isinstance(route, Route):
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                yield method, before + route.path, route


ROUTES = {f"{method} {path}": route for method, path, route in routes_of(make_app().routes)}


def made_up(route: Route) -> str:
    """The address with something made up for each part that varies."""
    parts = {
        name: MADE_UP.get(type(kind).__name__, "x") for name, kind in route.param_convertors.items()
    }
    return str(route.url_path_for(route.name, **parts))


MADE_UP_ADDRESSES = sorted(
    {(line.split(" ", 1)[0], made_up(route)) for line, route in ROUTES.items()}
)
CHANGES = [(method, path) for method, path in MADE_UP_ADDRESSES if method != "GET"]


def test_each_address_has_its_line() -> None:
    assert sorted(ROUTES) == sorted(MATRIX)
    known = {*VISITORS, "all", "nobody"}
    assert {word for who in MATRIX.values() for word in who.split()} <= known


@asynccontextmanager
async def fresh(world: World, folder: Path) -> AsyncIterator[None]:
    """The world as it was made."""
    copy = folder / "tour.sqlite3"
    shutil.copy(world.path, copy)
    keep_files(world.things)
    async with database(f"sqlite://{copy}"):
        yield


def address(template: str, world: World) -> str:
    """The address with the world's things in it."""
    beginnings = [start for start in PARTS if template.startswith(start)]
    parts = PARTS[max(beginnings, key=len)] if beginnings else {}
    things = world.things | {"manager_link": world.keys["manager"]}

    def thing(found: re.Match[str]) -> str:
        name = parts[found[1]]
        return things.get(name, name.removeprefix("="))

    return re.sub(r"\{(\w+)(?::\w+)?\}", thing, template)


def is_in(answer: httpx.Response) -> bool:
    """Whether the visitor got past the door. A refused form is past it, and so is a bug."""
    to_sign_in = answer.headers.get("location", "").startswith("/sign-in")
    return answer.status_code not in {401, 403, 404, 405, 410} and not to_sign_in


def signs_in(line: str) -> bool:
    """What belongs to signing in or out: to be sent there is no refusal."""
    return line.split(" ", 1)[1].startswith(("/sign-", "/account/sessions/removal"))


@pytest.mark.parametrize("line", sorted(MATRIX))
async def test_they_get_in_as_the_matrix_says(world: World, tmp_path: Path, line: str) -> None:
    method, template = line.split(" ", 1)
    path = address(template, world)
    said = {name: world.things.get(value, value) for name, value in SAID.get(line, {}).items()}
    expected = MATRIX[line].split()
    allowed = set(VISITORS) if expected == ["all"] else set(expected)
    async with fresh(world, tmp_path):
        for name in VISITORS:
            if name in allowed:
                continue
            async with visitor(world, name) as browser:
                answer = await browser.request(method, path, data=said or None)
            assert not is_in(answer), (name, answer.status_code)
    for name in allowed & set(VISITORS):
        async with fresh(world, tmp_path), visitor(world, name) as browser:
            answer = await browser.request(method, path, data=said or None)
            assert is_in(answer) or signs_in(line), (name, answer.status_code, answer.text[:200])
            assert answer.status_code < 500, (name, answer.text[:200])


@pytest.mark.parametrize(("method", "path"), MADE_UP_ADDRESSES, ids=" ".join)
async def test_nonsense_is_refused_politely(
    planner: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await planner.request(
        method, path, **({"params": NONSENSE} if method == "GET" else {"data": NONSENSE})
    )
    assert answer.status_code < 500, answer.text[:300]
    assert "<script>alert(1)" not in answer.text


@pytest.mark.parametrize(("method", "path"), CHANGES, ids=" ".join)
async def test_another_site_s_form_does_nothing(
    planner: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await planner.request(
        method, path, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    )
    assert answer.status_code in {403, 404}, (answer.status_code, path)
