from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.factories import make_pair, make_visit
from tour import i18n
from tour.corner.catalogue.models import NeedKind
from tour.db import now
from tour.desk.news import make_link as make_follow_link
from tour.field.tablets import enrol_at_once
from tour.needs.models import Need
from tour.post.links import LinkKind
from tour.settings import settings
from tour.templating import asset
from tour.visits import links
from tour.visits.models import VisitState
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
    await client.post("/language/en", data={"back": "/sign-in"})
    assert (
        '<html lang="en">' in (await client.get("/sign-in", headers={"Accept-Language": "fr"})).text
    )


@pytest.mark.parametrize(
    "back", ["http://evil.test/", "//evil.test", "/\\evil.test", "/\tevil.test", "", "evil"]
)
async def test_the_switch_never_sends_people_elsewhere(
    client: httpx.AsyncClient, back: str
) -> None:
    answer = await client.post(
        "/language/en", data={"back": back}, headers={"referer": "http://evil.test/"}
    )
    assert answer.headers["location"] == "/"


async def switched(client: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    """Where the switch of a page leads, with no Referer."""
    back = re.search(r'name="back" value="([^"]*)"', page.text)
    assert back
    answer = await client.post("/language/en", data={"back": unescape(back[1])})
    return await client.get(answer.headers["location"], follow_redirects=True)


async def test_the_switch_comes_back_to_where_it_stood(client: httpx.AsyncClient, db: str) -> None:
    """Also on the pages of people without an account, which tell nobody where one comes from."""
    visit = await make_visit(state=VisitState.INVITED)
    need = await Need.create(
        site_id=visit.site_id,
        visit_id=visit.id,
        text="clavier",
        kind=NeedKind.INCIDENT,
        recorded_at=now(),
    )
    doors = [
        await links.make_link(visit),
        await links.make_link(visit, LinkKind.POSTER),
        await links.make_link(visit, LinkKind.REMINDERS, email="a@b.example"),
        await links.make_manager_link(visit.site.manager_id),
        await make_follow_link(str(need.id)),
    ]
    pages = [door.removeprefix("http://localhost:8000") for door in doors]
    pages += [f"/v/visits/{visit.id}/dates", "/sign-in?next=/visits", "/privacy", "/v/wrong"]
    for path in pages:
        page = await client.get(path, follow_redirects=True)
        assert '<html lang="fr">' in page.text, path
        again = await switched(client, page)
        assert '<html lang="en">' in again.text, path
        assert str(again.url) == str(page.url), path
        client.cookies.delete("lang")


async def test_a_form_s_answer_switches_to_the_page_of_the_form(
    client: httpx.AsyncClient, db: str
) -> None:
    visit = await make_visit(state=VisitState.INVITED)
    link = await links.make_link(visit)
    await client.get(link.removeprefix("http://localhost:8000"))
    refused = await client.post(f"/v/visits/{visit.id}/answer", data={"answer": "declined"})
    assert refused.status_code == 422
    assert (await switched(client, refused)).url.path == f"/v/visits/{visit.id}"


async def test_nothing_private_is_kept_by_the_browser(planner: httpx.AsyncClient) -> None:
    visit = await make_visit(state=VisitState.INVITED)
    link = (await links.make_link(visit)).removeprefix("http://localhost:8000")
    poster = (await links.make_link(visit, LinkKind.POSTER)).removeprefix("http://localhost:8000")
    await enrol(planner)
    for path in (
        *("/", "/visits", f"/visits/{visit.id}", "/sites", "/sites.geojson", "/map/sites.js"),
        *("/desk", "/account", "/agenda", "/nulle-part", "/sign-in", "/field/", "/field/outbox"),
        *(link, f"/v/visits/{visit.id}", "/v", poster, "/p", "/follow", "/v/wrong"),
    ):
        answer = await planner.get(path)
        assert "no-store" in answer.headers["cache-control"], path
    refused = await planner.post(f"/v/visits/{visit.id}/answer", data={})
    assert "no-store" in refused.headers["cache-control"]


async def test_built_files_are_kept_for_good(client: httpx.AsyncClient) -> None:
    answer = await client.get(asset("app.css"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def enrol(client: httpx.AsyncClient) -> None:
    _row, secret = await enrol_at_once(await make_pair(), "T1")
    client.cookies.set("tablet", secret, domain="tour.test", path="/field")


async def test_a_demo_says_on_each_page_that_anybody_may_enter(
    planner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await make_visit(state=VisitState.INVITED)
    link = (await links.make_link(visit)).removeprefix("http://localhost:8000")
    await enrol(planner)
    pages = ("/", "/sign-in", "/account", link, "/nulle-part", "/privacy", "/field/")
    for demo in (True, False):
        monkeypatch.setattr(settings(), "demo", demo)
        for path in pages:
            text = (await planner.get(path, follow_redirects=True)).text
            assert ("Démonstration : tout le monde peut entrer" in text) is demo, path


async def test_pages_name_nobody_to_call_when_nobody_is_set(
    client: httpx.AsyncClient, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await make_visit(state=VisitState.CANCELLED)
    link = (await links.make_link(visit)).removeprefix("http://localhost:8000")
    pages = ("/nulle-part", "/v/wrong", "/v", "/follow", "/field/", "/privacy", link)
    for contact in ("", "poste 12"):
        monkeypatch.setattr(settings(), "help_contact", contact)
        for path in pages:
            text = (await client.get(path, follow_redirects=True)).text
            assert ("poste 12" in text) is bool(contact), path
            assert not re.search(r"(appelez-nous|question \?|données :) *\.?<", text), path


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
