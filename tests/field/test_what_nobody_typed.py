"""A report says only what a person changed: what a colleague wrote meanwhile on the pair's other tablet stays."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData

from tests.examples import examples
from tests.factories import make_visit
from tests.field.conftest import Device
from tour.db import local_now
from tour.field.filters import in_form
from tour.field.kinds import KINDS, read_form
from tour.field.merge import overlay, winners
from tour.field.models import Change
from tour.field.pages.field import texts_of
from tour.visits.models import Visit, VisitReport, VisitState

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "met": st.one_of(st.none(), st.integers(0, 20)),
    "report": st.sampled_from(["", "Bon accueil", "deux\nlignes"]),
    "themes": st.sampled_from([[], ["t_ai"], ["t_device", "t_ai"]]),
    "autonomy": st.sampled_from(["", "partial", "autonomous"]),
}
BLANK = {field: KINDS["visit"]["blank"][field] for field in FIELDS}


def opened(shown: dict[str, Any]) -> dict[str, str]:
    """The report's form as a page shows it."""
    form = {field: in_form(shown[field]) for field in FIELDS}
    return form | {f"was.{field}": text for field, text in form.items()}


class TwoTablets:
    """The pair's two tablets and the server: what each holds, and what each has not sent yet."""

    def __init__(self) -> None:
        self.server, self.stamps = dict(BLANK), dict[str, str]()
        self.docs = [dict(BLANK), dict(BLANK)]
        self.waiting: list[list[dict[str, Any]]] = [[], []]
        self.forms = [opened(BLANK), opened(BLANK)]
        self.typed: list[dict[str, Any]] = [{}, {}]
        self.last: dict[str, Any] = {}  # what a person last typed, by field
        self.clock = 0

    def shown(self, one: int) -> dict[str, Any]:
        found = overlay("visit", "v", self.docs[one], self.waiting[one], lambda *_: None)
        assert found is not None
        return found

    def open(self, one: int) -> None:
        self.forms[one], self.typed[one] = opened(self.shown(one)), {}

    def type(self, one: int, field: str, value: Any) -> None:
        self.forms[one][field], self.typed[one][field] = in_form(value), value

    def save(self, one: int) -> None:
        patch = read_form("visit", self.forms[one], "")
        self.clock += 1
        self.last |= patch
        # Nothing but what was typed, and all of it that is new.
        assert patch.keys() <= self.typed[one].keys()
        for field, value in self.typed[one].items():
            assert field in patch or in_form(value) == self.forms[one][f"was.{field}"]
        if patch:
            stamp = f"{self.clock:013d}.0000.{one}"
            self.waiting[one].append({"patch": patch, "stamp": stamp, "refused": False})
        self.open(one)

    def sync(self, one: int) -> None:
        for change in self.waiting[one]:
            won = winners(self.stamps, change["patch"], change["stamp"])
            self.server |= won
            self.stamps |= dict.fromkeys(won, change["stamp"])
        self.waiting[one] = []
        self.docs[one] = dict(self.server)


STEPS = st.one_of(
    st.tuples(st.sampled_from(["open", "save", "sync"]), st.integers(0, 1)),
    *(
        st.tuples(st.just("type"), st.integers(0, 1), st.just(field), values)
        for field, values in FIELDS.items()
    ),
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_a_field_keeps_what_a_person_last_typed_and_else_never_changes(
    steps: list[tuple[Any, ...]],
) -> None:
    pair = TwoTablets()
    for name, *where in steps:
        getattr(pair, name)(*where)
    for _twice in range(2):
        pair.sync(0)
        pair.sync(1)
    assert pair.server == BLANK | pair.last
    assert pair.docs[0] == pair.docs[1] == pair.server


@pytest.fixture
async def visit(device: Device) -> Visit:
    return await make_visit(
        pair=device.pair, day=local_now().date(), state=VisitState.CONFIRMED, report="déjà\nlà"
    )


@pytest.fixture
async def browser(device: Device, client: httpx.AsyncClient) -> httpx.AsyncClient:
    client.cookies.set("tablet", device.secret, path="/field")
    return client


def report_form(page: str) -> dict[str, str]:
    """What a browser sends of the report's form when nobody touches it."""
    _before, _mark, form = page.partition('data-draft="report-')
    form, _mark, _after = form.partition("</form>")
    sent: list[tuple[str, str]] = []
    for tag in re.findall(r"<input [^>]*>", form):
        read = dict(re.findall(r'([\w.-]+)="([^"]*)"', tag))
        if read.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        sent.append((read["name"], unescape(read.get("value", ""))))
    for name, text in re.findall(r'<textarea id="(\w+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        sent.append((name, unescape(text).replace("\n", "\r\n")))
    return texts_of(FormData(sent))


async def save(browser: httpx.AsyncClient, visit: Visit, form: dict[str, str]) -> httpx.Response:
    return await browser.post(f"/field/changes/visit/{visit.id}", data=form)


async def test_a_page_without_a_worker_sends_only_what_was_typed(
    browser: httpx.AsyncClient, device: Device, visit: Visit
) -> None:
    form = report_form((await browser.get(f"/field/visits/{visit.id}")).text)
    assert {"met", "was.met", "themes", "was.themes", "referral_to", "was.report"} <= form.keys()
    # Meanwhile the other tablet's report comes in.
    theirs = device.change("visit", visit.id, met=7, themes=["t_ai"], autonomy="partial")
    await device.exchange(theirs)
    assert (await save(browser, visit, form | {"report": "Bon accueil"})).status_code == 303
    after, more = await Visit.get(id=visit.id), await VisitReport.get(visit_id=visit.id)
    assert (after.met, after.report) == (7, "Bon accueil")
    assert (more.themes, more.autonomy) == (["t_ai"], "partial")
    (said,) = [change.patch for change in await Change.all() if str(change.id) != theirs["id"]]
    assert said == {"report": "Bon accueil"}


async def test_a_report_saved_as_it_was_shown_says_nothing(
    browser: httpx.AsyncClient, visit: Visit
) -> None:
    form = report_form((await browser.get(f"/field/visits/{visit.id}")).text)
    assert (await save(browser, visit, form)).status_code == 303
    assert await Change.all().count() == 0


async def test_a_report_with_a_fault_begins_again_from_what_it_showed(
    browser: httpx.AsyncClient, device: Device, visit: Visit
) -> None:
    form = report_form((await browser.get(f"/field/visits/{visit.id}")).text)
    await device.exchange(device.change("visit", visit.id, met=7, met_managers=2))
    faulty = await save(browser, visit, form | {"met": "beaucoup"})
    assert faulty.status_code == 422
    again = report_form(faulty.text)
    assert (again["met"], again["was.met"]) == ("beaucoup", "")
    assert (again["met_managers"], again["was.met_managers"]) == ("2", "2")
    await save(browser, visit, again | {"met": "9"})
    more = await VisitReport.get(visit_id=visit.id)
    assert ((await Visit.get(id=visit.id)).met, more.met_managers) == (9, 2)


async def test_a_proposed_duration_is_nobodys_word(
    browser: httpx.AsyncClient, device: Device, visit: Visit
) -> None:
    await device.exchange(
        device.change(
            "visit", visit.id, arrived_at="2026-11-24T09:00:00Z", left_at="2026-11-24T09:45:00Z"
        )
    )
    form = report_form((await browser.get(f"/field/visits/{visit.id}")).text)
    assert form["duration_min"] == "45"
    await device.exchange(device.change("visit", visit.id, duration_min=60))
    await save(browser, visit, form | {"met": "2"})
    assert (await VisitReport.get(visit_id=visit.id)).duration_min == 60
