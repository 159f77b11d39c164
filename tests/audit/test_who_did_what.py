"""Each act of a person and each refusal leaves one line that nobody can change."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from tortoise.exceptions import IntegrityError

from tests.factories import make_agent, make_pair
from tour.audit.command import in_words
from tour.audit.models import AuditLine
from tour.audit.record import as_json, forget, record, scene, shortened
from tour.audit.who import CLOCK, By, ByKind
from tour.db import now, transaction
from tour.field.models import Tablet
from tour.field.tablets import enrol_link
from tour.people.models import Absence, Agent, Role
from tour.web.audited import MOST_REFUSALS


async def lines(**values: object) -> list[AuditLine]:
    return await AuditLine.filter(**values).order_by("at", "id")


async def test_what_a_planner_changes_says_who_and_what(planner: httpx.AsyncClient) -> None:
    pair = await make_pair()
    form = {"first_day": "2027-01-11", "last_day": "2027-01-12", "reason": ""}
    answer = await planner.post(f"/pairs/{pair.id}/absences", data=form)
    assert answer.status_code == 303
    [line] = await lines(what="POST /pairs/{id:uuid}/absences")
    agent = await Agent.get(name="Léa Planif")
    assert (line.by_kind, line.by_id, line.by_label) == (ByKind.AGENT, str(agent.id), "Léa Planif")
    assert line.on == f"/pairs/{pair.id}/absences"
    assert line.request_id == answer.headers["X-Request-Id"]


async def test_reading_a_page_leaves_no_line(planner: httpx.AsyncClient) -> None:
    before = await AuditLine.all().count()
    assert (await planner.get("/sites")).status_code == 200
    assert await AuditLine.all().count() == before


async def test_taking_a_file_out_leaves_one(planner: httpx.AsyncClient) -> None:
    assert (await planner.get("/catalogue/export.csv")).status_code == 200
    [line] = await lines(what="exported")
    assert line.details == {"request": "GET /catalogue/export.csv"}
    assert line.by_label == "Léa Planif"


async def test_a_refused_right_leaves_one(planner: httpx.AsyncClient) -> None:
    await Agent.filter(name="Léa Planif").update(roles=[Role.TOURER])
    assert (await planner.get("/sites")).status_code == 403
    [line] = await lines(what="refused")
    assert line.details == {"request": "GET /sites", "status": 403}


async def test_a_link_that_opens_nothing_is_kept_without_its_token(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/v/nobody-knows-this-token")).status_code == 404
    [line] = await lines(what="refused")
    assert line.on == "/v/…"
    assert "nobody-knows" not in as_json(line)


async def test_another_site_s_form_leaves_one(planner: httpx.AsyncClient) -> None:
    answer = await planner.post("/pairs", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert [line.on for line in await lines(what="refused")] == ["/pairs"]


async def test_who_knocks_without_end_fills_no_table(client: httpx.AsyncClient) -> None:
    for _knock in range(MOST_REFUSALS + 20):
        await client.get(f"/v/{uuid4()}")
    assert len(await lines(what="refused")) == MOST_REFUSALS


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/v/secret-of-a-manager", {"Host": "elsewhere.example"}),
        ("POST", "/sign-in/secret-of-an-agent", {"Sec-Fetch-Site": "cross-site"}),
        ("POST", "/no/page/secret-typed", {"Sec-Fetch-Site": "cross-site"}),
    ],
)
async def test_what_is_refused_before_it_is_looked_up_tells_no_token(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    assert (await client.request(method, path, headers=headers)).status_code in {403, 421}
    [line] = await lines(what="refused")
    assert "secret" not in as_json(line)


async def test_a_bug_after_the_change_leaves_one(
    planner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError

    pair = await make_pair()
    monkeypatch.setattr("tour.planning.pages.pairs.back", fail)
    form = {"first_day": "2027-01-11", "last_day": "2027-01-12", "reason": ""}
    answer = await planner.post(f"/pairs/{pair.id}/absences", data=form)
    assert answer.status_code == 500
    assert await Absence.filter(pair_id=pair.id).exists()
    [line] = await lines(what="POST /pairs/{id:uuid}/absences")
    assert (line.by_label, line.details) == ("Léa Planif", {"status": 500})


@pytest.mark.parametrize("address", ["/language/en", "/sign-in/nobody-knows-this-token"])
async def test_a_stranger_who_posts_without_end_fills_no_table(
    client: httpx.AsyncClient, address: str
) -> None:
    before = await AuditLine.all().count()
    for _post in range(MOST_REFUSALS + 20):
        await client.post(address)
    assert await AuditLine.all().count() - before == MOST_REFUSALS


async def test_the_log_of_a_bug_tells_no_token(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tour.people.sign_in.link_of", fail)
    assert (await client.get("/sign-in/secret-of-an-agent")).status_code == 500
    assert "GET /sign-in/…" in caplog.text
    assert "secret-of" not in "".join(record.getMessage() for record in caplog.records)


async def test_a_desk_s_address_is_kept_without_the_key_in_it(admin: httpx.AsyncClient) -> None:
    url = "https://hooks.example.org/in/k3y-of-path?code=k3y-of-query"
    form = {"kind": "webhook", "name": "Suivi", "url": url, "secret": "s3cret"}
    assert (await admin.post("/desk/settings", data=form)).status_code == 303
    [line] = await lines(what="desk.saved")
    assert line.details["server"] == "https://hooks.example.org:443"
    assert "k3y" not in as_json(line)
    assert "s3cret" not in as_json(line)


async def test_a_tablet_enrolled_says_which(client: httpx.AsyncClient) -> None:
    link = await enrol_link(await make_pair(), "Tablette 7", await make_agent(Role.PLANNER))
    token = link.rpartition("/")[2]
    assert (await client.post(f"/field/enrol/{token}")).status_code == 303
    [line] = await lines(what="POST /field/enrol/{token}")
    tablet = await Tablet.get(name="Tablette 7")
    assert (line.by_kind, line.by_id) == (ByKind.TABLET, str(tablet.id))
    assert token not in as_json(line)


async def test_a_line_is_never_changed_and_stays_for_a_year(db: str) -> None:
    await record("tried", by=CLOCK)
    with pytest.raises(IntegrityError, match="never changed"):
        await AuditLine.all().update(by_label="somebody else")
    with pytest.raises(IntegrityError, match="stays for a year"):
        await AuditLine.all().delete()
    assert len(await lines(what="tried")) == 1


async def test_after_a_year_it_goes(db: str) -> None:
    await AuditLine.create(by_kind=ByKind.CLOCK, what="old", at=now() - timedelta(days=400))
    await AuditLine.create(by_kind=ByKind.CLOCK, what="young", at=now() - timedelta(days=300))
    assert await forget() == 1
    assert [line.what for line in await AuditLine.all()] == ["young"]


async def test_a_line_goes_with_the_act_that_failed(db: str) -> None:
    async def fail() -> None:
        async with transaction():
            await record("tried", by=CLOCK)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await AuditLine.all().count() == 0


async def test_a_line_is_json_in_utc(db: str) -> None:
    agent = await make_agent(Role.ADMIN, name="Zoé")
    with scene(By(ByKind.AGENT, str(agent.id), agent.name), origin="192.0.2.77", request_id="r1"):
        await record("agent.role", on=f"/agents/{agent.id}", added=["desk"])
    [line] = await lines()
    read = json.loads(as_json(line))
    assert read["at"].endswith("+00:00")
    assert read | {"at": ""} == {
        "at": "",
        "by": {"kind": "agent", "id": str(agent.id), "label": "Zoé"},
        "what": "agent.role",
        "on": f"/agents/{agent.id}",
        "from": "192.0.2.0/24",
        "request": "r1",
        "details": {"added": ["desk"]},
    }
    assert "agent:Zoé  agent.role" in in_words(line)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("not an address", ""),
        ("", ""),
    ],
)
def test_a_network_is_kept_and_no_machine(address: str, kept: str) -> None:
    assert shortened(address) == kept
