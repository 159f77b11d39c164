"""The checker is checked: a good plan broken in each way is told apart, by name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.planning.conftest import Planned

Plan = dict[str, Any]


def shift(stop: dict[str, Any], minutes: int, *ends: str) -> None:
    for end in ends or ("start", "end"):
        value = int(stop[end][:2]) * 60 + int(stop[end][3:]) + minutes
        stop[end] = f"{value // 60:02d}:{value % 60:02d}"


def first_of(plan: Plan, **values: str) -> dict[str, Any]:
    """The first visit with these values."""
    found: dict[str, Any] = next(
        v for v in plan["visits"] if all(v[name] == value for name, value in values.items())
    )
    return found


def day_of(plan: Plan, pair: str, least: int) -> list[dict[str, Any]]:
    """The visits of the first day of a pair with so many of them."""
    days: dict[str, list[dict[str, Any]]] = {}
    for visit in plan["visits"]:
        if visit["pair"] == pair:
            days.setdefault(visit["date"], []).append(visit)
    return next(visits for visits in days.values() if len(visits) >= least)


def lunch_of(plan: Plan, stop: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        x for x in plan["lunches"] if (x["pair"], x["date"]) == (stop["pair"], stop["date"])
    )
    return found


def visit_twice(plan: Plan) -> None:
    plan["visits"].append(plan["visits"][0])


def forget_a_site(plan: Plan) -> None:
    plan["visits"].pop()


def leave_out_what_is_served(plan: Plan) -> None:
    plan["unserved"].append({"site": plan["visits"][0]["site"], "reason": "x", "text": "x"})


def leave_out_with_no_word(plan: Plan) -> None:
    plan["unserved"].append({"site": plan["visits"].pop()["site"], "reason": "x", "text": " "})


def name_another_site(plan: Plan) -> None:
    plan["visits"][0]["site"] = "S-999"


def visit_headquarters(plan: Plan) -> None:
    plan["visits"][0]["site"] = "SIEGE"


def name_another_pair(plan: Plan) -> None:
    plan["visits"][0]["pair"] = "P9"


def come_on_a_saturday(plan: Plan) -> None:
    plan["visits"][0]["date"] = "2027-01-16"


def come_on_a_day_off(plan: Plan) -> None:
    first_of(plan, pair="P2")["date"] = "2027-01-15"


def come_while_away(plan: Plan) -> None:
    first_of(plan, pair="P3")["date"] = "2027-01-14"


def stay_too_long(plan: Plan) -> None:
    shift(plan["visits"][0], 15, "end")


def come_when_closed(plan: Plan) -> None:
    for visit in plan["visits"]:  # some sites never close
        visit["start"], visit["end"] = "21:00", "22:00"


def leave_too_early(plan: Plan) -> None:
    visit = plan["visits"][0]
    shift(visit, -240)


def come_back_late(plan: Plan) -> None:
    shift(plan["visits"][-1], 360)


def drive_too_fast(plan: Plan) -> None:
    visit = day_of(plan, "P1", 2)[1]
    visit["drive_before_min"] -= 1
    plan["totals"]["drive_min"] -= 1


def forget_the_way_back(plan: Plan) -> None:
    visit = day_of(plan, "P1", 2)[-1]
    plan["totals"]["drive_min"] -= visit["drive_after_min"]
    visit["drive_after_min"] = 0


def squeeze_two_visits(plan: Plan) -> None:
    one, other, *_rest = day_of(plan, "P1", 2)
    shift(other, clock(one["end"]) - clock(other["start"]))


def clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def skip_lunch(plan: Plan) -> None:
    plan["lunches"].pop(0)


def eat_twice(plan: Plan) -> None:
    plan["lunches"].append(plan["lunches"][0])


def eat_late(plan: Plan) -> None:
    shift(plan["lunches"][0], 180)


def eat_quickly(plan: Plan) -> None:
    shift(plan["lunches"][0], -10, "end")


def eat_during_a_visit(plan: Plan) -> None:
    visit = next(v for v in plan["visits"] if "11:45" <= v["start"] <= "13:00")
    lunch = lunch_of(plan, visit)
    lunch["start"], lunch["end"] = visit["start"], visit["start"]
    shift(lunch, 45, "end")


def eat_on_a_day_off(plan: Plan) -> None:
    plan["lunches"][0]["date"] = "2027-01-16"


def count_wrong(plan: Plan) -> None:
    plan["totals"]["drive_min"] += 1


def tell_another_period(plan: Plan) -> None:
    plan["campaign"]["to"] = "2027-02-13"


@pytest.mark.parametrize(
    ("break_it", "named"),
    [
        (visit_twice, "visited twice"),
        (forget_a_site, "neither served nor left out"),
        (leave_out_what_is_served, "both served and left out"),
        (leave_out_with_no_word, "left out with no reason"),
        (name_another_site, "unknown site S-999"),
        (visit_headquarters, "unknown site SIEGE"),
        (name_another_pair, "unknown pair P9"),
        (come_on_a_saturday, "not a working day of the campaign"),
        (come_on_a_day_off, "on a day off of the pair"),
        (come_while_away, "while the pair is away"),
        (stay_too_long, "wrong length"),
        (come_when_closed, "while the site is closed"),
        (leave_too_early, "not enough time to reach"),
        (come_back_late, "back at the base after the day's end"),
        (drive_too_fast, "is not the matrix's"),
        (forget_the_way_back, "drive after"),
        (squeeze_two_visits, "not enough time to reach"),
        (skip_lunch, "0 lunches instead of 1"),
        (eat_twice, "2 lunches instead of 1"),
        (eat_late, "lunch outside its hours"),
        (eat_quickly, "lunch of another length"),
        (eat_during_a_visit, "lunch during the visit"),
        (eat_on_a_day_off, "on a day with no visit"),
        (count_wrong, "total drive_min is"),
        (tell_another_period, "campaign to is"),
    ],
)
def test_a_broken_plan_is_named(
    planned: Planned, break_it: Callable[[Plan], None], named: str
) -> None:
    plan = copy.deepcopy(planned.plan)
    break_it(plan)
    assert any(named in violation for violation in planned.violations(plan))


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"blocked": "2027-01-01;{date}"}, "on a blocked date"),
        ({"not_before": "2027-12-31"}, "too early a day"),
        ({"deadline": "2027-01-01"}, "after the deadline"),
        ({"skills": "plongée"}, "by a pair without the skill"),
        ({"pair": "P0"}, "by another pair than asked"),
        ({"duration_min": "7"}, "wrong length"),
        ({"setup_min": "400"}, "not enough time to reach"),
        ({"opening_hours": "Su 08:00-09:00"}, "while the site is closed"),
        ({"opening_hours": "Mo-Fr 00:00-24:00; {date:osm} off"}, "while the site is closed"),
    ],
)
def test_a_rule_the_site_did_not_have_is_missed(
    planned: Planned, rule: dict[str, str], named: str
) -> None:
    visit = planned.plan["visits"][0]
    rule = {name: value.format(date=Day(visit["date"])) for name, value in rule.items()}
    harder = copy.deepcopy(planned)
    next(row for row in harder.sites if row["id"] == visit["site"]).update(rule)
    assert any(named in violation for violation in harder.violations())


class Day(str):
    """A date that also writes itself as OSM does: « 2027 Jan 11 »."""

    def __format__(self, how: str) -> str:
        return f"2027 {('Jan', 'Feb')[int(self[5:7]) - 1]} {self[8:]}" if how else str(self)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"max_drive_min": "10"}, "drives more than allowed"),
        ({"max_visits": "1"}, "more visits than allowed"),
        ({"end": "12:00", "lunch_min": "0"}, "back at the base after the day's end"),
        ({"start": "12:00"}, "not enough time to reach"),
        ({"lunch_to": "12:30"}, "lunch outside its hours"),
    ],
)
def test_a_rule_the_pair_did_not_have_is_missed(
    planned: Planned, rule: dict[str, str], named: str
) -> None:
    harder = copy.deepcopy(planned)
    harder.pairs[0].update(rule)
    assert any(named in violation for violation in harder.violations())


def test_another_calendar_is_noticed(planned: Planned) -> None:
    assert any("not a working day" in wrong for wrong in planned.violations(days=10))
