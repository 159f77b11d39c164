"""Names, headers, addresses and sizes, as `tour web` serves them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import HTTPConnection

from tests.web.running import Server, serving
from tour.settings import Settings, SettingsError, host_name, settings
from tour.web.security import SecurityHeaders, peer_of


@pytest.fixture(scope="module")
def server(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        migrated,
        tmp_path_factory.mktemp("home"),
        TOUR_BASE_URL="https://tour.departement.example",
        TOUR_HOSTS="tour.interne, 10.0.0.7",
    ) as running:
        yield running


def get(server: Server, path: str, host: str) -> tuple[int, str]:
    answer = server.ask(f"GET {path} HTTP/1.1\nHost: {host}\n")
    return answer.status, answer.headers


@pytest.mark.parametrize(
    "host",
    [
        "tour.departement.example",
        "TOUR.departement.example:443",
        "tour.interne",
        "10.0.0.7:8000",
        "localhost",
        "127.0.0.1:80",
        "[::1]:8000",
    ],
)
def test_its_own_names_are_answered(server: Server, host: str) -> None:
    assert get(server, "/sign-in", host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "tour.departement.example.evil.example",
        "10.0.0.8",
        "",
        "a@tour.interne",
        "[",
    ],
)
def test_other_names_are_refused_but_to_watchers(server: Server, host: str) -> None:
    if host != "a@tour.interne":
        assert get(server, "/sign-in", host)[0] in {400, 421}
    assert get(server, "/healthz", "10.9.9.9")[0] == 200
    assert get(server, "/readyz", "10.9.9.9")[0] == 200


def test_answers_carry_what_browsers_should_know_and_not_what_serves_them(server: Server) -> None:
    _status, headers = get(server, "/sign-in", "localhost")
    assert "strict-transport-security: max-age=31536000" in headers
    assert "cross-origin-resource-policy: same-origin" in headers
    assert "geolocation=()" in headers
    assert "\nserver:" not in headers


def test_http_alone_promises_no_https() -> None:
    async def nothing(*_: object) -> None: ...

    assert "Strict-Transport-Security" not in SecurityHeaders(nothing).headers


def test_headers_without_end_are_refused(server: Server) -> None:
    answer = server.ask("GET / HTTP/1.1\nHost: localhost\nX-Long: " + "a" * 3_000_000 + "\n")
    assert answer.status in {0, 400, 431}


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_whom_tries_are_counted_against(peer: str, counted: str) -> None:
    assert peer_of(HTTPConnection({"type": "http", "client": (peer, 1)})) == counted


def test_a_name_is_read_out_of_any_host() -> None:
    assert host_name("A.example.:80") == "a.example"
    assert host_name("[") == ""


SECRET = "hunter2"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOUR_IMAP_URL", f"imap.example user:{SECRET}@"),
        ("TOUR_CALDAV_URL", f"ftp://user:{SECRET}@host/"),
        ("TOUR_SMS_URL", f"user:{SECRET}@host"),
        ("TOUR_TILE_URL", f"https://u:{SECRET}@tile.openstreetmap.org/"),
        ("TOUR_PORT", f"http://u:{SECRET}@host:80"),
    ],
)
def test_a_wrong_setting_never_prints_its_password(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    try:
        with pytest.raises(SettingsError) as wrong:
            settings()
    finally:
        monkeypatch.delenv(name)
        settings.cache_clear()
    assert name in str(wrong.value)
    assert SECRET not in str(wrong.value)


def test_a_wrong_setting_that_is_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUR_PORT", "huit mille")
    settings.cache_clear()
    try:
        with pytest.raises(SettingsError, match="huit mille"):
            settings()
    finally:
        monkeypatch.delenv("TOUR_PORT")
        settings.cache_clear()


def test_what_may_hold_a_password_is_known_to_be_one() -> None:
    """A new setting with such a name is shown by mistake only if this test is changed."""
    from tour.settings import SECRETS

    named = {
        name
        for name in Settings.model_fields
        if name.endswith(("_url", "token", "secret", "key", "password"))
    }
    assert named - SECRETS == {"base_url", "recovery_key"}


def test_a_proxy_is_an_address_or_a_network() -> None:
    assert Settings(trusted_proxies="127.0.0.1, 10.0.0.0/8, ::1").trusted_proxies
    for wrong in ("*", "proxy.example", "10.0.0.1/8"):
        with pytest.raises(ValueError):
            Settings(trusted_proxies=wrong)


def test_only_a_named_proxy_is_believed() -> None:
    """The server is told by the command whom to believe."""
    code = (
        "import uvicorn, tour.cli as cli\n"
        "uvicorn.run = lambda *a, **k: print(k['forwarded_allow_ips'], k['server_header'])\n"
        "cli.web.callback()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["127.0.0.1", "False"]


async def test_the_client_of_the_tests_is_let_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/sign-in")).status_code == 200
    assert (await client.get("/sign-in", headers={"Host": "evil.example"})).status_code == 421
