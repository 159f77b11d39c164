"""Checks a plan.json against its files, by its own reading of the rules: nothing of the solver is imported here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from typing import Any

from holidays import country_holidays
from opening_hours import OpeningHours, State

Row = dict[str, str]
Stop = dict[str, Any]
NAMES = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]


def check(
    sites: list[Row],
    pairs: list[Row],
    minutes: list[list[int]],
    plan: dict[str, Any],
    *,
    first: date,
    days: int,
) -> list[str]:
    """Everything wrong with a plan, one sentence each; empty when it is right.

    ``sites`` and ``pairs`` are the files' rows as text, ``minutes`` the matrix (bases, then sites to visit).
    """
    return Checker(sites, pairs, minutes, plan, first, days).violations()


@dataclass
class Checker:
    all_sites: list[Row]
    pair_rows: list[Row]
    minutes: list[list[int]]
    plan: dict[str, Any]
    first: date
    days: int

    def violations(self) -> list[str]:
        return [
            *self.unknown_names(),
            *self.each_site_once(),
            *(wrong for stop in self.known_visits for wrong in self.visit(stop)),
            *(wrong for key in self.pair_days for wrong in self.pair_day(*key)),
            *self.lunches_alone(),
            *self.totals(),
            *self.campaign(),
        ]

    # What the files say

    @cached_property
    def sites(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.all_sites if row.get("kind") != "siege"}

    @cached_property
    def pairs(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.pair_rows}

    @cached_property
    def calendar(self) -> list[date]:
        """The campaign's working days."""
        holidays = country_holidays("FR", years=range(self.first.year, self.first.year + 5))
        found: list[date] = []
        day = self.first
        while len(found) < self.days:
            if day.isoweekday() <= 5 and day not in holidays:
                found.append(day)
            day += timedelta(days=1)
        return found

    def minutes_between(self, one: str, other: str) -> int:
        places = [f"pair {id}" for id in self.pairs] + [f"site {id}" for id in self.sites]
        return self.minutes[places.index(one)][places.index(other)]

    # What the plan says

    @cached_property
    def known_visits(self) -> list[Stop]:
        visits = self.plan["visits"]
        return [v for v in visits if v["site"] in self.sites and v["pair"] in self.pairs]

    @cached_property
    def pair_days(self) -> dict[tuple[str, str], list[Stop]]:
        """Each pair's day with its visits in order of their hours."""
        found: dict[tuple[str, str], list[Stop]] = {}
        for stop in sorted(self.known_visits, key=lambda stop: at(stop, "start")):
            found.setdefault((stop["pair"], stop["date"]), []).append(stop)
        return found

    def lunches(self, pair: str, day: str) -> list[Stop]:
        return [x for x in self.plan["lunches"] if (x["pair"], x["date"]) == (pair, day)]

    # Rules of the whole

    def unknown_names(self) -> list[str]:
        visits = self.plan["visits"]
        return (
            [f"unknown site {v['site']}" for v in visits if v["site"] not in self.sites]
            + [f"unknown pair {v['pair']}" for v in visits if v["pair"] not in self.pairs]
            + [
                f"unknown site {u['site']} left out"
                for u in self.plan["unserved"]
                if u["site"] not in self.sites
            ]
        )

    def each_site_once(self) -> list[str]:
        served = Counter(visit["site"] for visit in self.plan["visits"])
        left = Counter(unserved["site"] for unserved in self.plan["unserved"])
        wrong = [f"{site} visited twice" for site, times in served.items() if times > 1]
        wrong += [f"{site} left out twice" for site, times in left.items() if times > 1]
        wrong += [f"{site} both served and left out" for site in served if site in left]
        wrong += [
            f"{site} neither served nor left out"
            for site in self.sites
            if site not in served and site not in left
        ]
        wrong += [
            f"{unserved['site']} left out with no reason"
            for unserved in self.plan["unserved"]
            if not unserved["reason"] or not unserved["text"].strip()
        ]
        return wrong

    def lunches_alone(self) -> list[str]:
        return [
            f"lunch of {lunch['pair']} on {lunch['date']} on a day with no visit"
            for lunch in self.plan["lunches"]
            if (lunch["pair"], lunch["date"]) not in self.pair_days
        ]

    def totals(self) -> list[str]:
        visits = self.plan["visits"]
        expected = {
            "served": len(visits),
            "unserved": len(self.plan["unserved"]),
            "drive_min": sum(v["drive_before_min"] + v["drive_after_min"] for v in visits),
            "visit_min": sum(at(v, "end") - at(v, "start") for v in visits),
            "pair_days": len({(v["pair"], v["date"]) for v in visits}),
        }
        totals = self.plan["totals"]
        return [
            f"total {name} is {totals[name]}, not {value}"
            for name, value in expected.items()
            if totals[name] != value
        ]

    def campaign(self) -> list[str]:
        expected = {
            "from": self.calendar[0].isoformat(),
            "to": self.calendar[-1].isoformat(),
            "pairs": len(self.pairs),
            "sites": len(self.sites),
        }
        said = self.plan["campaign"]
        return [
            f"campaign {name} is {said[name]}, not {value}"
            for name, value in expected.items()
            if said[name] != value
        ]

    # Rules of one visit

    def visit(self, stop: Stop) -> list[str]:
        site, pair = self.sites[stop["site"]], self.pairs[stop["pair"]]
        day = date.fromisoformat(stop["date"])
        start, end = at(stop, "start"), at(stop, "end")
        asked = set(filter(None, site.get("skills", "").split(";")))
        has = set(filter(None, pair.get("skills", "").split(";")))
        rules = {
            "wrong length": end - start != length(site),
            "not a working day of the campaign": day not in self.calendar,
            "on a day off of the pair": NAMES[day.weekday()] not in weekdays(pair),
            "while the pair is away": stop["date"] in pair.get("absences", "").split(";"),
            "on a blocked date": stop["date"] in site.get("blocked", "").split(";"),
            "too early a day": stop["date"] < (site.get("not_before") or "0"),
            "after the deadline": stop["date"] > (site.get("deadline") or "9"),
            "by a pair without the skill": not asked <= has,
            "by another pair than asked": site.get("pair") not in {None, "", stop["pair"]},
            "while the site is closed": not open_all_along(site, day, start, end),
        }
        return [
            f"{stop['site']} on {stop['date']}: {rule}" for rule, broken in rules.items() if broken
        ]

    # Rules of a pair's day

    def pair_day(self, pair: str, day: str) -> list[str]:
        row, stops = self.pairs[pair], self.pair_days[pair, day]
        driven = sum(stop["drive_before_min"] + stop["drive_after_min"] for stop in stops)
        wrong = [*self.times(pair, stops, self.lunches(pair, day)), *self.lunch(pair, day)]
        if driven > int(row.get("max_drive_min") or 10**6):
            wrong.append("drives more than allowed")
        if len(stops) > int(row.get("max_visits") or 10**6):
            wrong.append("more visits than allowed")
        return [f"{pair} on {day}: {text}" for text in wrong]

    def times(self, pair: str, stops: list[Stop], lunches: list[Stop]) -> list[str]:
        """Goes through the day from the base and back, with drives of the matrix and lunch where it is."""
        wrong: list[str] = []
        now, place = clock(self.pairs[pair].get("start") or "09:00"), f"pair {pair}"
        for number, stop in enumerate(stops, 1):
            there = f"site {stop['site']}"
            drive = self.minutes_between(place, there)
            back = self.minutes_between(there, f"pair {pair}") if number == len(stops) else 0
            if stop["drive_before_min"] != drive:
                wrong.append(f"drive to {stop['site']} is not the matrix's {drive} min")
            if stop["drive_after_min"] != back:
                wrong.append(f"drive after {stop['site']} is not {back} min")
            arrival = at(stop, "start") - int(self.sites[stop["site"]].get("setup_min") or 0)
            if arrival < now + drive + eaten(lunches, now, arrival):
                wrong.append(f"not enough time to reach {stop['site']}")
            now, place = at(stop, "end"), there
        end = clock(self.pairs[pair].get("end") or "17:00")
        home = self.minutes_between(place, f"pair {pair}")
        if end < now + home + eaten(lunches, now, end):
            wrong.append("back at the base after the day's end")
        return wrong

    def lunch(self, pair: str, day: str) -> list[str]:
        row, lunches = self.pairs[pair], self.lunches(pair, day)
        minutes = int(row.get("lunch_min") or 45)
        earliest, latest = (
            clock(row.get("lunch_from") or "11:45"),
            clock(row.get("lunch_to") or "14:00"),
        )
        start, end = clock(row.get("start") or "09:00"), clock(row.get("end") or "17:00")
        due = 0 < minutes <= min(end, latest) - max(start, earliest)
        if len(lunches) != int(due):
            return [f"{len(lunches)} lunches instead of {int(due)}"]
        wrong: list[str] = []
        for lunch in lunches:
            begins, ends = at(lunch, "start"), at(lunch, "end")
            if ends - begins != minutes:
                wrong.append("lunch of another length")
            if begins < max(earliest, start) or ends > min(latest, end):
                wrong.append("lunch outside its hours")
            for stop in self.pair_days[pair, day]:
                arrival = at(stop, "start") - int(self.sites[stop["site"]].get("setup_min") or 0)
                if begins < at(stop, "end") and arrival < ends:
                    wrong.append(f"lunch during the visit of {stop['site']}")
        return wrong


