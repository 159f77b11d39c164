"""Choices of the planner: locks, nights away, the pair that came last time, fair shares, keeping the plan there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.planning.problems import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    pair,
    pinned,
    place_of,
    planned,
    problem,
    served,
    site,
)
from tour.solver.problem import Night, PairSpec, SiteSpec
from tour.solver.solve import Answer, solve

WEEK = (MONDAY, TUESDAY, WEDNESDAY)


def test_a_visit_locked_to_a_day_comes_that_day() -> None:
    locked = site("A", days=frozenset({WEDNESDAY}))
    assert place_of(planned(locked, site("B"), days=WEEK), "A").day == WEDNESDAY


def test_a_visit_locked_to_a_pair_and_a_day_has_both() -> None:
    locked = site("A", 50, days=frozenset({TUESDAY}), pair="far")
    pairs = (pair("near"), pair("far", lat=200.0))
    placed = place_of(planned(locked, pairs=pairs, days=WEEK), "A")
    assert (placed.pair, placed.day) == ("far", TUESDAY)


def test_locked_to_a_day_it_is_closed_says_so() -> None:
    locked = site("A", days=frozenset({TUESDAY}), opening_hours="Mo 08:00-18:00")
    [left] = planned(locked, days=WEEK).unserved
    assert (left.reason, "Fixé par vous au 12/01/2027" in left.text) == ("closed_all_days", True)


def test_a_night_away_brings_a_far_valley_within_reach() -> None:
    far = (site("A", 200), site("B", 205), site("C", 210))
    assert planned(*far, days=WEEK).unserved
    sleeps = pair(nights=(Night(MONDAY, 200.0, 0.0), Night(TUESDAY, 200.0, 0.0)))
    answer = planned(*far, pairs=(sleeps,), days=WEEK)
    assert served(answer) == {"A", "B", "C"}
    assert (
        place_of(answer, "A").drive_after_min in {0, 200} or place_of(answer, "A").day != WEDNESDAY
    )
    assert answer.totals["drive_min"] < 3 * 2 * 200


def test_a_night_away_with_nothing_to_visit_is_driven_all_the_same() -> None:
    sleeps = pair(nights=(Night(MONDAY, 100.0, 0.0),))
    answer = planned(site("A", 10, days=frozenset({WEDNESDAY})), pairs=(sleeps,), days=WEEK)
    assert answer.totals["drive_min"] == 100 + 100 + 20
    assert answer.totals["pair_days"] == 1


@pytest.mark.parametrize("wished", ["one", "other"])
def test_the_pair_that_came_last_time_comes_again_when_it_costs_little(wished: str) -> None:
    pairs = (pair("one"), pair("other", lat=1.0))
    sites = tuple(site(f"S{n}", 20 + n, prefers=wished) for n in range(6))
    answer = planned(*sites, pairs=pairs, days=WEEK, rounds=30)
    assert {visit.pair for visit in answer.visits} == {wished}


def test_but_not_at_any_price() -> None:
    pairs = (pair("near"), pair("far", lat=150.0))
    answer = planned(site("A", 5, prefers="far"), pairs=pairs, days=WEEK, rounds=10)
    assert place_of(answer, "A").pair == "near"


def many() -> tuple[SiteSpec, ...]:
    return tuple(site(f"S{n}", 5 + n % 7) for n in range(24))


def shared_out(percent: int | None) -> Answer:
    pairs = (pair("near"), pair("far", lat=60.0))
    return solve(
        problem(*many(), pairs=pairs, days=WEEK), seconds=3, rounds=10, balance_percent=percent
    )


def hours_of(answer: Answer) -> dict[str, int]:
    hours: dict[str, int] = {}
    for visit in answer.visits:
        hours[visit.pair] = hours.get(visit.pair, 0) + visit.end_min - visit.start_min
    return hours


def test_hours_are_shared_out_within_the_tolerance_and_the_price_is_said() -> None:
    free, fair = shared_out(None), shared_out(15)
    assert free.totals["spread_percent"] > 15 >= fair.totals["spread_percent"]
    assert fair.totals["served"] == free.totals["served"] == 24
    assert (
        fair.totals["balance_price_min"] == fair.totals["drive_min"] - free.totals["drive_min"] > 0
    )
    assert max(hours_of(fair).values()) <= 1.15 * min(hours_of(fair).values()) + 60


def as_present(answer: Answer, gone: set[str] = frozenset()) -> list[tuple[str, date, str]]:  # type: ignore[assignment]
    return [
        (visit.pair, visit.day, visit.site) for visit in answer.visits if visit.site not in gone
    ]


def test_repairing_moves_nothing_that_need_not_move() -> None:
    asked = problem(*many(), pairs=(pair("P1"), pair("P2", lat=8.0)), days=WEEK)
    before = solve(asked, rounds=5)
    gone = {"S3", "S9"}
    after = solve(asked, rounds=50, present=as_present(before, gone), repair=True)
    assert served(after) == served(before)
    where = {visit.site: (visit.pair, visit.day) for visit in before.visits}
    moved = {v.site for v in after.visits if (v.pair, v.day) != where[v.site]}
    assert moved <= gone


def test_improving_starts_from_the_plan_there_is() -> None:
    asked = problem(*many(), days=WEEK, pairs=(pair("P1"), pair("P2", lat=8.0)))
    best = solve(asked, rounds=60)
    again = solve(asked, rounds=0, present=as_present(best))
    assert again.totals["drive_min"] <= best.totals["drive_min"]
    assert again.totals["served"] == best.totals["served"]


def test_a_plan_for_pairs_and_sites_that_are_gone_is_no_trouble() -> None:
    present = [("gone", MONDAY, "A"), ("P1", MONDAY, "gone"), ("P1", date(2020, 1, 1), "A")]
    answer = solve(problem(site("A")), rounds=1, present=present, repair=True)
    assert served(answer) == {"A"}


def test_pins_stay_while_the_rest_is_repaired() -> None:
    sites = (pinned("pin", 600), *many())
    asked = problem(*sites, days=WEEK, pairs=(pair("P1"), pair("P2", lat=8.0)))
    before = solve(asked, rounds=3)
    after = solve(asked, rounds=20, present=as_present(before, {"S1"}), repair=True)
    assert place_of(after, "pin") == replace(
        place_of(before, "pin"),
        drive_before_min=place_of(after, "pin").drive_before_min,
        drive_after_min=place_of(after, "pin").drive_after_min,
    )


def test_a_part_time_pair_takes_a_part_time_share() -> None:
    pairs: tuple[PairSpec, ...] = (pair("full"), pair("half", weekdays=frozenset({0})))
    answer = solve(
        problem(*many()[:12], pairs=pairs, days=WEEK), seconds=3, rounds=10, balance_percent=30
    )
    assert hours_of(answer).get("half", 0) < hours_of(answer)["full"]
