"""The tablet's own code under a bad network: what was noted is there once, whatever happened on the way."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chaos.proxy import FAULTS, Network, bad_network
from tests.e2e.conftest import PATIENCE, Running, running_tour
from tests.e2e.stores import CLOSE_THE_STORE
from tests.factories import make_item, make_pair, make_visit
from tour.db import local_now, uuid7
from tour.field.models import Change, ChangeOutcome, Tablet
from tour.field.tablets import enrol_link
from tour.needs.models import Need
from tour.people.models import Pair
from tour.visits.models import Visit

pytestmark = pytest.mark.e2e
SEED = int(os.environ.get("SEED", "20261124"))
NOTED = int(os.environ.get("NOTED", "48"))

# Notes a need as a form of the field app does; resolves when the worker has answered.
NOTE = """async ([need, visit, text]) => {
  const body = new URLSearchParams({visit, kind: "idea", text, back: "/field/status"});
  const answer = await fetch(`/field/changes/need/${need}`, {method: "POST", body, redirect: "manual"});
  return answer.type === "opaqueredirect" || answer.ok;
}"""
HELD = """async () => {
  const db = await new Promise((go, no) => { const r = indexedDB.open("tour-field"); r.onsuccess = () => go(r.result); r.onerror = () => no(r.error); });
  const all = (name) => new Promise((go) => { const r = db.transaction(name).objectStore(name).getAll(); r.onsuccess = () => go(r.result); });
  const held = {changes: (await all("changes")).length, receipts: (await all("receipts")).map((r) => r.id)};
  db.close();
  return held;
}"""


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_tour(tmp_path_factory.mktemp("tour")) as running:
        running.begin()
        yield running


async def a_pair() -> tuple[Pair, list[Visit]]:
    pair = await make_pair()
    await make_item()
    today = local_now().date()
    return pair, [await make_visit(pair=pair, day=today + timedelta(days=n)) for n in range(3)]


class Day:
    """A tablet in use: its pages come and go, its worker is killed, and the network is what it is."""

    def __init__(self, context: BrowserContext, network: Network, dice: random.Random) -> None:
        self.context, self.network, self.dice = context, network, dice
        self.pages = [self.open()]

    def open(self) -> Page:
        page = self.context.new_page()
        page.goto(f"{self.network.url}/field/")
        return page

    @property
    def page(self) -> Page:
        return self.dice.choice(self.pages)

    def meanwhile(self) -> None:
        """Something that happens to tablets."""
        what = self.dice.randrange(7)
        if what == 0:
            self.page.reload()
        elif what == 1 and len(self.pages) < 3:
            self.pages.append(self.open())
        elif what == 2 and len(self.pages) > 1:
            self.pages.pop().close(run_before_unload=False)
        elif what == 3:
            session = self.context.new_cdp_session(self.page)
            session.send("ServiceWorker.enable")
            session.send("ServiceWorker.stopAllWorkers")
            session.detach()
        elif what == 4:
            self.context.set_offline(True)
            self.page.reload()
            self.context.set_offline(False)
        elif what == 5:
            self.page.evaluate(CLOSE_THE_STORE)
        else:
            self.page.evaluate("navigator.serviceWorker.controller?.postMessage({type: 'send'})")


def test_nothing_is_lost_between_a_browser_and_the_server(
    browser: Browser, served: Running
) -> None:
    dice = random.Random(SEED)
    pair, visits = served.do(a_pair)
    with bad_network(served.url) as network:
        context = browser.new_context(viewport={"width": 820, "height": 1180}, locale="fr-FR")
        context.set_default_timeout(PATIENCE)
        link = served.do(lambda: enrol_link(pair, "Tablette"))
        page = context.new_page()
        page.goto(f"{network.url}/field/enrol/{link.rpartition('/')[2]}")
        page.get_by_role("button", name="Utiliser cette tablette").click()
        expect(page.get_by_text("Prêt à partir.")).to_be_visible()
        page.close()

        day = Day(context, network, dice)
        noted: dict[str, str] = {}
        for number in range(NOTED):
            network.due.extend(dice.choices(FAULTS, k=dice.randrange(3)))
            need, text = str(uuid7()), f"n° {number} é😀"
            assert day.page.evaluate(NOTE, [need, str(dice.choice(visits).id), text])
            noted[need] = text
            day.meanwhile()

        network.due.clear()
        page = day.open()
        page.goto(f"{network.url}/field/outbox")
        page.get_by_role("button", name="Envoyer maintenant").click()
        expect(page.get_by_text("Tout est envoyé.")).to_be_visible()
        held = page.evaluate(HELD)
        context.close()

    needs, applied, tablet = served.do(what_arrived)
    assert needs == noted
    assert held["changes"] == 0
    assert sorted(held["receipts"]) == applied
    assert len(applied) == NOTED
    assert (tablet.gap, tablet.lost) == (0, 0)
    print(f"\n{network.had.total()} faults on {NOTED} needs, seed {SEED}: {dict(network.had)}")
    assert network.had.total() > NOTED / 4


async def what_arrived() -> tuple[dict[str, str], list[str], Tablet]:
    needs = {str(need.id): need.text async for need in Need.all()}
    rows = await Change.filter(outcome=ChangeOutcome.APPLIED).values_list("id", flat=True)
    return needs, sorted(map(str, rows)), await Tablet.get()
