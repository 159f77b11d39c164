from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.factories import make_item, make_visit
from tour.db import Document
from tour.field.documents import build
from tour.visits.links import make_link
from tour.visits.models import Announcement, AnnouncementState, Reception, Visit, VisitState


async def told(visit: Visit) -> dict[str, Any]:
    """What a tablet is told of a visit."""
    (document,) = await build([("visit", str(visit.id))])
    return document.data


async def version_of(visit: Visit) -> int:
    document = await Document.get_or_none(kind="visit", doc_id=visit.id)
    return document.version if document else 0


@pytest.mark.usefixtures("db")
async def test_a_visit_of_which_nothing_was_said() -> None:
    data = await told(await make_visit())
    assert "announced" not in data  # the tablet knows what a blank one has
    assert "room" not in data


@pytest.mark.usefixtures("db")
async def test_how_the_site_receives_and_what_its_people_need() -> None:
    visit = await make_visit()
    keyboard = await make_item(name="Clavier défectueux", ref="clavier")
    await Reception.create(
        visit_id=visit.id, room="Salle Merle", expected=7, access="Sonner", items=["clavier", "gone"], by="Mme Roux"
    )  # fmt: skip
    for state in AnnouncementState:
        await Announcement.create(
            visit_id=visit.id, text=f"note {state.value}", name="Jo", state=state
        )
    await Announcement.create(visit_id=visit.id, item_id=keyboard.id, state=AnnouncementState.KEPT)
    data = await told(visit)
    assert (data["room"], data["expected"], data["said_access"]) == ("Salle Merle", 7, "Sonner")
    assert data["announced"] == [
        {"what": "Clavier défectueux", "text": "", "who": ""},
        {"what": "", "text": "note kept", "who": "Jo"},
        {"what": "Clavier défectueux", "text": "", "who": ""},
    ]


async def test_tablets_hear_what_a_manager_says(client: httpx.AsyncClient) -> None:
    visit = await make_visit(state=VisitState.CONFIRMED)
    link = await make_link(visit)
    await client.get(f"/v/{link.rpartition('/')[2]}")
    before = await version_of(visit)
    answer = await client.post(
        f"/v/visits/{visit.id}/welcome", data={"room": "Salle Merle", "signed": "Mme Roux"}
    )
    assert answer.status_code == 303
    assert await version_of(visit) > before
    assert (await told(visit))["room"] == "Salle Merle"


async def test_tablets_hear_of_a_note_that_is_kept(planner: httpx.AsyncClient) -> None:
    visit = await make_visit()
    said = await Announcement.create(visit_id=visit.id, text="Écran fendu")
    assert "announced" not in await told(visit)
    before = await version_of(visit)
    await planner.post(f"/visits/{visit.id}/hints/{said.id}/decision", data={"decision": "keep"})
    assert await version_of(visit) > before
    assert [one["text"] for one in (await told(visit))["announced"]] == ["Écran fendu"]
