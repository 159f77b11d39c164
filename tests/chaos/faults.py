"""A campaign of faults: seeded, counted, and what must hold after each quiet moment."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.chaos.tablet import DAY_MS, NoAnswer, Tablet, readable
from tests.factories import make_item, make_pair, make_visit
from tour.db import local_now, uuid7
from tour.field.kinds import KINDS, iso
from tour.field.models import Change, ChangeOutcome
from tour.field.models import Tablet as Enrolled
from tour.field.tablets import enrol_at_once, revoke
from tour.needs.models import Need
from tour.people.models import Pair
from tour.post.outbox import OutboxRow
from tour.visits.models import Visit, VisitReport

QUIET_EVERY = 60  # faults between two moments when everything is delivered and compared
KILLS = 0.04  # share of the faults in which the server dies
WORDS = (
    "clavier",
    "écran",
    "boîte à lettres",
    "mot de passe",
    "vidéoprojecteur",
    "📷",
    "l’accueil",
)


@dataclass
class Chaos:
    """Two pairs of two tablets each, one server, and a bad network."""

    http: httpx.AsyncClient
    dice: random.Random
    tablets: list[Tablet] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    afar: list[Visit] = field(default_factory=list)  # one of each pair, which no tablet is shown
    late: list[tuple[Tablet, bytes]] = field(default_factory=list)  # requests still on their way
    had: Counter[str] = field(default_factory=Counter)

    async def set_up(self) -> None:
        self.pairs = [await make_pair(), await make_pair()]
        for _ in range(6):
            await make_item()
        today = local_now().date()
        for n in range(16):
            day = today + timedelta(days=n % 5 - 1)
            await make_visit(pair=self.pairs[n % 2], day=day)
        self.afar = [await make_visit(pair=p, day=today + timedelta(days=60)) for p in self.pairs]
        for n in range(4):
            pair = self.pairs[n % 2]
            _row, secret = await enrol_at_once(pair, f"T{n}")
            # One of them is an older release: it speaks the protocol before.
            self.tablets.append(Tablet(f"t{n}", pair.id, secret, self.dice, protocol=2 - (n == 3)))
        await self.quiet()

    async def run(self, faults: int, say: Callable[[str], None]) -> None:
        """So many faults, with a quiet moment every QUIET_EVERY. Raises AssertionError when something was lost."""
        began = time.monotonic()
        while self.had.total() < faults:
            tablet = self.dice.choice(self.tablets)
            for _ in range(self.dice.randrange(3)):
                self.work(tablet)
            name, fault = self.dice.choices(
                list(FAULTS.items()), [KILLS / 3 if "die" in name else 0.05 for name in FAULTS]
            )[0]
            await fault(self, tablet)
            self.had[name] += 1
            if self.had.total() % QUIET_EVERY == 0:
                await self.quiet()
            if self.had.total() % 1000 == 0:
                say(f"{self.had.total()} faults, {time.monotonic() - began:.0f} s: nothing lost")
        await self.quiet()

    def work(self, tablet: Tablet) -> None:
        """Something a person does on a tablet."""
        visits, needs = tablet.held("visit"), tablet.held("need")
        text = f"{self.dice.choice(WORDS)} {self.dice.randrange(10**6)}"
        what = self.dice.random()
        if not visits:
            return
        visit = self.dice.choice(visits)
        if what < 0.45 or not needs:
            kind = self.dice.choice(("incident", "request", "idea"))
            tablet.make("need", str(uuid7()), visit=visit["id"], kind=kind, text=text)
        elif what < 0.65:
            tablet.make("need", self.dice.choice(needs)["id"], text=text)
        elif what < 0.75:
            tablet.make("need", self.dice.choice(needs)["id"], urgency="high", requester=text)
        elif what < 0.8:
            tablet.make("need", self.dice.choice(needs)["id"], withdrawn=self.dice.random() < 0.5)
        elif what < 0.9:
            self.report(tablet, visit["id"], tablet.shown(visit["id"]))
        elif what < 0.95:
            tablet.make("visit", visit["id"], arrived_at=iso(local_now()))
        else:
            tablet.make("need", str(uuid7()), visit=visit["id"], kind="no such kind", text=text)

    def report(self, tablet: Tablet, visit: str, shown: dict[str, Any]) -> None:
        """A person types in some fields of a report that was opened when it showed this."""
        values = {
            "met": self.dice.randrange(40),
            "report": f"{self.dice.choice(WORDS)} {self.dice.randrange(10**6)}",
            "met_managers": self.dice.choice((None, 1, 2)),
            "themes": self.dice.choice(([], ["t_ai"], ["t_device", "t_ai"])),
            "autonomy": self.dice.choice(("", "partial")),
        }
        typed = self.dice.sample(sorted(values), self.dice.randrange(4))
        tablet.save_report(visit, {field: values[field] for field in typed}, shown)

    # Quiet

    async def quiet(self) -> None:
        """All that is under way arrives, every tablet synchronises, and everything is compared."""
        while self.late:
            await self.deliver_late()
        for _again in range(2):  # the second time each hears of what the others sent
            for tablet in self.tablets:
                tablet.signed_in, tablet.skew_ms = True, 0
                await self.settle(tablet)
        await self.compare()

    async def settle(self, tablet: Tablet) -> None:
        why = ""
        for _ in range(200):
            try:
                answer = await tablet.exchange(self.http)
            except NoAnswer as failed:
                why = str(failed)
                await asyncio.sleep(0.02)  # the server comes back after it was killed
                continue
            if not answer["more"] and not tablet.outbox:
                return
        raise AssertionError(f"{tablet.name} never rests: {len(tablet.outbox)} waiting, {why}")

    async def compare(self) -> None:
        journal = {str(row.id): row async for row in Change.all()}
        created: set[str] = set()
        for tablet in self.tablets:
            settled = {**tablet.applied, **tablet.refused}
            assert tablet.made.keys() == settled.keys() | tablet.outbox.keys(), "a change is gone"
            assert len(tablet.made) == (
                len(tablet.applied) + len(tablet.refused) + len(tablet.outbox)
            ), "made is not applied + refused + waiting"
            for name, change in tablet.applied.items():
                row = journal[name]
                assert row.outcome == ChangeOutcome.APPLIED
                assert row.patch == change["patch"], "a confirmed value is not in the journal"
                assert tablet.receipts[name]["sign"]
                if change["kind"] == "need" and "visit" in change["patch"]:
                    created.add(change["doc"])
            for name in tablet.refused:
                assert journal[name].outcome == ChangeOutcome.REFUSED
        needs = {str(need.id): need async for need in Need.all()}
        assert needs.keys() == created, "needs are not those that were noted"
        tickets = Counter([row.key async for row in OutboxRow.filter(key__startswith="ticket/")])
        assert set(tickets.values()) <= {1}, "a ticket was asked for twice"
        async for row in Enrolled.filter(revoked_at=None):
            assert (row.gap, row.lost) == (0, 0), (
                f"{row.name}: {row.account} {row.device} {row.former} lost {row.lost}"
            )
        self.winners_stand(journal, needs)
        await self.reports_stand(journal)
        await self.all_alike()

    async def reports_stand(self, journal: dict[str, Change]) -> None:
        """Each field of each report is what a person last typed in it; one that nobody typed is blank."""
        last: dict[tuple[UUID, str], tuple[str, Any]] = {}
        for row in journal.values():
            if row.kind == "visit" and row.outcome == ChangeOutcome.APPLIED:
                for name, value in row.patch.items():
                    last[row.doc, name] = max(last.get((row.doc, name), ("", None)), (row.stamp, value), key=lambda told: told[0])  # fmt: skip
        async for visit in Visit.all().prefetch_related("more"):
            more = visit.more or VisitReport()
            for name, thing in (
                *((name, visit) for name in ("met", "report")),
                *((name, more) for name in ("met_managers", "themes", "autonomy")),
            ):
                _stamp, value = last.get((visit.id, name), ("", KINDS["visit"]["blank"][name]))
                assert getattr(thing, name) == value, f"{name} of {visit.id} is not the last word"

    def winners_stand(self, journal: dict[str, Change], needs: dict[str, Need]) -> None:
        """Each field of each need is what the highest stamp of the journal says."""
        highest: dict[tuple[str, str], tuple[str, Any]] = {}
        for row in journal.values():
            if row.kind == "need" and row.outcome == ChangeOutcome.APPLIED:
                for name, value in row.patch.items():
                    key = str(row.doc), name
                    if key not in highest or row.stamp > highest[key][0]:
                        highest[key] = row.stamp, value
        for (doc, name), (_stamp, value) in highest.items():
            if name in {"text", "urgency", "requester", "withdrawn"}:
                assert getattr(needs[doc], name) == value, f"{name} of {doc} is not the last word"

    async def all_alike(self) -> None:
        """Tablets of one pair hold the same, and the same as one that has just been given everything."""
        for pair in self.pairs:
            own = [tablet for tablet in self.tablets if tablet.pair == pair.id]
            fresh = Tablet("fresh", pair.id, own[0].secret, self.dice, protocol=1)  # tells nothing
            await self.settle(fresh)
            for tablet in own:
                assert tablet.docs == fresh.docs, f"{tablet.name} differs from a fresh tablet"

    async def deliver_late(self) -> None:
        """A request that was held up on the way arrives, long after the tablet gave up on it."""
        tablet, body = self.late.pop(self.dice.randrange(len(self.late)))
        for _ in range(100):
            try:
                await tablet.post(self.http, body)
            except httpx.HTTPError:
                await asyncio.sleep(0.02)
            else:
                return


# The faults


async def tried(chaos: Chaos, tablet: Tablet, /, **trouble: Any) -> None:
    with contextlib.suppress(NoAnswer):
        await tablet.exchange(chaos.http, **trouble)


async def lost_request(chaos: Chaos, tablet: Tablet) -> None:
    tablet.request()


async def lost_answer(chaos: Chaos, tablet: Tablet) -> None:
    with contextlib.suppress(httpx.HTTPError):
        await tablet.post(chaos.http, tablet.request())


async def impatience(chaos: Chaos, tablet: Tablet) -> None:
    """The tablet gives up while the server is still at it, and asks again at once."""
    await tried(chaos, tablet, patience=0.004)
    await tried(chaos, tablet)


async def delivered_twice(chaos: Chaos, tablet: Tablet) -> None:
    body = tablet.request()
    await asyncio.gather(*(tablet.post(chaos.http, body) for _ in range(2)), return_exceptions=True)
    await tried(chaos, tablet)


async def two_tabs(chaos: Chaos, tablet: Tablet) -> None:
    """Both send the same outbox at once; one of the two hears what came of it."""
    body = tablet.request()
    answers = await asyncio.gather(
        *(tablet.post(chaos.http, body) for _ in range(2)), return_exceptions=True
    )
    chaos.dice.shuffle(answers)
    for answer in answers[:1]:
        if isinstance(answer, httpx.Response):
            with contextlib.suppress(NoAnswer):
                tablet.take(readable(answer))


async def held_up(chaos: Chaos, tablet: Tablet) -> None:
    chaos.late.append((tablet, tablet.request()))


async def arrives_late(chaos: Chaos, tablet: Tablet) -> None:
    if chaos.late:
        await chaos.deliver_late()


async def small_batches(chaos: Chaos, tablet: Tablet) -> None:
    """As after a 413: one change at a time, and the last answer is lost."""
    try:
        response = await tablet.post(chaos.http, tablet.request(most=1))
        tablet.take(readable(response))
        await tablet.post(chaos.http, tablet.request(most=1))
    except (httpx.HTTPError, NoAnswer):
        pass


async def captive_portal(chaos: Chaos, tablet: Tablet) -> None:
    page = httpx.Response(200, html="<html>Bienvenue ! Acceptez les conditions.</html>")
    try:
        tablet.take(readable(page))
    except NoAnswer:
        return
    raise AssertionError("a captive portal was believed")


async def cut_answer(chaos: Chaos, tablet: Tablet) -> None:
    try:
        whole = await tablet.post(chaos.http, tablet.request())
        tablet.take(readable(httpx.Response(200, content=whole.content[: len(whole.content) // 2])))
    except (httpx.HTTPError, NoAnswer):
        return
    raise AssertionError("half an answer was believed")


async def signed_out(chaos: Chaos, tablet: Tablet) -> None:
    tablet.signed_in = False
    await tried(chaos, tablet)
    tablet.signed_in = chaos.dice.random() < 0.7


async def revoked(chaos: Chaos, tablet: Tablet) -> None:
    """The planner revokes it; enrolled again, it still holds what it had not sent."""
    row = await Enrolled.filter(name__startswith=tablet.name.upper(), revoked_at=None).first()
    assert row
    await revoke(row)
    await tried(chaos, tablet)
    pair = next(pair for pair in chaos.pairs if pair.id == tablet.pair)
    _row, tablet.secret = await enrol_at_once(pair, tablet.name.upper())
    await tried(chaos, tablet)


async def clock_jumps(chaos: Chaos, tablet: Tablet) -> None:
    tablet.skew_ms = chaos.dice.choice((-3, 3)) * DAY_MS
    chaos.work(tablet)
    await tried(chaos, tablet)
    tablet.skew_ms = 0


async def reassigned(chaos: Chaos, tablet: Tablet) -> None:
    """A visit goes to the other pair while its first one notes something on it."""
    visits = tablet.held("visit")
    if not visits:
        return
    visit = chaos.dice.choice(visits)
    tablet.make("need", str(uuid7()), visit=visit["id"], kind="idea", text="noté avant de savoir")
    other = next(pair for pair in chaos.pairs if pair.id != tablet.pair)
    await Visit.filter(id=visit["id"]).update(pair_id=other.id)
    await tried(chaos, tablet)


async def same_need(chaos: Chaos, tablet: Tablet) -> None:
    """Two tablets of the pair write on one need at the same moment."""
    other = next(t for t in chaos.tablets if t.pair == tablet.pair and t is not tablet)
    both = {n["id"] for n in tablet.held("need")} & {n["id"] for n in other.held("need")}
    if both:
        need = chaos.dice.choice(sorted(both))
        tablet.make("need", need, text=f"de {tablet.name} {chaos.dice.random()}")
        other.make("need", need, text=f"de {other.name} {chaos.dice.random()}")
    await asyncio.gather(tried(chaos, tablet), tried(chaos, other))


async def same_report(chaos: Chaos, tablet: Tablet) -> None:
    """Both tablets of a pair have a visit's report open; each is saved when the other's may have come in already."""
    other = next(t for t in chaos.tablets if t.pair == tablet.pair and t is not tablet)
    both = {v["id"] for v in tablet.held("visit")} & {v["id"] for v in other.held("visit")}
    if not both:
        return
    visit = chaos.dice.choice(sorted(both))
    forms = [(one, one.shown(visit)) for one in (tablet, other)]
    for one, shown in forms:
        chaos.report(one, visit, shown)
        if chaos.dice.random() < 0.5:
            await tried(chaos, one)
    await asyncio.gather(tried(chaos, tablet), tried(chaos, other))


async def meddling(chaos: Chaos, tablet: Tablet) -> None:
    """A tablet writes on what never was its pair's: refused, and nothing else with it."""
    visit = next(visit for visit in chaos.afar if visit.pair_id != tablet.pair)
    tablet.make("visit", str(visit.id), report="un faux", met=99)
    tablet.make("need", str(uuid7()), visit=str(visit.id), kind="idea", text="un faux")
    chaos.work(tablet)
    await tried(chaos, tablet)


async def reset(chaos: Chaos, tablet: Tablet) -> None:
    """The browser lost what was read, not what was written: everything is asked for again."""
    tablet.cursor = ""
    tablet.docs.clear()
    await tried(chaos, tablet)


def server(what: str, step: str) -> Callable[[Chaos, Tablet], Awaitable[None]]:
    async def fault(chaos: Chaos, tablet: Tablet) -> None:
        await tried(chaos, tablet, chaos=f"{what} {step}")

    return fault


FAULTS: dict[str, Callable[[Chaos, Tablet], Awaitable[None]]] = {
    "request lost": lost_request,
    "answer lost": lost_answer,
    "answer too slow": impatience,
    "delivered twice": delivered_twice,
    "two tabs": two_tabs,
    "held up": held_up,
    "arrives late": arrives_late,
    "small batches": small_batches,
    "captive portal": captive_portal,
    "answer cut": cut_answer,
    "signed out": signed_out,
    "revoked": revoked,
    "clock jumps": clock_jumps,
    "reassigned": reassigned,
    "same need": same_need,
    "same report": same_report,
    "meddling": meddling,
    "reset": reset,
    **{
        f"{what} {step}": server(what, step)
        for what in ("die", "fail")
        for step in ("before", "inside", "after")
    },
}