def at(stop: Stop, end: str) -> int:
    return clock(stop[end])


def clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def eaten(lunches: list[Stop], begin: int, end: int) -> int:
    """Minutes of lunch that begin in a span of time."""
    return sum(
        at(lunch, "end") - at(lunch, "start")
        for lunch in lunches
        if begin <= at(lunch, "start") < end
    )


def length(site: Row) -> int:
    """Planning.md: as given, else by the number of agents."""
    if site.get("duration_min"):
        return int(site["duration_min"])
    staff = int(site.get("staff") or 0)
    return (
        45
        if staff <= 6
        else 60
        if staff <= 12
        else 90
        if staff <= 25
        else 120
        if staff <= 60
        else 180
    )


def weekdays(pair: Row) -> list[str]:
    first, _dash, last = (pair.get("days") or "Mo-Fr").partition("-")
    return NAMES[NAMES.index(first) : NAMES.index(last or first) + 1]


def open_all_along(site: Row, day: date, start: int, end: int) -> bool:
    if not site.get("opening_hours"):
        return True
    begins, ends = (datetime.combine(day, time()) + timedelta(minutes=m) for m in (start, end))
    spans = hours_of(site["opening_hours"]).intervals(begins, ends)
    return all(state == State.OPEN for _begin, _end, state, _comments in spans)


@cache
def hours_of(text: str) -> OpeningHours:
    return OpeningHours(text, country="FR")
