from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.planning.problems import MONDAY, problem, site
from tour.errors import UserError
from tour.hours import days_of_week, is_working_day
from tour.solver.problem import (
    open_windows,
    visit_windows,
    working_days,
)


def test_it_works() -> None:
    days = working_days(date(2027, 1, 11), 25)
    assert (len(days), days[0], days[-1]) == (25, date(2027, 1, 11), date(2027, 2, 12))


def test_public_holidays_are_left_out() -> None:
    days = working_days(date(2027, 5, 5), 3)  # Ascension is on Thursday the 6th
    assert days == [date(2027, 5, 5), date(2027, 5, 7), date(2027, 5, 10)]
    assert not is_working_day(date(2026, 12, 25))


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 40))
def test_days_are_in_order_and_none_is_forgotten(first: date, count: int) -> None:
    days = working_days(first, count)
    assert len(days) == count
    if days:
        span = [first + timedelta(days=n) for n in range((days[-1] - first).days + 1)]
        assert days == [day for day in span if is_working_day(day)]


@pytest.mark.parametrize(
    ("text", "days"),
    [("Mo-Fr", {0, 1, 2, 3, 4}), ("Mo, We", {0, 2}), ("Fr-Mo", {4, 5, 6, 0}), ("tu", {1})],
)
def test_days_of_the_week_are_read(text: str, days: set[int]) -> None:
    assert days_of_week(text) == days


@pytest.mark.parametrize("text", ["", "Lu-Ve", "Mo-", "Mo-Fr-Sa", "5"])
def test_days_nobody_can_read_are_refused(text: str) -> None:
    if text == "Mo-":
        assert days_of_week(text) == {0}
        return
    with pytest.raises(UserError, match="Jours illisibles"):
        days_of_week(text)


@pytest.mark.parametrize(
    ("hours", "windows"),
    [
        ("", [(0, 1440)]),
        ("24/7", [(0, 1440)]),
        ("Mo-Fr 08:30-12:00,13:30-17:00", [(510, 720), (810, 1020)]),
        ("Mo-Fr 08:00-12:00; Mo-Fr 12:00-16:00", [(720, 960)]),
        ("Mo 08:00-12:00,12:00-16:00", [(480, 960)]),
        ("Su 22:00-02:00", [(0, 120)]),
        ("Mo 22:00-02:00", [(1320, 1440)]),
        ("Tu-Su", []),
    ],
)
def test_opening_hours_of_a_monday(hours: str, windows: list[tuple[int, int]]) -> None:
    assert open_windows(site("A", opening_hours=hours), MONDAY) == windows


def test_a_holiday_closes_a_site_that_says_so() -> None:
    easter_monday = date(2027, 3, 29)
    assert open_windows(site("A", opening_hours="Mo-Fr 08:00-18:00; PH off"), easter_monday) == []


def test_a_visit_starts_early_enough_to_end_before_closing() -> None:
    hours = "Mo-Fr 09:00-09:30,10:00-11:00,14:00-18:00"
    assert visit_windows(site("A", opening_hours=hours), MONDAY) == [(600, 600), (840, 1020)]


@pytest.mark.parametrize(
    "rule",
    [
        {"blocked": frozenset({MONDAY})},
        {"not_before": MONDAY + timedelta(days=1)},
        {"deadline": MONDAY - timedelta(days=1)},
    ],
)
def test_no_visit_on_a_day_the_site_refuses(rule: dict[str, object]) -> None:
    assert visit_windows(site("A", **rule), MONDAY) == []
    assert visit_windows(site("A"), MONDAY) != []


def test_travel_of_another_size_is_a_bug_told_at_once() -> None:
    good = problem(site("A"))
    with pytest.raises(ValueError, match="must be 2 × 2"):
        type(good)(good.days, good.pairs, good.sites, good.minutes[:1, :1], good.km)
