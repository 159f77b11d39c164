from __future__ import annotations

from datetime import date

import pytest

from tests.planning.campaigns import pair_rows, site_rows, write_csv
from tests.planning.problems import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    pair,
    place_of,
    planned,
    problem,
    served,
    site,
)
from tour.errors import UserError
from tour.i18n import typeset
from tour.planning.files import make_problem, read_pairs, read_sites
from tour.solver.problem import Problem, working_days
from tour.solver.solve import NoTime, Progress, solve


def test_it_works() -> None:
    answer = planned(site("near", 10), site("far", 60))
    assert served(answer) == {"near", "far"}
    assert answer.unserved == answer.clashes == []
    assert answer.totals == {
        "served": 2,
        "spread_percent": 0,
        "unserved": 0,
        "drive_min": 120,
        "visit_min": 120,
        "pair_days": 1,
        "km": 60.0,
    }
    (lunch,) = answer.lunches
    assert 11 * 60 + 45 <= lunch.start_min <= lunch.end_min - 45 <= 14 * 60 - 45


def test_a_visit_lasts_its_own_length_and_setting_up_ends_at_its_start() -> None:
    visit = planned(site("A", 30, setup_min=20, opening_hours="Mo-Fr 09:00-12:00")).visits[0]
    assert visit.end_min - visit.start_min == 60
    assert 9 * 60 + 30 + 20 <= visit.start_min <= 11 * 60
    assert (visit.drive_before_min, visit.drive_after_min) == (30, 30)


def test_the_most_important_are_served_first() -> None:
    sites = [site(f"common {n}") for n in range(8)] + [site("urgent", 90, priority=90)]
    answer = planned(*sites)
    assert "urgent" in served(answer)
    assert 0 < len(answer.unserved) < 9


def test_a_site_is_visited_when_it_is_open_only() -> None:
    answer = planned(
        site("A", opening_hours="Tu 14:00-15:00"),
        site("B", opening_hours="Mo-We 15:30-16:30; Mo,Tu off"),
        days=(MONDAY, TUESDAY, WEDNESDAY),
    )
    assert (place_of(answer, "A").day, place_of(answer, "A").start_min) == (TUESDAY, 14 * 60)
    assert (place_of(answer, "B").day, place_of(answer, "B").start_min) == (WEDNESDAY, 15 * 60 + 30)


@pytest.mark.parametrize(
    "rule",
    [
        {"blocked": frozenset({MONDAY, TUESDAY})},
        {"not_before": WEDNESDAY},
        {"opening_hours": "Mo-Tu off; We-Fr 08:00-18:00"},
    ],
)
def test_a_site_waits_for_a_day_it_accepts(rule: dict[str, object]) -> None:
    answer = planned(site("A", **rule), days=(MONDAY, TUESDAY, WEDNESDAY))
    assert place_of(answer, "A").day == WEDNESDAY


def test_a_deadline_holds() -> None:
    answer = planned(
        *[site(f"S{n}", priority=50) for n in range(5)],
        site("A", deadline=MONDAY),
        days=(MONDAY, TUESDAY, WEDNESDAY),
    )
    assert place_of(answer, "A").day == MONDAY


def test_a_pair_away_or_off_does_not_travel() -> None:
    away = pair("P1", absences=frozenset({MONDAY}), weekdays=frozenset({0, 2}))
    answer = planned(site("A"), pairs=(away,), days=(MONDAY, TUESDAY, WEDNESDAY))
    assert place_of(answer, "A").day == WEDNESDAY


def test_a_site_gets_the_pair_and_the_skill_it_asks_for() -> None:
    pairs = (pair("P1"), pair("P2", lat=100.0, skills=frozenset({"réseau"})))
    answer = planned(
        site("near", skills=frozenset({"réseau"})), site("A", 90, pair="P1"), pairs=pairs
    )
    assert place_of(answer, "near").pair == "P2"
    assert place_of(answer, "A").pair == "P1"


def test_a_day_has_no_more_visits_and_driving_than_the_pair_accepts() -> None:
    sites = [site("A", 10), site("B", 20), site("C", 70)]
    assert len(planned(*sites, pairs=(pair(max_visits=2),)).visits) == 2
    assert served(planned(*sites, pairs=(pair(max_drive_min=60),))) == {"A", "B"}
    assert planned(*sites, pairs=(pair(max_visits=0),)).visits == []


def test_a_pair_that_works_mornings_eats_afterwards() -> None:
    answer = planned(site("A"), pairs=(pair(end_min=12 * 60),))
    assert served(answer) == {"A"}
    assert answer.lunches == []


def test_hours_nobody_can_read_name_the_site() -> None:
    with pytest.raises(
        UserError, match=typeset("Horaires illisibles pour Collège A : « when it suits »")
    ):
        planned(site("Collège A", opening_hours="when it suits"))


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    """80 sites: more than are placed in one go."""
    folder = tmp_path_factory.mktemp("campaign")
    pairs = read_pairs(write_csv(folder / "pairs.csv", pair_rows()))
    sites = read_sites(write_csv(folder / "sites.csv", site_rows(80)))
    return make_problem(sites, pairs, working_days(date(2027, 1, 11), 15), None)


def test_the_same_seed_and_rounds_make_the_same_plan(campaign: Problem) -> None:
    one, same, other = (solve(campaign, rounds=8, seed=seed) for seed in (3, 3, 4))
    assert one.visits == same.visits
    assert one.visits != other.visits


def test_it_gets_better_and_never_worse(campaign: Problem) -> None:
    steps: list[Progress] = []

    def keep(step: Progress) -> bool:
        steps.append(step)
        return True

    answer = solve(campaign, rounds=30, on_progress=keep)
    assert [step.phase for step in steps] == ["first"] + ["improve"] * 30
    worth = [(step.served, -step.drive_min) for step in steps]
    assert worth == sorted(worth)
    assert worth[-1] > worth[0]
    assert worth[-1] == (answer.totals["served"], -answer.totals["drive_min"])
    assert [point[1:] for point in answer.curve][-1] == (steps[-1].served, steps[-1].drive_min)


def test_it_stops_when_asked_and_keeps_the_best_so_far(campaign: Problem) -> None:
    calls: list[Progress] = []

    def stop_at_third(step: Progress) -> bool:
        calls.append(step)
        return len(calls) < 3

    answer = solve(campaign, seconds=60, on_progress=stop_at_third)
    assert len(calls) == 3
    assert answer.totals["served"] == calls[-1].served
    assert answer.totals["drive_min"] == calls[-1].drive_min


def test_a_small_campaign_ends_before_its_time() -> None:
    answer = solve(problem(site("A"), site("B")), seconds=60)
    assert answer.curve[-1][0] < 10


def test_no_time_at_all_is_no_plan() -> None:
    with pytest.raises(NoTime):
        solve(problem(site("A")), seconds=0)


def test_a_campaign_with_no_day_left_says_why() -> None:
    answer = planned(*[site(f"S{n}") for n in range(70)], days=())
    assert {left.reason for left in answer.unserved} == {"no_day"}
    assert len(answer.unserved) == 70
