"""Working on a plan by hand: every action shows what it breaks, and can be taken back."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import bring, make_campaign, make_pair, make_site, make_visit
from tour.errors import UserError
from tour.people.models import Pair
from tour.planning import board as boards
from tour.planning.accept import accept
from tour.planning.board import KEPT_ACTIONS, Board, load_board
from tour.planning.copying import copy_of, follow
from tour.planning.difference import difference_with_present
from tour.planning.models import Manner, Plan, PlanAction, PlannedVisit, PlanState
from tour.planning.options import read_options, write_options
from tour.planning.run import run
from tour.sites.models import Site
from tour.visits.key import VisitKey
from tour.visits.models import Visit, VisitState

pytestmark = pytest.mark.usefixtures("db")
MONDAY, TUESDAY, WEDNESDAY = date(2027, 1, 11), date(2027, 1, 12), date(2027, 1, 13)


class Bench:
    """A campaign of one week with two pairs, six sites, and a plan that was computed."""

    plan: Plan
    sites: list[Site]
    pairs: list[Pair]

    def key(self, number: int, part: int = 1) -> str:
        return str(VisitKey(self.sites[number].id, part))

    def to(self, pair: int, day: date) -> tuple[str, date]:
        return str(self.pairs[pair].id), day

    async def move(self, number: int, pair: int, day: date, at: int | None = None) -> Board:
        return await boards.move(self.plan, self.key(number), self.to(pair, day), at, by="Léa")

    async def places(self) -> list[tuple[Any, ...]]:
        rows = await PlannedVisit.filter(plan_id=self.plan.id).order_by("day", "pair_id", "start")
        return [(r.site_id, r.part, r.pair_id, r.day, r.start, r.end) for r in rows]

    async def state(self) -> tuple[Any, ...]:
        plan = await Plan.get(id=self.plan.id)
        return await self.places(), plan.options, plan.totals["served"], plan.totals["drive_min"]


@pytest.fixture
async def bench(db: str) -> Bench:
    made = Bench()
    made.pairs = [await make_pair(), await make_pair(lat=43.75, lon=7.4)]
    made.sites = [await make_site(lat=43.70 + n / 50, lon=7.2 + n / 60) for n in range(6)]
    campaign = await make_campaign(pairs=made.pairs, sites=made.sites, first_day=MONDAY, days=5)
    made.plan = await Plan.create(campaign=campaign, seconds=5)
    await run(made.plan.id, rounds=3)
    made.plan = await Plan.get(id=made.plan.id)
    return made


async def test_it_works(bench: Bench) -> None:
    board = await bench.move(0, 1, WEDNESDAY)
    assert board.where(bench.key(0)) == bench.to(1, WEDNESDAY)
    assert board.blocking() == []
    placed = await PlannedVisit.get(plan_id=bench.plan.id, site_id=bench.sites[0].id)
    assert (placed.pair_id, placed.day) == (bench.pairs[1].id, WEDNESDAY)
    assert (await Plan.get(id=bench.plan.id)).totals["served"] == 6
    assert await accept(bench.plan.id, by="Léa") == 6


async def test_the_hours_of_both_days_are_worked_out_again(bench: Bench) -> None:
    await bench.move(0, 0, TUESDAY)
    board = await bench.move(1, 0, TUESDAY, at=0)
    assert board.order[bench.to(0, TUESDAY)][:2] == [bench.key(1), bench.key(0)]
    rows = await PlannedVisit.filter(
        plan_id=bench.plan.id, day=TUESDAY, pair_id=bench.pairs[0].id
    ).order_by("start")
    assert rows[0].site_id == bench.sites[1].id
    assert rows[1].start > rows[0].end
    assert rows[0].drive_after_min == 0 < rows[-1].drive_after_min


async def test_nothing_is_refused_but_a_broken_plan_is_not_sent(bench: Bench) -> None:
    await Site.filter(id=bench.sites[0].id).update(opening_hours="We 08:00-18:00")
    board = await bench.move(0, 0, TUESDAY)
    assert [broken.text for broken in board.blocking()] == ["site fermé ce jour-là"]
    with pytest.raises(UserError, match="site fermé ce jour-là"):
        await accept(bench.plan.id, by="Léa")
    assert await Visit.all().count() == 0
    await bench.move(0, 1, WEDNESDAY)
    assert await accept(bench.plan.id, by="Léa") == 6


async def test_a_visit_put_aside_waits_in_the_tray(bench: Bench) -> None:
    board = await boards.move(bench.plan, bench.key(2), None, None, by="Léa")
    assert board.tray == [bench.key(2)]
    assert (await Plan.get(id=bench.plan.id)).totals["unserved"] == 1
    assert await accept(bench.plan.id, by="Léa") == 5


@pytest.mark.parametrize(("day", "pair"), [(True, False), (False, True), (True, True)])
async def test_what_is_locked_stays_when_the_plan_is_computed_again(
    bench: Bench, day: bool, pair: bool
) -> None:
    await bench.move(3, 1, WEDNESDAY)
    await boards.lock(bench.plan, bench.key(3), day=day, pair=pair, by="Léa")
    plan = await Plan.get(id=bench.plan.id)
    again = await follow(plan, Manner.IMPROVE, seconds=5, by_id=None)
    await run(again.id, rounds=5)
    placed = await PlannedVisit.get(plan_id=again.id, site_id=bench.sites[3].id)
    assert not day or placed.day == WEDNESDAY
    assert not pair or placed.pair_id == bench.pairs[1].id


async def test_a_locked_visit_moved_elsewhere_says_so_until_it_is_unlocked(bench: Bench) -> None:
    await bench.move(3, 1, WEDNESDAY)
    await boards.lock(bench.plan, bench.key(3), day=True, pair=True, by="Léa")
    board = await bench.move(3, 0, TUESDAY)
    said = [broken.text for broken in board.blocking()]
    assert said == ["verrouillée au 13/01", "verrouillée à un autre binôme"]
    board = await boards.lock(bench.plan, bench.key(3), day=False, pair=False, by="Léa")
    assert board.blocking() == []
    assert board.options.locks == {}


async def test_a_site_is_taken_out_and_put_back(bench: Bench) -> None:
    board = await boards.exclude(bench.plan, bench.key(1), by="Léa")
    assert bench.key(1) not in board.number
    again = await follow(await Plan.get(id=bench.plan.id), Manner.NEW, seconds=5, by_id=None)
    await run(again.id, rounds=1)
    assert not await PlannedVisit.exists(plan_id=again.id, site_id=bench.sites[1].id)
    board = await boards.include(bench.plan, str(bench.sites[1].id), "Site", by="Léa")
    assert board.tray == [bench.key(1)]


async def test_a_site_that_is_not_in_the_campaign_can_be_added(bench: Bench) -> None:
    other = await make_site(lat=43.7, lon=7.25)
    board = await boards.include(bench.plan, str(other.id), other.name, by="Léa")
    assert board.tray == [str(other.id)]
    board = await boards.move(bench.plan, str(other.id), bench.to(0, WEDNESDAY), None, by="Léa")
    assert (board.blocking(), board.tray) == ([], [])


async def test_a_visit_is_split_placed_and_made_one_again(bench: Bench) -> None:
    await Site.filter(id=bench.sites[0].id).update(visit_min=150)
    await bench.plan.refresh_from_db()
    board = await boards.split(bench.plan, bench.key(0), by="Léa")
    second = bench.key(0, 2)
    assert board.tray == [second]
    board = await boards.move(bench.plan, second, bench.to(1, WEDNESDAY), None, by="Léa")
    minutes = {s.id: s.visit_min for s in board.problem.sites if s.id in {bench.key(0), second}}
    assert minutes == {bench.key(0): 75, second: 75}
    await accept(bench.plan.id, by="Léa")
    assert sorted(v.part for v in await Visit.filter(site_id=bench.sites[0].id)) == [1, 2]

    copy = await copy_of(await Plan.get(id=bench.plan.id), by_id=None)
    board = await boards.merge(copy, second, by="Léa")
    assert second not in board.number
    await accept(copy.id, by="Léa")
    standing = Visit.filter(site_id=bench.sites[0].id).exclude(state=VisitState.CANCELLED)
    assert await standing.count() == 1


async def test_a_short_visit_is_not_split(bench: Bench) -> None:
    await Site.filter(id=bench.sites[0].id).update(visit_min=45)
    with pytest.raises(UserError, match="45 min ne se divise pas"):
        await boards.split(bench.plan, bench.key(0), by="Léa")


async def test_an_announced_visit_is_not_taken_out_of_the_plan(bench: Bench) -> None:
    await accept(bench.plan.id, by="Léa")
    await bring([await Visit.get(site_id=bench.sites[0].id)], VisitState.INVITED)
    copy = await copy_of(await Plan.get(id=bench.plan.id), by_id=None)
    with pytest.raises(UserError, match="déplacez-la ou annulez-la d’abord"):
        await boards.exclude(copy, bench.key(0), by="Léa")


async def test_undoing_and_doing_again(bench: Bench) -> None:
    states = [await bench.state()]
    await bench.move(0, 1, WEDNESDAY)
    states.append(await bench.state())
    await boards.lock(bench.plan, bench.key(0), day=True, pair=False, by="Léa")
    states.append(await bench.state())
    await boards.exclude(bench.plan, bench.key(4), by="Léa")
    states.append(await bench.state())
    for state in reversed(states[:-1]):
        await boards.undo(bench.plan)
        assert await bench.state() == state
    with pytest.raises(UserError, match="Rien à annuler"):
        await boards.undo(bench.plan)
    for state in states[1:]:
        await boards.redo(bench.plan)
        assert await bench.state() == state


async def test_a_new_action_forgets_what_was_taken_back(bench: Bench) -> None:
    await bench.move(0, 1, WEDNESDAY)
    await boards.undo(bench.plan)
    await bench.move(1, 1, WEDNESDAY)
    with pytest.raises(UserError, match="Rien à rétablir"):
        await boards.redo(bench.plan)


async def test_the_last_fifty_actions_are_kept(bench: Bench) -> None:
    for n in range(KEPT_ACTIONS + 3):
        await boards.lock(bench.plan, bench.key(0), day=n % 2 == 0, pair=False, by="Léa")
    assert await PlanAction.filter(plan_id=bench.plan.id).count() == KEPT_ACTIONS


async def test_an_accepted_plan_is_changed_in_a_copy_of_the_visits_as_they_stand(
    bench: Bench,
) -> None:
    await accept(bench.plan.id, by="Léa")
    with pytest.raises(UserError, match="faites-en une copie"):
        await bench.move(0, 1, WEDNESDAY)
    await Visit.filter(site_id=bench.sites[0].id).update(day=date(2027, 1, 15), start=time(14, 20))
    copy = await copy_of(await Plan.get(id=bench.plan.id), by_id=None)
    board = await load_board(copy)
    assert not await difference_with_present(board)
    assert (await PlannedVisit.get(plan_id=copy.id, site_id=bench.sites[0].id)).start == time(
        14, 20
    )


async def test_the_difference_with_the_visits_names_what_moves(bench: Bench) -> None:
    await accept(bench.plan.id, by="Léa")
    copy = await copy_of(await Plan.get(id=bench.plan.id), by_id=None)
    where = (await load_board(copy)).where(bench.key(0))
    assert where is not None
    other = next(p for p in bench.pairs if str(p.id) != where[0])
    await boards.move(copy, bench.key(0), (str(other.id), date(2027, 1, 15)), None, by="Léa")
    await boards.move(copy, bench.key(5), None, None, by="Léa")
    difference = await difference_with_present(await load_board(copy))
    assert difference is not None
    assert bench.sites[0].name in [name for name, _change in difference.moved]
    assert (difference.added, difference.dropped) == ([], [bench.sites[5].name])


async def test_after_refusals_repairing_moves_no_pinned_visit(bench: Bench) -> None:
    await accept(bench.plan.id, by="Léa")
    visits = await Visit.filter(campaign_id=bench.plan.campaign_id).order_by("day", "start")
    await bring(visits[:3], VisitState.CONFIRMED)
    await bring([visits[4]], VisitState.DECLINED)
    again = await follow(await Plan.get(id=bench.plan.id), Manner.REPAIR, seconds=5, by_id=None)
    await run(again.id, rounds=20)
    places = {p.site_id: p for p in await PlannedVisit.filter(plan_id=again.id)}
    for visit in visits:
        placed = places[visit.site_id]
        if visit.id == visits[4].id:
            assert placed.day != visit.day
        else:
            assert (placed.day, placed.pair_id) == (visit.day, visit.pair_id)


async def test_a_visit_of_another_plan_or_a_pair_that_is_not_in_it_is_said(bench: Bench) -> None:
    stranger, pair = await make_site(), await make_pair()
    with pytest.raises(UserError, match="ne fait pas partie du plan"):
        await boards.move(bench.plan, str(stranger.id), None, None, by="Léa")
    with pytest.raises(UserError, match="Ce binôme ne fait pas partie"):
        await boards.move(bench.plan, bench.key(0), (str(pair.id), MONDAY), None, by="Léa")


async def test_visits_already_made_are_no_part_of_a_copy(bench: Bench) -> None:
    await accept(bench.plan.id, by="Léa")
    await bring(await Visit.filter(site_id=bench.sites[0].id), VisitState.DONE)
    board = await load_board(await copy_of(await Plan.get(id=bench.plan.id), by_id=None))
    assert bench.key(0) not in board.number
    assert len(board.number) == 5


async def test_a_visit_made_in_another_campaign_makes_its_pair_the_one_to_send(
    bench: Bench,
) -> None:
    old = await make_campaign(pairs=bench.pairs, sites=bench.sites, first_day=date(2026, 1, 12))
    await make_visit(
        campaign=old,
        site=bench.sites[2],
        pair=bench.pairs[1],
        day=date(2026, 1, 12),
        state=VisitState.DONE,
    )
    board = await load_board(bench.plan)
    assert board.problem.sites[board.number[bench.key(2)]].prefers == str(bench.pairs[1].id)


actions = st.lists(
    st.tuples(
        st.sampled_from(["move", "aside", "lock", "exclude", "include", "split", "merge", "undo", "redo"]),
        st.integers(0, 5), st.integers(0, 1), st.integers(0, 4), st.none() | st.integers(0, 3),
    ),
    max_size=12,
)  # fmt: skip


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actions)
async def test_whatever_is_done_every_visit_is_somewhere_and_undoing_all_gives_the_plan_back(
    bench: Bench, actions: list[tuple[str, int, int, int, int | None]]
) -> None:
    plan = await copy_of(bench.plan, by_id=None)
    bench_of = Bench()
    bench_of.plan, bench_of.sites, bench_of.pairs = plan, bench.sites, bench.pairs
    first = await bench_of.state()
    for name, number, pair, day, at in actions:
        try:
            board = await act(bench_of, name, number, pair, date(2027, 1, 11 + day), at)
        except UserError:
            continue
        standing = [key for keys in board.order.values() for key in keys] + board.tray
        assert sorted(standing) == sorted(board.number)
        stored = {str(VisitKey(p[0], p[1])) for p in await bench_of.places()}
        assert stored == set(board.number) - set(board.tray)
        assert read_options(write_options(board.options)) == board.options
    while await PlanAction.filter(plan_id=plan.id, undone=False).exists():
        await boards.undo(plan)
    assert (await bench_of.state())[0] == first[0]
    assert (await Plan.get(id=plan.id)).state == PlanState.READY


async def act(bench: Bench, name: str, number: int, pair: int, day: date, at: int | None) -> Board:
    key = bench.key(number, 2 if at == 2 else 1)
    if name == "move":
        return await boards.move(bench.plan, key, bench.to(pair, day), at, by="")
    if name == "aside":
        return await boards.move(bench.plan, key, None, None, by="")
    if name == "lock":
        return await boards.lock(bench.plan, key, day=bool(pair), pair=at is None, by="")
    if name == "include":
        return await boards.include(bench.plan, str(bench.sites[number].id), "", by="")
    if name in {"undo", "redo"}:
        return await (boards.undo if name == "undo" else boards.redo)(bench.plan)
    does = {"exclude": boards.exclude, "split": boards.split, "merge": boards.merge}
    return await does[name](bench.plan, key, by="")
