from __future__ import annotations

import httpx
import pytest

from tour import i18n
from tour.web.security import SameOrigin


async def test_pages_carry_a_strict_policy(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/sign-in")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_french_by_default_english_when_asked(client: httpx.AsyncClient) -> None:
    assert '<html lang="fr">' in (await client.get("/sign-in")).text
    english = await client.get("/sign-in", headers={"Accept-Language": "en-GB,en;q=0.8,fr;q=0.5"})
    assert '<html lang="en">' in english.text
    assert "Sign in" in english.text


async def test_the_switch_wins_over_the_browser(client: httpx.AsyncClient) -> None:
    await client.post("/language/en", headers={"referer": "http://tour.test/sign-in"})
    assert (
        '<html lang="en">' in (await client.get("/sign-in", headers={"Accept-Language": "fr"})).text
    )


async def test_the_switch_never_sends_people_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.post("/language/en", headers={"referer": "http://evil.test/"})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "fr"),
        ("en", "en"),
        ("de, en;q=0.5", "en"),
        ("en;q=0.2, fr;q=0.9", "fr"),
        ("x;q=nonsense,en", "en"),
    ],
)
def test_choosing_a_language(header: str, code: str) -> None:
    assert i18n.choose(header) == code


async def test_an_unknown_page_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nulle-part")
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text


async def test_health_and_legal_pages_answer(client: httpx.AsyncClient) -> None:
    for path in (
        "/healthz",
        "/readyz",
        "/accessibility",
        "/privacy",
        "/legal",
        "/.well-known/security.txt",
    ):
        assert (await client.get(path)).status_code == 200, path


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://tour.test"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://tour.test"}, True),
        ({"origin": "http://evil.test"}, False),
        ({"origin": "null"}, False),
        ({"cookie": "tour=x"}, False),
        ({}, True),
    ],
)
def test_who_may_change_things(headers: dict[str, str], let_in: bool) -> None:
    from starlette.datastructures import Headers

    assert SameOrigin.trusted(Headers({"host": "tour.test", **headers})) is let_in
