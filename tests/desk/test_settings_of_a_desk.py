from __future__ import annotations

import httpx
import pytest

from tests.desk.conftest import FakeDesk
from tests.factories import make_item, make_site
from tests.peers.glpi import APP_TOKEN, USER_TOKEN, running_glpi
from tour.desk import desks
from tour.desk.connectors import connector
from tour.desk.connectors.base import Denied, TicketRequest
from tour.desk.models import Desk, DeskKind, ItemMapping, SiteMapping
from tour.desk.secrets import MASK, masked, seal, unseal
from tour.errors import UserError

FORM = {"kind": "rt", "name": "RT", "url": "http://127.0.0.1:9", "queue": "Support", "token": "1-39-s3cret"}  # fmt: skip


async def test_it_works(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/desk/settings", data=FORM)
    assert answer.status_code == 303
    desk = await Desk.get()
    assert "s3cret" not in desk.secrets
    assert unseal(desk.secrets) == {"token": "1-39-s3cret"}
    page = (await admin.get(answer.headers["location"])).text
    assert "s3cret" not in page
    assert "injoignable" in page


async def test_a_secret_left_empty_stays(admin: httpx.AsyncClient) -> None:
    await admin.post("/desk/settings", data=FORM)
    desk = await Desk.get()
    await admin.post(f"/desk/settings/{desk.id}", data={**FORM, "name": "RT 2", "token": ""})
    desk = await Desk.get()
    assert desk.name == "RT 2"
    assert unseal(desk.secrets) == {"token": "1-39-s3cret"}


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("url", "rt"), ("url", "ftp://x")])
async def test_bad_input_is_said_next_to_its_field(
    admin: httpx.AsyncClient, field: str, value: str
) -> None:
    answer = await admin.post("/desk/settings", data={**FORM, field: value})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "s3cret" not in answer.text
    assert 'value="Support"' in answer.text


async def test_a_desk_not_in_order_is_not_taken_into_use(admin: httpx.AsyncClient) -> None:
    await admin.post("/desk/settings", data=FORM)
    desk = await Desk.get()
    answer = await admin.post("/desk/settings/use", data={"desk": str(desk.id)})
    assert answer.status_code == 422
    await Desk.all().update(findings=[{"ok": True, "words": "bien"}])
    await admin.post("/desk/settings/use", data={"desk": str(desk.id)})
    assert (await Desk.get()).in_use
    await admin.post("/desk/settings/use", data={"desk": ""})
    assert not (await Desk.get()).in_use


async def test_a_changed_key_is_said_in_words(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tour.settings import settings

    sealed = seal({"token": "abcdef"})
    monkeypatch.setattr(settings(), "key", "another")
    with pytest.raises(UserError, match="clé changée"):
        unseal(sealed)


def test_secrets_are_masked_also_in_base64() -> None:
    assert masked("token 1-39-s3cret!", ["1-39-s3cret"]) == f"token {MASK}!"
    assert "czNjcmV0" not in masked("Basic czNjcmV0", ["s3cret"])


@pytest.mark.parametrize(
    ("secrets", "traps", "words"),
    [
        ({"app_token": "x", "user_token": USER_TOKEN}, {}, "L’App-Token est faux"),
        ({"app_token": APP_TOKEN, "user_token": "x"}, {}, "jeton d’utilisateur est faux"),
        ({"app_token": APP_TOKEN, "user_token": USER_TOKEN}, {"old": True}, "repère est mis"),
    ],
)
async def test_the_check_says_what_is_missing(
    secrets: dict[str, str], traps: dict[str, bool], words: str
) -> None:
    with running_glpi(**traps) as glpi:
        there = connector(DeskKind.GLPI_V1, f"{glpi.url}/apirest.php", {}, secrets)
        async with there:
            findings = await there.check()
    assert any(words in finding.words for finding in findings)


async def test_mappings_are_kept_by_hand_and_helped_by_import(
    there: FakeDesk, admin: httpx.AsyncClient
) -> None:
    item, site = await make_item(), await make_site()
    desk = await Desk.get()
    desk.kind = DeskKind.GLPI_V1
    await desk.save()
    await admin.post(f"/desk/settings/{desk.id}/import")
    page = (await admin.get(f"/desk/settings/{desk.id}/mapping")).text
    assert "Matériel" in page
    form = {f"category-{item.id}": "7", f"urgency-{item.id}": "9", f"location-{site.id}": "3"}
    await admin.post(f"/desk/settings/{desk.id}/mapping", data=form)
    mapping = await ItemMapping.get(item_id=item.id)
    assert (mapping.category, mapping.urgency) == ("7", "")
    assert (await SiteMapping.get(site_id=site.id)).location == "3"
    await admin.post(f"/desk/settings/{desk.id}/mapping", data={f"category-{item.id}": "", f"location-{site.id}": ""})  # fmt: skip
    assert not await ItemMapping.exists()
    assert not await SiteMapping.exists()


async def test_checking_keeps_what_was_found(there: FakeDesk) -> None:
    desk = await Desk.get()
    await desks.check(desk)
    assert (await Desk.get()).findings == [{"ok": True, "words": "ok"}]


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1:9", "http://127.0.0.1:10", "http://127.0.0.2:9", "http://localhost:9"],
)
async def test_another_server_is_not_sent_the_first_one_s_secrets(
    admin: httpx.AsyncClient, url: str
) -> None:
    await admin.post("/desk/settings", data=FORM)
    desk = await Desk.get()
    changed = {**FORM, "name": "RT 2", "url": url, "queue": "Autre", "token": "", "triage": "1"}
    answer = await admin.post(f"/desk/settings/{desk.id}", data=changed)
    desk = await Desk.get()
    assert unseal(desk.secrets) == {}
    assert (desk.name, desk.url, desk.options["queue"], desk.triage) == ("RT 2", url, "Autre", True)
    page = (await admin.get(answer.headers["location"])).text
    assert "mène à un autre serveur" in page
    assert "Jeton d’authentification" in page
    assert "Enregistré, chiffré" not in page


