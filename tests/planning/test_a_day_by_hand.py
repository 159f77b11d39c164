"""A day arranged by hand: its hours, and each rule it breaks named in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.planning.problems import MONDAY, TUESDAY, pair, pinned, problem, site
from tour.solver.day import Day, best_order, lay_out
from tour.solver.problem import Pin, Problem, SiteSpec
from tour.solver.solve import solve


def day_of(
    *sites: SiteSpec, on: date = MONDAY, order: list[int] | None = None, **pair_values: Any
) -> Day:
    asked = problem(*sites, pairs=(pair(**pair_values),), days=(MONDAY, TUESDAY))
    return lay_out(asked, 0, on, order or list(range(len(sites))))


def said(day: Day) -> list[str]:
    return [broken.text for broken in day.broken]


def test_it_works() -> None:
    day = day_of(site("A", 10), site("B", 30))
    assert [(stop.start_min, stop.end_min) for stop in day.stops] == [(550, 610), (630, 690)]
    assert (day.drive_min, day.broken) == (60, ())
    assert (day.lunch_min, day.back_min) == (720, 765)  # back at the base at noon


def test_it_waits_for_the_site_to_open() -> None:
    assert day_of(site("A", opening_hours="Mo-Fr 10:00-12:00")).stops[0].start_min == 600


def test_the_second_opening_is_taken_when_the_first_is_too_short() -> None:
    day = day_of(site("A", opening_hours="Mo-Fr 08:00-10:00,14:00-16:00"), start_min=555)
    assert (day.stops[0].start_min, said(day)) == (14 * 60, [])


def test_lunch_goes_where_it_breaks_nothing() -> None:
    early = site("A", opening_hours="Mo-Fr 11:00-12:30")
    day = day_of(early, site("B", opening_hours="Mo-Fr 12:30-14:00"))
    assert (said(day), day.lunch_min) == ([], 720)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (site("A", opening_hours="Tu 08:00-18:00"), "site fermé ce jour-là"),
        (site("A", opening_hours="Mo 08:00-09:30"), "site fermé de 9 h 10 à 10 h 10"),
        (site("A", blocked=frozenset({MONDAY})), "date refusée ou bloquée par le site"),
        (site("A", not_before=TUESDAY), "pas avant le 12/01"),
        (site("A", deadline=date(2027, 1, 8)), "échéance le 08/01"),
        (site("A", days=frozenset({TUESDAY})), "verrouillée au 12/01"),
        (site("A", pair="other"), "verrouillée à un autre binôme"),
        (site("A", skills=frozenset({"réseau"})), "le binôme n’a pas : réseau"),
        (pinned("A", 600, day=TUESDAY), "fixée au 12/01 à 10 h 00 avec son responsable"),
    ],
)
def test_a_visit_that_breaks_a_rule(made: SiteSpec, text: str) -> None:
    assert [t.replace("\u00a0", " ") for t in said(day_of(made))] == [text]


@pytest.mark.parametrize(
    ("pair_values", "text"),
    [
        ({"weekdays": frozenset({1})}, "P1 ne travaille pas ce jour-là"),
        ({"max_drive_min": 100}, "180 min de route, limite 100"),
        ({"max_visits": 1}, "2 visites, limite 1"),
        ({"end_min": 14 * 60}, "retour à 14 h 45, 45 min après la fin de la journée"),
    ],
)
def test_a_day_that_breaks_a_rule(pair_values: dict[str, Any], text: str) -> None:
    found = [
        t.replace("\u00a0", " ") for t in said(day_of(site("A", 90), site("B", 80), **pair_values))
    ]
    assert found == ([text] if text else found)
    assert text is None or found


def test_coming_too_late_for_an_agreed_hour_is_said_and_the_hour_stays() -> None:
    day = day_of(site("A", 30), pinned("B", 600))
    assert day.stops[1].start_min == 600
    assert [t.replace("\u00a0", " ") for t in said(day)] == ["on n’y serait qu’à 10 h 50"]


def test_a_day_out_of_the_period_is_named() -> None:
    assert said(day_of(site("A"), on=date(2027, 3, 1))) == ["jour hors de la période ou déjà passé"]


def test_an_empty_day_breaks_nothing() -> None:
    asked = problem(site("A"), pairs=(pair(weekdays=frozenset({1})),))
    assert lay_out(asked, 0, MONDAY, []).broken == ()


def test_one_more_visit_goes_where_it_drives_least() -> None:
    asked = problem(site("A", 10), site("C", 30), site("B", 20))
    assert best_order(asked, 0, MONDAY, [0, 1], 2) == [0, 2, 1]


sites = st.lists(
    st.builds(
        lambda n, away, hours, length: SiteSpec(
            f"S{n}", f"S{n}", float(away), 0.0, length, opening_hours=hours
        ),
        st.integers(0, 10**6),
        st.integers(0, 120),
        st.sampled_from(["", "Mo-Fr 08:00-12:00,14:00-18:00", "Tu 09:00-11:00", "Mo 13:00-17:00"]),
        st.sampled_from([45, 60, 90, 120]),
    ),
    max_size=12,
    unique_by=lambda s: s.id,
)


def asked_of(found: list[SiteSpec], pin: int | None) -> Problem:
    if pin is not None and found:
        found = [SiteSpec(**{**vars(found[0]), "pin": Pin("P1", MONDAY, pin)}), *found[1:]]
    return problem(*found, pairs=(pair(max_visits=4), pair("P2", lat=40.0)), days=(MONDAY, TUESDAY))


@settings(max_examples=examples(60), deadline=None)
@given(sites, st.none() | st.integers(560, 900))
def test_what_the_solver_plans_breaks_no_rule(found: list[SiteSpec], pin: int | None) -> None:
    """Two ways to the same rules: the solver's days, laid out again by hand, hold."""
    asked = asked_of(found, pin)
    answer = solve(asked, rounds=3)
    number = {s.id: n for n, s in enumerate(asked.sites)}
    for p, spec in enumerate(asked.pairs):
        for day in asked.days:
            visits = [v for v in answer.visits if (v.pair, v.day) == (spec.id, day)]
            laid = lay_out(asked, p, day, [number[v.site] for v in visits])
            if not answer.clashes:
                assert laid.broken == ()
                assert laid.drive_min == sum(v.drive_before_min + v.drive_after_min for v in visits)
