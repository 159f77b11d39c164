"""A manager's link is of that person: when the site has another, it shows and changes nothing, and says why."""

from __future__ import annotations

import httpx
import pytest

from tests.factories import make_manager, make_site, make_visit
from tests.visits.smtp import Post
from tour.db import transaction
from tour.post import outbox
from tour.post.links import Link
from tour.post.models import Channel, Receipt, ReceiptState
from tour.sites.models import Site, SiteManager
from tour.visits import invite
from tour.visits.life import pass_to
from tour.visits.links import make_link, make_manager_link
from tour.visits.models import Reception, Visit, VisitState

FORMER = "Vous n’êtes plus responsable de ce site"


@pytest.fixture
async def visit(db: str) -> Visit:
    manager = await make_manager(name="Mme Avant", email="Avant@departement.example")
    site = await make_site(name="Collège Secret", manager=manager)
    return await make_visit(site=site, state=VisitState.INVITED)


def path(link: str) -> str:
    return link.removeprefix("http://localhost:8000")


async def another(visit: Visit) -> SiteManager:
    manager = await make_manager(name="M. Après", email="apres@departement.example")
    await Site.filter(id=visit.site_id).update(manager_id=manager.id)
    return manager


async def nobody(visit: Visit) -> None:
    await Site.filter(id=visit.site_id).update(manager_id=None)


async def another_mailbox(visit: Visit) -> None:
    """The same line, corrected by hand: the first address was another person's."""
    await SiteManager.all().update(email="corrigee@departement.example")


@pytest.mark.parametrize("change", [another, nobody, another_mailbox])
@pytest.mark.parametrize("opened_before", [False, True])
async def test_a_former_manager_sees_and_changes_nothing(
    client: httpx.AsyncClient, visit: Visit, change: object, opened_before: bool
) -> None:
    link = path(await make_link(visit))
    if opened_before:
        await client.get(link)
    await change(visit)  # type: ignore[operator]
    page = await client.get(link, follow_redirects=True)
    assert page.status_code == 410
    assert FORMER in page.text
    assert "Collège Secret" not in page.text
    one = f"/v/visits/{visit.id}"
    for address in (one, f"{one}/dates", f"{one}/visite.ics"):
        answer = await client.get(address)
        assert (answer.status_code, FORMER in answer.text) == (410, True), address
    said = {"answer": "declined", "name": "Mme Avant", "note": "non", "signed": "Mme Avant", "wish": "2027-03-01"}  # fmt: skip
    for what in ("answer", "welcome", "preference", "poster", "dates"):
        assert (await client.post(f"{one}/{what}", data=said)).status_code == 410, what
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED
    assert not await Reception.exists()


async def test_the_new_manager_has_a_link_of_their_own(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    manager = await another(visit)
    page = await client.get(path(await make_link(visit)), follow_redirects=True)
    assert page.status_code == 200
    data = {"answer": "confirmed", "name": manager.name}
    assert (await client.post(f"/v/visits/{visit.id}/answer", data=data)).status_code == 303
    assert (await Visit.get(id=visit.id)).state == VisitState.CONFIRMED


async def test_the_link_to_all_visits_of_a_former_manager_no_longer_has_this_one(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await make_link(visit)  # was mailed
    link = path(await make_manager_link((await SiteManager.get()).id))
    assert "Collège Secret" in (await client.get(link, follow_redirects=True)).text
    await another(visit)
    page = await client.get("/v")
    assert page.status_code == 200
    assert "Collège Secret" not in page.text
    answer = await client.get(f"/v/visits/{visit.id}")
    assert (answer.status_code, FORMER in answer.text) == (410, True)


async def test_another_site_s_manager_learns_nothing(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    other = await make_manager()
    await client.get(path(await make_manager_link(other.id)))
    answer = await client.get(f"/v/visits/{visit.id}")
    assert (answer.status_code, FORMER in answer.text) == (404, False)


async def test_a_link_that_says_nothing_of_whose_it_is_opens_nothing(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    link = path(await make_link(visit))
    await Link.all().update(email="", manager_id=None)
    assert (await client.get(link, follow_redirects=True)).status_code == 410


async def test_a_message_on_its_way_to_a_former_manager_does_not_leave(
    visit: Visit, post: Post
) -> None:
    await invite.invite(visit.id, by="Léa")
    await another(visit)
    await outbox.deliver_due()
    assert post.messages == []
    receipt = await Receipt.get()
    assert (receipt.state, "no longer" in receipt.error) == (ReceiptState.FAILED, True)


async def test_who_was_invited_and_is_no_longer_in_charge_still_hears_that_it_falls(
    visit: Visit, post: Post
) -> None:
    async with transaction():
        await pass_to(await Visit.get(id=visit.id), VisitState.CANCELLED, by="Léa", note="Neige")
    await another(visit)
    await outbox.deliver_due()
    assert post.recipients == ["Avant@departement.example"]


async def test_asking_three_times_locks_nobody_out(client: httpx.AsyncClient, visit: Visit) -> None:
    """Whoever asks in a manager's name: the manager is told the same, and what was mailed opens."""
    for _ in range(12):
        answer = await client.post("/v", data={"email": "avant@departement.example"})
        assert answer.status_code == 200
    assert await Receipt.filter(channel=Channel.MAIL).count() == 3


async def test_a_right_link_opens_however_many_wrong_ones_were_tried(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    link = path(await make_link(visit))
    codes = [(await client.get(f"/v/guess-{n}")).status_code for n in range(25)]
    assert codes == [404] * 20 + [429] * 5
    for _ in range(40):
        assert (await client.get(link)).status_code == 303


async def test_somebody_who_hesitates_is_not_stopped(
    client: httpx.AsyncClient, visit: Visit
) -> None:
    await client.get(path(await make_link(visit)))
    for n in range(30):
        data = {"answer": ("confirmed", "declined")[n % 2], "name": "Mme Avant", "note": "x"}
        answer = await client.post(f"/v/visits/{visit.id}/answer", data=data)
        assert answer.status_code == 303, n
    assert (await client.post(f"/v/visits/{visit.id}/answer", data=data)).status_code == 429
