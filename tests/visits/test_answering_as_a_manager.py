from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.factories import make_manager, make_site, make_visit
from tour.db import local_now, now
from tour.post.limits import Attempts
from tour.post.links import Link
from tour.post.models import Preference, Receipt
from tour.post.outbox import OutboxRow
from tour.settings import settings
from tour.visits.links import make_link, make_manager_link
from tour.visits.models import ProposedDate, Reception, Visit, VisitEvent, VisitState


@pytest.fixture
async def visit(db: str) -> Visit:
    return await make_visit(state=VisitState.INVITED)


async def path_of(visit: Visit) -> str:
    return (await make_link(visit)).removeprefix("http://localhost:8000")


async def opened(client: httpx.AsyncClient, visit: Visit) -> httpx.Response:
    """The manager's page, come by the link of the mail."""
    return await client.get(await path_of(visit), follow_redirects=True)


async def test_it_works(client: httpx.AsyncClient, visit: Visit) -> None:
    page = await opened(client, visit)
    assert "Je confirme" in page.text
    answer = await client.post(
        f"/v/visits/{visit.id}/answer", data={"answer": "confirmed", "name": "Mme Roux"}
    )
    assert answer.status_code == 303
    assert (await Visit.get(id=visit.id)).state == VisitState.CONFIRMED
    event = await VisitEvent.get(visit_id=visit.id)
    assert (event.by, event.actor) == ("Mme Roux", "manager")
    assert "C’est noté, merci" in (await client.get(f"/v/visits/{visit.id}")).text


async def test_the_token_leaves_the_address_and_nothing_is_kept_by_caches(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    link = await path_of(visit)
    trade = await client.get(link)
    page = await client.get(trade.headers["location"])
    assert page.url.path == f"/v/visits/{visit.id}"
    assert link.rpartition("/")[2] not in page.text
    for answer in (trade, page):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"


async def test_nothing_is_chosen_or_signed_beforehand(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    page = await opened(client, visit)
    form = page.text.partition('class="answer"')[2].partition("</form>")[0]
    assert " checked" not in form
    assert 'name="name" autocomplete="name" maxlength="120" value=""' in form


async def test_looking_changes_nothing(client: httpx.AsyncClient, visit: Visit) -> None:
    link = await path_of(visit)
    for _ in range(3):
        await client.get(link, follow_redirects=True)
        await client.head(link)
    await client.get(f"/v/visits/{visit.id}/answer?answer=confirmed&name=robot")
    await client.get(f"/v/visits/{visit.id}/dates", follow_redirects=True)
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED
    assert await VisitEvent.all().count() == 0


async def test_declining_needs_a_reason_and_keeps_what_was_typed(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    data = {"answer": "declined", "name": "Mme Roux", "note": " "}
    answer = await client.post(f"/v/visits/{visit.id}/answer", data=data)
    assert answer.status_code == 422
    assert "Dites en quelques mots pourquoi." in answer.text
    assert 'value="Mme Roux"' in answer.text
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED

    data["note"] = "Travaux"
    assert (await client.post(f"/v/visits/{visit.id}/answer", data=data)).status_code == 303
    event = await VisitEvent.get(visit_id=visit.id)
    assert (event.after, event.note) == ("declined", "Travaux")


async def test_another_date_goes_on_to_the_dates_and_changes_nothing_yet(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    answer = await client.post(
        f"/v/visits/{visit.id}/answer", data={"answer": "other_date", "name": "Mme Roux"}
    )
    assert answer.headers["location"] == f"/v/visits/{visit.id}/dates"
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED
    page = await client.get(answer.headers["location"])
    assert 'value="Mme Roux"' in page.text

    wish = local_now().date() + timedelta(days=20)
    data = {"name": "Mme Roux", "note": "le matin", "wish": wish.isoformat()}
    assert (await client.post(f"/v/visits/{visit.id}/dates", data=data)).status_code == 303
    assert (await Visit.get(id=visit.id)).state == VisitState.OTHER_DATE
    assert (await ProposedDate.get(visit_id=visit.id)).day == wish
    assert (await VisitEvent.get(visit_id=visit.id)).note == f"{wish:%d/%m/%Y} · le matin"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "Mme Roux"}, "Choisissez au moins une date"),
        ({"name": "", "wish": "2099-01-05"}, "Indiquez votre nom."),
        ({"name": "Mme Roux", "wish": "2020-01-05"}, "Choisissez une date à venir."),
        ({"name": "Mme Roux", "wish": "demain"}, "Cette date ne se lit pas"),
        ({"name": "Mme Roux", "dates": "nobody.2099-01-05.0900"}, "vient d’être prise"),
    ],
)
async def test_dates_that_will_not_do_are_said_beside_the_field(
    client: httpx.AsyncClient, visit: Visit, data: dict[str, str], said: str
) -> None:
    await opened(client, visit)
    data |= {"note": "le mardi matin"}
    answer = await client.post(f"/v/visits/{visit.id}/dates", data=data)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert "le mardi matin" in answer.text
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED


async def test_no_choice_or_no_name_says_what_is_missing(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    answer = await client.post(f"/v/visits/{visit.id}/answer", data={"name": ""})
    assert answer.status_code == 422
    assert "Choisissez une des trois réponses." in answer.text
    assert "Indiquez votre nom." in answer.text


async def test_the_same_answer_twice_changes_nothing(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    for _ in range(2):
        await client.post(
            f"/v/visits/{visit.id}/answer", data={"answer": "confirmed", "name": "Mme Roux"}
        )
    assert await VisitEvent.filter(visit_id=visit.id).count() == 1
    assert await Receipt.filter(visit_id=visit.id).count() == 1


async def test_without_the_link_there_is_nothing_to_see(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    assert (await client.get(f"/v/visits/{visit.id}")).status_code == 404
    assert (await client.get("/v/unknown-token")).status_code == 404
    for what in ("answer", "dates", "welcome", "poster", "preference"):
        answer = await client.post(
            f"/v/visits/{visit.id}/{what}", data={"answer": "confirmed", "name": "x"}
        )
        assert answer.status_code == 404
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED


async def test_a_link_opens_its_own_visit_only(client: httpx.AsyncClient, visit: Visit) -> None:
    await opened(client, visit)
    other = await make_visit(state=VisitState.INVITED)
    assert (await client.get(f"/v/visits/{other.id}")).status_code == 404
    await opened(client, other)
    for mine in (visit, other):  # two tabs do not mix
        assert (await client.get(f"/v/visits/{mine.id}")).status_code == 200


async def test_an_expired_link_says_whom_to_call(
    client: httpx.AsyncClient, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "help_contact", "Smart corner, poste 12")
    link = await path_of(visit)
    await client.get(link)
    await Link.all().update(expires_at=now() - timedelta(days=1))
    answer = await client.get(link)
    assert answer.status_code == 410
    assert "Smart corner" in answer.text
    assert (await client.get(f"/v/visits/{visit.id}")).status_code == 404


async def test_too_many_tries_have_to_wait(client: httpx.AsyncClient, visit: Visit) -> None:
    await opened(client, visit)
    data = {"answer": "confirmed", "name": "Mme Roux"}
    said = [
        (await client.post(f"/v/visits/{visit.id}/answer", data=data)).status_code
        for _ in range(32)
    ]
    assert said[:30] == [303] * 30
    assert said[30:] == [429] * 2
    await Attempts.all().update(since=now() - timedelta(minutes=11))
    assert (await client.post(f"/v/visits/{visit.id}/answer", data=data)).status_code == 303


async def test_another_site_cannot_answer_for_the_manager(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    answer = await client.post(
        f"/v/visits/{visit.id}/answer",
        data={"answer": "confirmed", "name": "x"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED


async def test_a_manager_says_how_the_site_receives(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    data = {"access": "Portail bleu", "room": "B12", "expected": "beaucoup", "signed": ""}
    wrong = await client.post(f"/v/visits/{visit.id}/welcome", data=data)
    assert wrong.status_code == 422
    assert "Portail bleu" in wrong.text
    assert await Reception.all().count() == 0
    data |= {"expected": "14", "signed": "Mme Roux", "items": "unknown"}
    assert (await client.post(f"/v/visits/{visit.id}/welcome", data=data)).status_code == 303
    kept = await Reception.get(visit_id=visit.id)
    assert (kept.access, kept.room, kept.expected, kept.by, kept.items) == (
        "Portail bleu",
        "B12",
        14,
        "Mme Roux",
        [],
    )


async def test_my_visits_come_by_a_mailed_link(client: httpx.AsyncClient, db: str) -> None:
    manager = await make_manager(email="roux@departement.example")
    mine = [
        await make_visit(site=await make_site(manager=manager), state=VisitState.INVITED)
        for _ in range(2)
    ]
    other = await make_visit(state=VisitState.INVITED)
    known = await client.post("/v", data={"email": "Roux@departement.example"})
    unknown = await client.post("/v", data={"email": "nobody@departement.example"})
    assert known.text.count("un lien vient de partir") == 1
    assert known.status_code == unknown.status_code == 200
    assert "un lien vient de partir" in unknown.text  # nobody can probe for addresses
    assert await OutboxRow.filter(kind="mail").count() == 1

    link = (await make_manager_link(manager.id)).removeprefix("http://localhost:8000")
    page = await client.get(link, follow_redirects=True)
    assert [str(visit.id) in page.text for visit in (*mine, other)] == [True, True, False]
    assert (await client.get(f"/v/visits/{mine[0].id}")).status_code == 200
    assert (await client.get(f"/v/visits/{other.id}")).status_code == 404


async def test_reminders_and_calendar_are_two_wishes(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await opened(client, visit)
    await client.post(f"/v/visits/{visit.id}/preference", data={"calendar": "on"})
    wish = await Preference.get()
    assert (wish.reminders, wish.calendar) == (False, True)