async def test_a_secret_typed_with_the_new_address_is_the_new_one_s(
    admin: httpx.AsyncClient,
) -> None:
    await admin.post("/desk/settings", data=FORM)
    desk = await Desk.get()
    changed = {**FORM, "url": "http://127.0.0.1:10", "token": "2-autre"}
    await admin.post(f"/desk/settings/{desk.id}", data=changed)
    assert unseal((await Desk.get()).secrets) == {"token": "2-autre"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://127.0.0.1:9/rt", "HTTP://127.0.0.1:9"])  # fmt: skip
async def test_another_page_of_the_same_server_keeps_them(
    admin: httpx.AsyncClient, url: str
) -> None:
    await admin.post("/desk/settings", data=FORM)
    desk = await Desk.get()
    await admin.post(f"/desk/settings/{desk.id}", data={**FORM, "url": url, "token": ""})
    assert unseal((await Desk.get()).secrets) == {"token": "1-39-s3cret"}


@pytest.mark.parametrize(
    "url",
    ["http://user:pw@rt.example", "http://rt.example:99999", "http://rt.example\\@evil.example", "http://[::1"],
)  # fmt: skip
async def test_an_address_that_could_be_read_two_ways_is_none(
    admin: httpx.AsyncClient, url: str
) -> None:
    answer = await admin.post("/desk/settings", data={**FORM, "url": url})
    assert answer.status_code == 422
    assert not await Desk.exists()


async def test_a_desk_s_settings_are_the_admin_s(planner: httpx.AsyncClient, db: str) -> None:
    desk = await Desk.create(kind=DeskKind.RT, name="RT", url="http://127.0.0.1:9")
    one = f"/desk/settings/{desk.id}"
    for path in ("/desk/settings", "/desk/settings/new?kind=rt", one, f"{one}/mapping"):
        assert (await planner.get(path)).status_code == 403
    for path in ("/desk/settings", "/desk/settings/use", one, f"{one}/check", f"{one}/mapping", f"{one}/import"):  # fmt: skip
        assert (await planner.post(path, data=FORM)).status_code == 403
    assert (await Desk.get()).url == "http://127.0.0.1:9"
    assert "/desk/settings" not in (await planner.get("/desk")).text


async def test_a_webhook_without_its_secret_sends_nothing(db: str) -> None:
    async with connector(DeskKind.WEBHOOK, "http://127.0.0.1:9", {}, {}) as there:
        with pytest.raises(Denied, match="secret partagé"):
            await there.create(TicketRequest("ref", "titre", ["texte"], True, 3))
