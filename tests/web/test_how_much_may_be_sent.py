"""Bodies are counted before anything is made of them, and nothing is read of what a stranger sends to our pages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from tests.web.running import Server, serving
from tour.app import make_app
from tour.web.bodies import FORM, takes

FORM_TYPE = "Content-Type: application/x-www-form-urlencoded"
FILE_TYPE = "Content-Type: multipart/form-data; boundary=b"
MB = 1_000_000
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@pytest.fixture(scope="module")
def server(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(migrated, tmp_path_factory.mktemp("home")) as running:
        yield running


def pieces(megabytes: int, *, first: bytes = b"", chunked: bool = False) -> Iterator[bytes]:
    """A body of so many megabytes, as a browser sends a file or as a program streams it."""
    yield framed(first, chunked)
    for _ in range(megabytes):
        yield framed(b"a" * MB, chunked)


def framed(piece: bytes, chunked: bool) -> bytes:
    if not chunked:
        return piece
    return b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""


FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'


@needs_linux
@pytest.mark.parametrize(
    ("path", "kind", "first"),
    [
        ("/sign-in", FORM_TYPE, b"email="),
        ("/sign-in", FILE_TYPE, FILE),
        ("/v", FORM_TYPE, b"email="),
        ("/sites/import", FILE_TYPE, FILE),
        ("/tablets/copies", FILE_TYPE, FILE),
        ("/field/sync", "Content-Type: application/json", b'{"a":"'),
        ("/api/hooks/tickets/00000000-0000-0000-0000-000000000000", "Content-Type: x/y", b"{"),
        ("/nowhere", FORM_TYPE, b"a="),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
def test_three_hundred_megabytes_of_a_stranger_are_neither_kept_nor_written(
    server: Server, path: str, kind: str, first: bytes, chunked: bool
) -> None:
    before = server.peak_mb()
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {300 * MB}"
    head = f"POST {path} HTTP/1.1\nHost: localhost\n{kind}\n{length}\n"
    answer = server.ask(head, pieces(300, first=first, chunked=chunked))
    # A status, or a line cut while we were still sending: never the whole taken in.
    assert answer.status in {0, 303, 401, 403, 404, 405, 413}
    assert answer.sent < 30 * MB
    assert server.peak_mb() - before < 30
    assert server.files_on_disk() < 2 * MB
    assert httpx.get(f"http://127.0.0.1:{server.port}/healthz").text == "ok\n"


def test_who_one_is_is_asked_before_what_one_sends(server: Server) -> None:
    """The answer comes with the head alone: nobody waits for the body."""
    for path in (
        "/sites/import",
        "/tablets/copies",
        "/catalogue",
        "/visits/mailings",
        "/field/sync",
    ):
        head = f"POST {path} HTTP/1.1\nHost: localhost\n{FILE_TYPE}\nContent-Length: {300 * MB}\n"
        answer = server.ask(head)
        assert answer.status in {401, 403, 404, 405}, path
        assert "connection: close" in answer.headers


def test_a_length_that_is_too_much_is_refused_unread(server: Server) -> None:
    head = f"POST /sign-in HTTP/1.1\nHost: localhost\n{FORM_TYPE}\nContent-Length: {FORM + 1}\n"
    assert server.ask(head).status == 413


def test_who_still_sends_a_little_too_much_sees_the_answer(server: Server) -> None:
    """Hanging up on a browser that sends would show it an error of its own."""
    head = f"POST /sign-in HTTP/1.1\nHost: localhost\n{FORM_TYPE}\nContent-Length: {5 * MB}\n"
    answer = server.ask(head, pieces(5))
    assert (answer.status, answer.sent) == (413, 5 * MB)
    assert "connection: close" not in answer.headers


async def test_a_lying_length_is_not_believed(client: httpx.AsyncClient) -> None:
    async def more_than_said() -> object:
        for _ in range(100):
            yield b"a" * 1000

    for headers in ({"Content-Length": "10"}, {}):
        answer = await client.post(
            "/sign-in",
            content=more_than_said(),  # type: ignore[arg-type]
            headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
        )
        assert answer.status_code == 413


async def test_a_packed_body_is_counted_as_it_comes_and_never_unpacked(
    client: httpx.AsyncClient,
) -> None:
    import gzip

    packed = gzip.compress(b"email=" + b"a" * 50 * MB)
    assert len(packed) < FORM
    answer = await client.post(
        "/sign-in",
        content=packed,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Encoding": "gzip",
        },
    )
    assert answer.status_code == 422


async def test_the_page_says_how_much_may_be_sent(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/sign-in", data={"email": "a" * 70_000}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 413
    assert "64 ko au plus" in answer.text
    program = await client.post("/sign-in", data={"email": "a" * 70_000})
    assert "64 ko au plus" in program.json()["error"]


async def test_a_page_that_takes_files_takes_more(planner: httpx.AsyncClient) -> None:
    lines = "id;nom;lat;lon\n" + "".join(f"S{n};Site {n};43.7;7.2\n" for n in range(4000))
    assert len(lines) > FORM
    answer = await planner.post("/sites/import", files={"file": ("sites.csv", lines, "text/csv")})
    assert answer.status_code == 303
    heavy = {"file": ("sites.csv", b"a" * 22 * MB, "text/csv")}
    answer = await planner.post("/sites/import", files=heavy, headers={"Accept": "text/html"})
    assert answer.status_code == 413
    assert "20 Mo au plus" in answer.text


async def test_a_form_has_so_many_fields_and_files(planner: httpx.AsyncClient) -> None:
    two = [("file", (f"{n}.csv", b"id", "text/csv")) for n in range(2)]
    assert (await planner.post("/sites/import", files=two)).status_code == 422
    fields = {f"f{n}": "" for n in range(1001)}
    assert (await planner.post("/pairs", data=fields)).status_code in {404, 405, 422}


def test_a_handler_s_limit_goes_through_its_guards() -> None:
    """Guards wrap a handler: its limit shows on what the route has."""
    larger = {
        route.path: route.endpoint.most_bytes
        for route in make_app().routes
        if isinstance(route, Route) and hasattr(route.endpoint, "most_bytes")
    }
    assert larger["/sites/import"] > 20 * MB
    assert larger["/field/sync"] == MB
    assert {"/field/photos/{sha256}", "/api/hooks/tickets/{id:uuid}", "/tablets/copies"} <= set(
        larger
    )


def test_what_a_handler_takes_is_said_beside_it() -> None:
    @takes(7)
    async def handler(request: object) -> None: ...

    assert handler.most_bytes == 7  # type: ignore[attr-defined]
