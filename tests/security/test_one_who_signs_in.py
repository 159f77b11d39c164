"""Sign-in links and sessions, attacked over HTTP."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from tests.security.conftest import Target, email_of
from tour.post.outbox import OutboxRow

IN = "/sites"


def test_a_link_opens_once_even_when_many_open_it_at_once(target: Target) -> None:
    link = target.link_for("planner")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: target.browser().post(link), range(8)))
    inside = [a for a in answers if a.status_code == 303 and a.headers["location"] != "/sign-in"]
    assert len(inside) == 1
    assert target.browser().post(link).status_code == 422


def test_a_copied_cookie_ends_with_the_session(target: Target) -> None:
    honest = target.signed_in("planner")
    thief = target.browser()
    thief.cookies.update(honest.cookies)
    assert thief.get(IN).status_code == 200
    assert honest.post("/sign-out").status_code == 303
    assert thief.get(IN).status_code == 303


def test_a_disabled_account_is_out_at_its_next_request(target: Target) -> None:
    browser = target.signed_in("planner")
    assert browser.get(IN).status_code == 200
    target.running.tour("agents", "disable", target.do(lambda: email_of(target.world, "planner")))
    assert browser.get(IN).status_code == 303


def test_a_role_taken_away_is_gone_at_the_next_request(target: Target) -> None:
    browser = target.signed_in("desk")
    assert browser.get("/desk").status_code == 200
    email = target.do(lambda: email_of(target.world, "desk"))
    target.running.tour("agents", "role", email, "--add", "tourer", "--remove", "desk")
    assert browser.get("/desk").status_code == 403


def test_going_back_after_signing_out_shows_nothing_private(target: Target) -> None:
    browser = target.signed_in("planner")
    for path in ("/", IN, "/visits", "/agenda", f"/visits/{target.world.things['visit']}"):
        assert "no-store" in browser.get(path).headers.get("cache-control", ""), path


def test_sixty_requests_for_one_address_make_five_mails(target: Target) -> None:
    email = target.do(lambda: email_of(target.world, "planner"))
    told = [ask(target, email) for _n in range(60)]
    letters = target.do(lambda: OutboxRow.filter(key__startswith="sign-in/").count())
    assert letters <= 5
    assert [status for status, _text in told].count(200) == 5


def test_an_address_that_is_nobody_s_gets_the_same_answers(target: Target) -> None:
    email = target.do(lambda: email_of(target.world, "planner"))
    for _n in range(7):
        assert ask(target, email) == ask(target, "nobody@departement.example")


def ask(target: Target, email: str) -> tuple[int, str]:
    """The answer, without what differs for every request: the address typed, and the code of the browser."""
    answer = target.browser().post("/sign-in", data={"email": email})
    return answer.status_code, re.sub(
        r"\d{3}(?:&nbsp;|\s)?\d{3}", "", answer.text.replace(email, "")
    )


def test_the_outbox_holds_no_live_link(target: Target) -> None:
    email = target.do(lambda: email_of(target.world, "planner"))
    target.browser().post("/sign-in", data={"email": email})

    async def payloads() -> str:
        return str(await OutboxRow.all().values_list("payload", flat=True))

    assert "/sign-in/" not in target.do(payloads)


def test_a_link_to_elsewhere_is_not_followed_after_signing_in(target: Target) -> None:
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aX: y"):
        browser = target.browser()
        browser.get("/sign-in", params={"next": elsewhere})
        answer = browser.post(target.link_for("planner"))
        assert "evil" not in answer.headers["location"]
