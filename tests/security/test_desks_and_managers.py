"""Desks' settings, hooks and managers' links, attacked over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

from tests.factories import make_manager
from tests.security.conftest import Target
from tour.sites.models import Site
from tour.visits.models import Visit, VisitState

SECRET_PAGE = b"the cloud's own credentials"


@contextmanager
def inner_service() -> Iterator[tuple[str, list[str]]]:
    """A service on the loopback that only this machine should reach; gives its address and what was asked of it."""
    asked: list[str] = []

    class Inside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECRET_PAGE)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()


def test_a_desk_s_address_opens_no_inner_service(target: Target) -> None:
    admin = target.signed_in("admin")
    with inner_service() as (url, asked):
        for address in (
            url,
            url.replace("127.0.0.1", "localhost"),
            url.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
        ):
            form = {
                "kind": "webhook",
                "name": f"Intérieur {uuid4().hex[:6]}",
                "url": address,
                "secret": "x" * 40,
            }
            made = admin.post("/desk/settings", data=form, follow_redirects=True)
            if made.url.path.count("/") == 3:
                checked = admin.post(f"{made.url.path}/check", follow_redirects=True)
                assert SECRET_PAGE.decode() not in checked.text
        assert asked == []


def test_desks_are_the_admin_s(target: Target) -> None:
    planner = target.signed_in("planner")
    assert planner.get("/desk/settings").status_code == 403
    answer = planner.post(
        f"/desk/settings/{target.world.things['glpi']}", data={"url": "https://e.example"}
    )
    assert answer.status_code == 403


def test_a_forged_or_absurd_hook_changes_nothing(target: Target) -> None:
    hook = f"/api/hooks/tickets/{target.world.things['webhook']}"
    for stamp in (
        "²",
        "٣٣٣",
        "-1",
        "1" * 400,
        "",
        "NaN",
        "\ud83d".encode("utf-16", "surrogatepass").hex(),
    ):
        answer = target.browser().post(
            hook,
            content=b"{}",
            headers={"X-Tour-Timestamp": stamp.encode(), "X-Tour-Signature": "0" * 64},
        )
        assert answer.status_code == 403, stamp


def test_a_former_manager_s_link_reads_and_declines_nothing(target: Target) -> None:
    things = target.world.things
    former = target.by_link("manager")
    page = f"/v/visits/{things['visit']}"
    assert former.get(page).status_code == 200

    async def replace() -> None:
        await Site.filter(id=things["site"]).update(manager_id=(await make_manager()).id)

    target.do(replace)
    seen = former.get(page)
    assert seen.status_code in {403, 404, 410}
    assert "Collège" not in seen.text
    form = {"answer": "declined", "name": "Ancien", "note": "non"}
    assert former.post(f"{page}/answer", data=form).status_code in {403, 404, 410}
    again = target.browser()
    again.get(f"/v/{target.world.keys['manager']}")
    assert again.get(page).status_code in {403, 404, 410}
    state = target.do(lambda: Visit.get(id=things["visit"]))
    assert state.state == VisitState.INVITED


def test_another_manager_opens_nothing(target: Target) -> None:
    other = target.by_link("other_manager")
    for path in ("", "/dates", "/visite.ics"):
        assert other.get(f"/v/visits/{target.world.things['visit']}{path}").status_code in {
            403,
            404,
        }


def test_a_tourer_reads_no_history_of_another_pair_s_visit(target: Target) -> None:
    tourer = target.signed_in("tourer")
    assert tourer.get(f"/visits/{target.world.things['other_visit']}/history").status_code in {
        403,
        404,
    }


def test_an_error_tells_nothing_of_the_server(target: Target) -> None:
    answer = target.browser().get("/sign-in")
    assert "server" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    refused = target.browser(Host="evil.example").get("/sign-in")
    assert refused.status_code == 421
