from __future__ import annotations

from datetime import date

from tests.planning.problems import (
    MONDAY,
    TUESDAY,
    pair,
    pinned,
    place_of,
    planned,
    served,
    site,
)
from tour.i18n import typeset

TEN = 10 * 60
SATURDAY = date(2027, 1, 16)


def test_it_works() -> None:
    answer = planned(
        pinned("A", 15 * 60, day=TUESDAY, by="P2"),
        *[site(f"S{n}") for n in range(6)],
        pairs=(pair("P1"), pair("P2")),
        days=(MONDAY, TUESDAY),
    )
    visit = place_of(answer, "A")
    assert (visit.pair, visit.day, visit.start_min) == ("P2", TUESDAY, 15 * 60)
    assert answer.clashes == answer.unserved == []


def test_visits_of_the_highest_priority_do_not_push_it_out() -> None:
    rivals = [site(f"S{n}", priority=100, opening_hours="Mo 10:00-12:00") for n in range(4)]
    answer = planned(pinned("A", TEN + 15, minutes_away=60), *rivals, rounds=3)
    assert place_of(answer, "A").start_min == TEN + 15
    assert answer.clashes == []
    assert {left.reason for left in answer.unserved} <= {"days_full"}


def test_a_day_outside_the_period_holds() -> None:
    answer = planned(pinned("A", TEN), site("B"), days=(TUESDAY,))
    assert place_of(answer, "A").day == MONDAY
    assert place_of(answer, "B").day == TUESDAY
    assert answer.clashes == []


def test_opening_hours_and_skills_give_way_to_what_was_agreed() -> None:
    answer = planned(pinned("A", TEN, opening_hours="Su", skills=frozenset({"réseau"})))
    assert served(answer) == {"A"}
    assert answer.clashes == []


def test_two_at_the_same_hour_both_stay_and_the_clash_is_named() -> None:
    answer = planned(pinned("A", TEN), pinned("B", TEN + 30), site("C"), days=(MONDAY, TUESDAY))
    assert place_of(answer, "A").start_min == TEN
    assert place_of(answer, "B").start_min == TEN + 30
    assert place_of(answer, "C").day == TUESDAY
    (clash,) = answer.clashes
    assert clash.startswith(typeset("11/01/2027, P1 : "))
    assert "A, B ne tiennent pas ensemble" in clash


def test_a_visit_while_its_pair_is_away_stays_and_is_named() -> None:
    away = pair(absences=frozenset({MONDAY}))
    answer = planned(pinned("A", TEN), pairs=(away,))
    assert served(answer) == {"A"}
    assert len(answer.clashes) == 1


def test_a_visit_on_a_saturday_stays_and_is_named() -> None:
    answer = planned(pinned("A", TEN, day=SATURDAY))
    assert place_of(answer, "A").day == SATURDAY
    assert "16/01/2027" in answer.clashes[0]


def test_a_visit_of_a_pair_that_left_the_campaign_is_left_out_and_named() -> None:
    answer = planned(pinned("A", TEN, by="P9"))
    assert [left.reason for left in answer.unserved] == ["pair_gone"]
    assert typeset("A : le binôme de sa visite") in answer.clashes[0]


def test_too_early_to_be_reached_stays_and_is_named() -> None:
    answer = planned(pinned("A", 9 * 60 + 5, minutes_away=30))
    assert place_of(answer, "A").start_min == 9 * 60 + 5
    assert len(answer.clashes) == 1
