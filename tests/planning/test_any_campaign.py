"""Whatever the campaign, no rule is broken, and every site is served or told why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.planning.campaigns import Row, write_csv
from tests.planning.checker import check
from tests.planning.conftest import matrix_of
from tour.planning.files import make_problem, plan_json, read_pairs, read_sites
from tour.solver.problem import Pin, Problem, working_days
from tour.solver.solve import solve

FIRST_DAYS = (
    date(2027, 1, 11),
    date(2027, 5, 4),
    date(2026, 12, 23),
)  # the last two before holidays
HOURS = (
    "",
    "24/7",
    "Mo-Fr 08:30-12:00,13:30-17:00",
    "Mo,We 14:00-16:30",
    "Tu-Fr 09:00-12:30; PH off",
    "Mo-Fr 09:00-17:00; We off",
    "Sa 09:00-12:00",
    "Mo-Fr 22:00-02:00",
)
dates = st.sampled_from(
    [""] * 3 + [f"{day:%Y-%m-%d}" for first in FIRST_DAYS for day in working_days(first, 4)]
)


@st.composite
def sites(draw: st.DrawFn, number: int) -> Row:
    return {
        "id": f"S{number}",
        "name": f"Site {number}",
        "lat": str(draw(st.sampled_from((43.55, 43.66, 43.7, 43.95, 44.26)))),
        "lon": str(draw(st.sampled_from((6.9, 7.02, 7.2, 7.26, 7.5)))),
        "duration_min": draw(st.sampled_from(("", "30", "45", "120", "200"))),
        "staff": draw(st.sampled_from(("", "5", "12", "40"))),
        "setup_min": draw(st.sampled_from(("", "5", "20"))),
        "opening_hours": draw(st.sampled_from(HOURS)),
        "priority": draw(st.sampled_from(("", "0", "50", "100"))),
        "not_before": draw(dates),
        "deadline": draw(dates),
        "blocked": ";".join(filter(None, [draw(dates), draw(dates)])),
        "skills": draw(st.sampled_from(("", "", "", "réseau", "réseau;voix"))),
        "pair": draw(st.sampled_from(("", "", "", "P0"))),
    }


@st.composite
def pairs(draw: st.DrawFn, number: int) -> Row:
    return {
        "id": f"P{number}",
        "name": f"Binôme {number}",
        "lat": str(draw(st.sampled_from((43.67, 43.95)))),
        "lon": str(draw(st.sampled_from((6.9, 7.2)))),
        "start": draw(st.sampled_from(("", "08:00", "12:30"))),
        "end": draw(st.sampled_from(("", "13:00", "18:00"))),
        "days": draw(st.sampled_from(("", "Mo-We", "Tu-Fr"))),
        "lunch_min": draw(st.sampled_from(("", "0", "60"))),
        "absences": draw(dates),
        "skills": draw(st.sampled_from(("", "réseau", "voix;réseau"))),
        "max_drive_min": draw(st.sampled_from(("", "0", "90", "200"))),
        "max_visits": draw(st.sampled_from(("", "0", "1", "3"))),
    }


@st.composite
def campaigns(draw: st.DrawFn) -> tuple[list[Row], list[Row], date, int]:
    pair_count, site_count = draw(st.integers(1, 3)), draw(st.integers(1, 14))
    return (
        [draw(sites(number)) for number in range(site_count)],
        [draw(pairs(number)) for number in range(pair_count)],
        draw(st.sampled_from(FIRST_DAYS)),
        draw(st.integers(1, 4)),
    )


def as_problem(site_rows: list[Row], pair_rows: list[Row], first: date, days: int) -> Problem:
    with TemporaryDirectory() as folder:
        pair_specs = read_pairs(write_csv(Path(folder, "pairs.csv"), pair_rows))
        site_specs = read_sites(write_csv(Path(folder, "sites.csv"), site_rows))
    return make_problem(site_specs, pair_specs, working_days(first, days), None)


def violations(campaign: tuple[list[Row], list[Row], date, int], plan: dict[str, Any]) -> list[str]:
    site_rows, pair_rows, first, days = campaign
    minutes = matrix_of(site_rows, pair_rows)
    return check(site_rows, pair_rows, minutes, plan, first=first, days=days)


@settings(max_examples=examples(40), deadline=None)
@given(campaigns(), st.integers(0, 3))
def test_no_rule_is_broken(campaign: tuple[list[Row], list[Row], date, int], rounds: int) -> None:
    problem = as_problem(*campaign)
    answer = solve(problem, rounds=rounds)
    assert violations(campaign, plan_json(problem, answer, seconds=1, seed=1)) == []


@settings(max_examples=examples(25), deadline=None)
@given(campaigns(), st.data())
def test_what_was_agreed_stays(
    campaign: tuple[list[Row], list[Row], date, int], data: st.DataObject
) -> None:
    problem = as_problem(*campaign)
    before = {visit.site: visit for visit in solve(problem, rounds=1).visits}
    agreed = data.draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
    pins = {name: Pin(v.pair, v.day, v.start_min) for name, v in before.items() if name in agreed}
    held = tuple(replace(site, pin=pins.get(site.id)) for site in problem.sites)
    shuffled = tuple(data.draw(st.permutations(held)))
    order = [*range(len(problem.pairs))]
    order += [problem.place_of_site(held.index(site)) for site in shuffled]
    again = replace(
        problem,
        sites=shuffled,
        minutes=problem.minutes[order][:, order],
        km=problem.km[order][:, order],
    )
    answer = solve(again, rounds=2, seed=7)
    after = {visit.site: visit for visit in answer.visits}
    assert answer.clashes == []
    assert {
        name: Pin(v.pair, v.day, v.start_min) for name, v in after.items() if name in pins
    } == pins
    assert violations(campaign, plan_json(problem, answer, seconds=1, seed=1)) == []


@settings(max_examples=examples(40), deadline=None)
@given(campaigns(), st.data())
def test_a_visit_that_must_not_move_is_never_lost_wherever_it_is(
    campaign: tuple[list[Row], list[Row], date, int], data: st.DataObject
) -> None:
    problem = with_odd_pins(as_problem(*campaign), campaign[2], data)
    answer = solve(problem, rounds=2)
    placed = {visit.site: Pin(visit.pair, visit.day, visit.start_min) for visit in answer.visits}
    left = {unserved.site: unserved.reason for unserved in answer.unserved}
    pins = {site.id: site.pin for site in problem.sites if site.pin}
    assert len(answer.visits) + len(answer.unserved) == len(problem.sites)
    assert set(placed) | set(left) == {site.id for site in problem.sites}
    gone = {name for name, pin in pins.items() if pin.pair == "P9"}
    assert {name: placed.get(name) for name in pins if name not in gone} == {
        name: pin for name, pin in pins.items() if name not in gone
    }
    assert gone == {name for name, reason in left.items() if reason == "pair_gone"}
    if problem.days:
        plan = plan_json(problem, answer, seconds=1, seed=1)
        sites, pairs, first, _days = campaign
        smaller = (sites[: len(problem.sites)], pairs, first, len(problem.days))
        assert without_pins(violations(smaller, plan), plan, set(pins)) == []


def with_odd_pins(problem: Problem, first: date, data: st.DataObject) -> Problem:
    """Any number of sites and days, none included; pins at any hour of any day, by any pair or one that left."""
    count = data.draw(st.integers(0, len(problem.sites)))
    pair = st.sampled_from([*(pair.id for pair in problem.pairs), "P9"])
    day = st.integers(-3, 8).map(lambda n: first + timedelta(days=n))
    pin = st.none() | st.builds(Pin, pair, day, st.integers(0, 20 * 60))
    size = len(problem.pairs) + count
    return replace(
        problem,
        days=problem.days[: data.draw(st.integers(0, 4))],
        sites=tuple(replace(site, pin=data.draw(pin)) for site in problem.sites[:count]),
        minutes=problem.minutes[:size, :size],
        km=problem.km[:size, :size],
    )


def without_pins(broken: list[str], plan: dict[str, Any], pins: set[str]) -> list[str]:
    """Violations that no pin accounts for: not those of a pinned visit, nor of a day that holds pins only."""
    days: dict[str, set[str]] = {}
    for visit in plan["visits"]:
        days.setdefault(f"{visit['pair']} on {visit['date']}", set()).add(visit["site"])
    excused = {day for day, sites in days.items() if sites <= pins}
    excused |= {
        f"{visit['site']} on {visit['date']}" for visit in plan["visits"] if visit["site"] in pins
    }
    return [wrong for wrong in broken if wrong.partition(":")[0] not in excused]
