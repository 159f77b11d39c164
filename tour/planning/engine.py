"""VROOM on one piece of a campaign: some pairs' days, some sites.

Each (pair, day) is one vehicle on one absolute time axis, each visit a job with all its windows. Time is in
seconds for VROOM, in minutes since the axis' first midnight for us.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import vroom
from numpy.typing import NDArray

from tour.planning.problem import DAY_MIN, PairSpec, Problem, visit_windows

MINUTE = 60
NO_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class Route:
    """One pair's day: sites in order with the minute (since midnight) each visit starts, and lunch's start."""

    stops: tuple[tuple[int, int], ...] = ()
    lunch_min: int | None = None

    @property
    def sites(self) -> tuple[int, ...]:
        return tuple(site for site, _start in self.stops)


@dataclass(frozen=True)
class Slot:
    """A pair's day: what VROOM calls a vehicle."""

    pair: int
    day: date


class Engine:
    """Solves pieces of one problem. Windows and skills are worked out once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        pinned_days = {site.pin.day for site in problem.sites if site.pin}
        self.first_day = min([*problem.days, *pinned_days], default=date(2000, 1, 1))
        self.minutes = problem.minutes.astype(np.uint32) * MINUTE
        self.windows: list[dict[date, list[tuple[int, int]]]] = [
            {day: windows for day in problem.days if (windows := visit_windows(site, day))}
            for site in problem.sites
        ]
        names = sorted({skill for site in problem.sites for skill in site.skills})
        self.skill = {name: number for number, name in enumerate(names)}
        self.pair_skill = {
            pair.id: len(names) + number for number, pair in enumerate(problem.pairs)
        }
        self.pair_index = {pair.id: number for number, pair in enumerate(problem.pairs)}

    def slots(self) -> list[Slot]:
        """Every day that a pair can travel."""
        return [
            Slot(number, day)
            for day in self.problem.days
            for number, pair in enumerate(self.problem.pairs)
            if pair.works(day)
        ]

    def solve(
        self,
        slots: Iterable[Slot],
        sites: Iterable[int],
        *,
        level: int,
        threads: int = 1,
        present: Mapping[Slot, Route] | None = None,
    ) -> dict[Slot, Route]:
        """Places ``sites`` on ``slots``; sites it could not place are in no route. Slots left empty are not returned."""
        slots, sites = list(slots), list(sites)
        if not slots or not sites:
            return {}
        places = self.places_of(slots, sites)
        row = {place: number for number, place in enumerate(places)}
        problem = vroom.Input()
        problem.set_durations_matrix("car", self.minutes[np.ix_(places, places)])
        pin_skill = self.pin_skills(sites)
        for number, slot in enumerate(slots):
            problem.add_vehicle(self.vehicle(number, slot, row, pin_skill))
        days = {slot.day for slot in slots}
        jobs = [self.job(site, days, row, pin_skill) for site in sites]
        problem.add_job([job for job in jobs if job is not None])
        if not any(job is not None for job in jobs):
            return {}
        solution = problem.solve(exploration_level=level, nb_threads=threads)
        return self.routes(np.asarray(solution._routes_numpy()), slots)

    def places_of(self, slots: list[Slot], sites: list[int]) -> list[int]:
        bases = sorted({slot.pair for slot in slots})
        return bases + [self.problem.place_of_site(site) for site in sites]

    def pin_skills(self, sites: list[int]) -> dict[Slot, int]:
        """A skill that only the vehicle of a pinned visit has, for each such vehicle."""
        first = len(self.skill) + len(self.problem.pairs)
        pinned = dict.fromkeys(slot for site in sites if (slot := self.pinned_slot(site)))
        return {slot: first + number for number, slot in enumerate(pinned)}

    def pinned_slot(self, site: int) -> Slot | None:
        pin = self.problem.sites[site].pin
        return (
            Slot(self.pair_index[pin.pair], pin.day)
            if pin and pin.pair in self.pair_index
            else None
        )

    def vehicle(
        self, number: int, slot: Slot, row: dict[int, int], pin_skill: dict[Slot, int]
    ) -> vroom.Vehicle:
        pair = self.problem.pairs[slot.pair]
        midnight = self.midnight(slot.day)
        skills = {self.skill[name] for name in pair.skills if name in self.skill} | {
            self.pair_skill[pair.id]
        }
        if slot in pin_skill:
            skills.add(pin_skill[slot])
        return vroom.Vehicle(
            number,
            start=row[slot.pair],
            end=row[slot.pair],
            skills=skills,
            time_window=vroom.TimeWindow(
                (midnight + pair.start_min) * MINUTE, (midnight + pair.end_min) * MINUTE
            ),
            breaks=self.breaks(pair, midnight),
            max_tasks=pair.max_visits if pair.max_visits is not None else NO_LIMIT,
            max_travel_time=pair.max_drive_min * MINUTE if pair.max_drive_min is not None else None,
        )

    def breaks(self, pair: PairSpec, midnight: int) -> list[vroom.Break]:
        if pair.lunch_min <= 0:
            return []
        first, last = pair.lunch_from_min, pair.lunch_to_min - pair.lunch_min
        window = vroom.TimeWindow((midnight + first) * MINUTE, (midnight + last) * MINUTE)
        return [vroom.Break(0, time_windows=[window], service=pair.lunch_min * MINUTE)]

    def job(
        self, site: int, days: set[date], row: dict[int, int], pin_skill: dict[Slot, int]
    ) -> vroom.Job | None:
        """The job of a site, or none when it may be visited on none of these days.

        Setting up is served with the visit, so windows are those of arriving: earlier by the setting up.
        """
        spec = self.problem.sites[site]
        skills = {self.skill[name] for name in spec.skills}
        if spec.pin:
            slot = self.pinned_slot(site)
            if slot is None or slot not in pin_skill:
                return None
            skills = {pin_skill[slot]}
            start = self.midnight(spec.pin.day) + spec.pin.start_min
            windows = [(start, start)]
        else:
            if spec.pair is not None:
                skills.add(self.pair_skill.get(spec.pair, NO_LIMIT))
            windows = [
                (self.midnight(day) + first, self.midnight(day) + last)
                for day, spans in self.windows[site].items()
                if day in days
                for first, last in spans
            ]
        arriving = [
            vroom.TimeWindow(
                max(0, first - spec.setup_min) * MINUTE, (last - spec.setup_min) * MINUTE
            )
            for first, last in windows
            if last >= spec.setup_min
        ]
        if not arriving:
            return None
        return vroom.Job(
            site,
            location=row[self.problem.place_of_site(site)],
            default_service=(spec.setup_min + spec.visit_min) * MINUTE,
            skills=skills,
            priority=100 if spec.pin else min(100, max(0, spec.priority)),
            time_windows=arriving,
        )

    def midnight(self, day: date) -> int:
        """Minutes from the axis' first midnight to this day's."""
        return (day - self.first_day).days * DAY_MIN

    def routes(self, steps: NDArray[np.void], slots: list[Slot]) -> dict[Slot, Route]:
        stops: dict[int, list[tuple[int, int]]] = {}
        lunches: dict[int, int] = {}
        for step in steps:
            number = int(step["vehicle_id"])
            midnight = self.midnight(slots[number].day)
            begins = int(step["arrival"] + step["waiting_time"]) // MINUTE - midnight
            if step["type"] == b"job":
                site = int(step["id"])
                stops.setdefault(number, []).append(
                    (site, begins + self.problem.sites[site].setup_min)
                )
            elif step["type"] == b"break":
                lunches[number] = begins
        return {slots[n]: Route(tuple(found), lunches.get(n)) for n, found in stops.items()}
