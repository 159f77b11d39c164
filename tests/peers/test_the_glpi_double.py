"""The GLPI double is faithful where two clients written by others, unchanged, find in it what they find in GLPI."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import glpi_api
import pytest
from glpi_python_client import GlpiClient, PostFollowup, PostTicket

from tests.peers.glpi import APP_TOKEN, CLIENT, USER_TOKEN, Glpi, running_glpi


@pytest.fixture
def glpi() -> Iterator[Glpi]:
    with running_glpi() as running:
        yield running


@pytest.fixture
def v1(glpi: Glpi) -> glpi_api.GLPI:
    return glpi_api.GLPI(f"{glpi.url}/apirest.php", APP_TOKEN, USER_TOKEN)


@pytest.fixture
def v2(glpi: Glpi) -> Iterator[GlpiClient]:
    client_id, client_secret, username, password = CLIENT
    with GlpiClient(
        glpi_api_url=f"{glpi.url}/api.php/v2",
        server_timezone="Europe/Paris",
        client_id=client_id,
        client_secret=client_secret,
        username=username,
        password=password,
        v1_base_url=f"{glpi.url}/api.php/v1",
        v1_user_token=USER_TOKEN,
        v1_app_token=APP_TOKEN,
    ) as client:
        yield client


def test_glpi_api_makes_finds_and_follows_a_ticket(v1: glpi_api.GLPI) -> None:
    made = v1.add("Ticket", {"name": "Écran", "content": "<p>noir</p>", "externalid": "abc"})
    number = made[0]["id"]
    field = v1.field_id("Ticket", "externalid")
    found = v1.search(
        "Ticket", criteria=[{"field": field, "searchtype": "contains", "value": "^abc$"}]
    )
    assert [int(row["2"]) for row in found] == [number]
    v1.add("ITILFollowup", {"itemtype": "Ticket", "items_id": number, "content": "vu"})
    assert len(v1.get_sub_items("Ticket", number, "ITILFollowup")) == 1
    v1.update("Ticket", {"id": number, "status": 5})
    ticket = v1.get_item("Ticket", number)
    assert ticket["status"] == 5
    assert ticket["content"] == "&#60;p&#62;noir&#60;/p&#62;"
    assert datetime.fromisoformat(ticket["date_mod"]).tzinfo is None


def test_glpi_api_sees_its_errors(glpi: Glpi, v1: glpi_api.GLPI) -> None:
    with pytest.raises(glpi_api.GLPIError, match="ERROR_GLPI_LOGIN_USER_TOKEN"):
        glpi_api.GLPI(f"{glpi.url}/apirest.php", APP_TOKEN, "wrong")
    with pytest.raises(glpi_api.GLPIError, match="ERROR_WRONG_APP_TOKEN"):
        glpi_api.GLPI(f"{glpi.url}/apirest.php", "wrong", USER_TOKEN)
    with pytest.raises(glpi_api.GLPIError, match="ERROR_GLPI_ADD"):
        v1.add("Ticket", {"content": "no title"})
    v1.kill_session()
    with pytest.raises(glpi_api.GLPIError, match="ERROR_SESSION_TOKEN_INVALID"):
        v1.get_all_items("Ticket")


def test_glpi_api_gets_a_partial_answer(v1: glpi_api.GLPI) -> None:
    answer = v1.add("Ticket", {"name": "a"}, {"content": "no title"})
    assert answer[1]["id"] is False


def test_glpi_api_sends_a_file(glpi: Glpi, v1: glpi_api.GLPI, tmp_path) -> None:  # type: ignore[no-untyped-def]
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8photo")
    made = v1.upload_document("photo", str(photo))
    assert glpi.files[made["id"]] == b"\xff\xd8photo"


def test_glpi_python_client_makes_finds_and_follows_a_ticket(v2: GlpiClient) -> None:
    number = v2.create_ticket(PostTicket(name="Écran", content="noir", external_id="abc"))
    found = v2.search_tickets('external_id=="abc"', sort="date_mod:desc")
    assert [ticket.id for ticket in found] == [number]
    v2.create_ticket_followup(number, PostFollowup(content="vu"))
    assert len(v2.list_ticket_followups(number)) == 1
    ticket = v2.get_ticket(number)
    assert ticket.date_mod is not None
    assert abs(ticket.date_mod - datetime.now(UTC)) < timedelta(seconds=10)


def test_glpi_python_client_is_given_the_whole_table_for_a_filter_it_does_not_know(
    v2: GlpiClient,
) -> None:
    for n in range(3):
        v2.create_ticket(PostTicket(name=f"t{n}", content="x"))
    assert len(v2.search_tickets('reference=="nothing"')) == 3


def test_glpi_python_client_renews_a_token_that_has_lapsed(glpi: Glpi, v2: GlpiClient) -> None:
    v2.search_tickets()
    glpi.tokens.clear()
    with pytest.raises(ValueError, match="Invalid OAuth token"):
        v2.search_tickets()


def test_the_external_id_is_not_unique(glpi: Glpi, v2: GlpiClient) -> None:
    for _ in range(2):
        v2.create_ticket(PostTicket(name="t", content="x", external_id="same"))
    assert len(glpi.bearing("same")) == 2
