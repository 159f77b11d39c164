"""A desk's address, typed by a person, never makes this server speak to machines inside that no setting names."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest
from aiohttp.resolver import ThreadedResolver
from hypothesis import given
from hypothesis import strategies as st

from tests.outside.clients import CLIENTS
from tests.outside.doubles import http_server
from tests.visits.conftest import Knobs
from tour.desk.connectors import connector
from tour.desk.connectors.base import DeskError
from tour.desk.models import Desk, DeskKind
from tour.post.outside import may_reach
from tour.settings import Settings
from tour.sites.models import Site

OUTSIDE = [kind for kind in DeskKind if kind != DeskKind.EMBEDDED]
SECRET_PAGE = "<h1>Réservé à l’intérieur</h1>"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::10.0.0.1", "2001:db8::1",
        "fec0::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address: str, setting: Knobs) -> None:
    setting(private_hosts="")
    assert not may_reach(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "185.24.184.1", "2a00:1450:4007::1", "::ffff:8.8.8.8"])  # fmt: skip
def test_public_ones_are_reached(address: str, setting: Knobs) -> None:
    setting(private_hosts="")
    assert may_reach(address)


def test_what_the_setting_lists_is_reached_and_nothing_beside(setting: Knobs) -> None:
    setting(private_hosts="glpi.intranet 10.1.0.0/16 192.168.7.9 fd00:1::/32")
    assert may_reach("10.1.200.3")
    assert may_reach("192.168.7.9")
    assert may_reach("::ffff:10.1.0.1")
    assert may_reach("fd00:1::5")
    assert not may_reach("10.2.0.1")
    assert not may_reach("192.168.7.10")
    assert may_reach("10.9.9.9", named=True)
    assert not may_reach("169.254.169.254", named=True)


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7") | st.ip_addresses(network="127.0.0.0/8"))  # fmt: skip
def test_no_address_inside_by_any_writing(address: Any) -> None:
    if str(address) != "127.0.0.1":  # the tests' own desks
        assert not may_reach(str(address))
        if address.version == 4:
            assert not may_reach(f"::ffff:{address}")


@pytest.mark.parametrize("wrong", ["10.0.0.0/99", "*.intranet", "http://glpi"])
def test_a_setting_that_means_nothing_is_said_at_start(wrong: str) -> None:
    with pytest.raises(ValueError, match="private_hosts"):
        Settings(private_hosts=wrong)


@pytest.mark.parametrize("kind", OUTSIDE)
async def test_a_desk_s_address_inside_is_not_even_connected_to(
    kind: DeskKind, setting: Knobs
) -> None:
    setting(private_hosts="")
    with socket.create_server(("127.0.0.1", 0)) as there:
        there.settimeout(0)
        url = f"http://127.0.0.1:{there.getsockname()[1]}"
        async with connector(kind, url, {"queue": "S"}, {"secret": "x", "token": "x"}) as desk:
            findings = await desk.check()
        with pytest.raises(BlockingIOError):
            there.accept()
    assert not any(finding.ok for finding in findings)
    assert any("TOUR_PRIVATE_HOSTS" in finding.words for finding in findings)


async def test_an_open_port_inside_is_not_told_from_a_closed_one(setting: Knobs) -> None:
    setting(private_hosts="")
    async with http_server() as there:
        said = []
        for url in (there.url, "http://127.0.0.1:9"):
            async with connector(DeskKind.RT, url, {}, {"token": "x"}) as desk:
                said += [finding.words for finding in await desk.check()]
        assert said[0] == said[1]
        assert there.requests == []


async def test_a_name_that_turns_inside_between_two_looks_gains_nothing(
    setting: Knobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer would have passed a check made beforehand."""
    setting(private_hosts="")
    answers = ["8.8.8.8", "127.0.0.1"]

    async with http_server() as there:

        async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> list[Any]:
            found = answers.pop(0) if len(answers) > 1 else answers[0]
            return [{"hostname": host, "host": found, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]  # fmt: skip

        monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
        assert answers.pop(0) == "8.8.8.8"  # what a check beforehand would have seen
        url = f"http://rebound.example:{there.port}"
        async with connector(DeskKind.RT, url, {}, {"token": "x"}) as desk:
            findings = await desk.check()
        assert there.requests == []
        setting(private_hosts="rebound.example")  # the same with its name listed
        async with connector(DeskKind.RT, url, {}, {"token": "x"}) as desk:
            await desk.check()
        assert there.requests
    assert "TOUR_PRIVATE_HOSTS" in findings[0].words


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirection_takes_nobody_elsewhere(
    client: str, status: int, setting: Knobs
) -> None:
    from aiohttp import web

    async with http_server() as there, http_server() as elsewhere:
        there.answer = web.Response(status=status, headers={"Location": elsewhere.url + "/"})
        await CLIENTS[client](there.url, setting)
        assert there.requests
        assert elsewhere.requests == []


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("client", ["rt", "webhook", "glpi_v1", "glpi_v2", "router", "geocoder"])
async def test_an_answer_without_end_is_left(
    client: str, setting: Knobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tour.desk.connectors import http
    from tour.sites import geocode
    from tour.travel import routers

    monkeypatch.setattr(http, "LONGEST_ANSWER", 300_000)
    monkeypatch.setattr(geocode, "LARGEST_ANSWER", 300_000)
    monkeypatch.setattr(routers, "LARGEST_ANSWER", 300_000)
    async with http_server() as there:
        there.endless = True
        await CLIENTS[client](there.url, setting)
        assert there.requests
    assert await Site.filter(position_state="geocoded").count() == 0


@pytest.mark.parametrize("kind", OUTSIDE)
async def test_what_is_no_web_server_is_not_quoted(kind: DeskKind) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-Secret_7.1\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    secrets = {"token": "x", "secret": "x", "user_token": "x"}
    async with connector(kind, url, {"queue": "S"}, secrets) as desk:
        findings = await desk.check()
    server.close()
    assert findings
    assert "Secret_7" not in str(findings)


async def test_a_list_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is short, and there is always another."""
    from aiohttp import web

    from tour.desk.connectors import http
    from tour.desk.connectors.base import Broken

    monkeypatch.setattr(http, "LONGEST_TALK", 200_000)
    pages = {
        DeskKind.RT: {"items": [{"Name": "x" * 20}] * 100, "pages": 10**9},
        DeskKind.GLPI_V2: [{"id": 1, "name": "x" * 20}] * 100,
    }
    async with http_server() as there:
        for kind, page in pages.items():
            there.answer = web.json_response(page)
            async with connector(kind, there.url, {}, {"token": "x"}) as desk:
                desk.token = "known"  # type: ignore[attr-defined]
                with pytest.raises(Broken, match="démesurée"):
                    await desk.choices()


@pytest.mark.parametrize("kind", OUTSIDE)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500])
async def test_people_see_the_status_and_never_the_page(
    kind: DeskKind, status: int, admin: httpx.AsyncClient
) -> None:
    """« Tester la connexion » on an address that is another server's."""
    from aiohttp import web

    from tour.desk.secrets import seal

    async with http_server() as there:
        there.answer = web.Response(status=status, text=SECRET_PAGE, content_type="text/html")
        desk = await Desk.create(
            kind=kind,
            name="D",
            url=there.url,
            options={"queue": "S"},
            secrets=seal({"secret": "x"}),
        )
        await admin.post(f"/desk/settings/{desk.id}/check")
        page = await admin.get(f"/desk/settings/{desk.id}")
    assert there.requests
    assert page.status_code == 200
    assert "Réservé" not in page.text
    assert "à régler" in page.text


async def test_an_answer_that_is_no_desk_s_is_said_in_words(admin: httpx.AsyncClient) -> None:
    from aiohttp import web

    for body in ("{}", "[]", "null", "3", '"x"'):
        async with http_server() as there:
            there.answer = web.Response(text=body, content_type="application/json")
            desk = await Desk.create(kind=DeskKind.GLPI_V1, name=f"D {body}", url=there.url)
            answer = await admin.post(f"/desk/settings/{desk.id}/check")
        assert answer.status_code == 303
        assert not any(found["ok"] for found in (await Desk.get(id=desk.id)).findings)


async def test_what_is_kept_of_a_failed_delivery_is_what_a_desk_words() -> None:
    from aiohttp import web

    async with http_server() as there:
        for body, kept in (
            (SECRET_PAGE, "HTTP 400"),
            ('{"message": "Could not find queue"}', "HTTP 400 Could not find queue"),
            ('{"users": ["a", "b"]}', "HTTP 400"),
        ):
            there.answer = web.Response(status=400, text=body)
            async with connector(DeskKind.RT, there.url, {}, {"token": "x"}) as desk:
                with pytest.raises(DeskError) as caught:
                    await desk.find("x")
            assert caught.value.answer == kept


async def test_credentials_stay_with_their_host(setting: Knobs) -> None:
    from tour.desk.connectors.http import Http

    async with http_server() as there, http_server() as elsewhere:
        http = Http(there.url, {"token": "s3cret"})
        await http.open()
        with pytest.raises(DeskError):
            await http.send("GET", elsewhere.url + "/rt", headers={"Authorization": "token s3cret"})
        await http.close()
        assert elsewhere.requests == []
