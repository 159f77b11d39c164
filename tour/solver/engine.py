"""VROOM on one piece of a campaign: some pairs' days, some sites.

Each (pair, day) is one vehicle on one absolute time axis, each visit a job with all its windows. Time is in
seconds for VROOM, in minutes since the axis' first midnight for us.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

import numpy as np
import vroom

from tour.solver.problem import DAY_MIN, PairSpec, Problem, visit_windows

MINUTE = 60
NO_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class Slot:
    """A pair's day: what VROOM calls a vehicle."""

    pair: int
    day: date


@dataclass(frozen=True)
class Route:
    """One pair's day: sites in order with the minute (since midnight) each visit starts, and lunch's start."""

    stops: tuple[tuple[int, int], ...] = ()
    lunch_min: int | None = None

    @property
    def sites(self) -> tuple[int, ...]:
        return tuple(site for site, _start in self.stops)


class Engine:
    """Solves pieces of one problem. Jobs, vehicles and skills are worked out once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.pair_index = {pair.id: number for number, pair in enumerate(problem.pairs)}
        self.pins = {
            number: Slot(self.pair_index[site.pin.pair], site.pin.day)
            for number, site in enumerate(problem.sites)
            if site.pin and site.pin.pair in self.pair_index
        }
        self.first_day = min(
            [*problem.days, *(slot.day for slot in self.pins.values())], default=date(2000, 1, 1)
        )
        self.seconds = (problem.minutes * MINUTE).astype(np.uint32)
        self.windows: list[dict[date, list[tuple[int, int]]]] = [
            {day: windows for day in problem.days if (windows := visit_windows(site, day))}
            for site in problem.sites
        ]
        self.number_skills()
        self.vehicles: dict[Slot, vroom.Vehicle] = {}
        self.slot_of: list[Slot] = []  # by vehicle number

    def number_skills(self) -> None:
        """VROOM's skills are numbers: real skills, « is this pair », « is this pinned day »."""
        names = sorted({skill for site in self.problem.sites for skill in site.skills})
        self.skill = {name: number for number, name in enumerate(names)}
        self.pair_skill = len(names)
        first = self.pair_skill + len(self.problem.pairs)
        pinned = dict.fromkeys(self.pins.values())
        self.pin_skill = {slot: first + number for number, slot in enumerate(pinned)}

    def slots(self) -> list[Slot]:
        """Every day of the period that a pair can travel."""
        return [
            Slot(number, day)
            for day in self.problem.days
            for number, pair in enumerate(self.problem.pairs)
            if pair.works(day) and pair.max_visits != 0
        ]

    def may_come(self, slot: Slot, site: int) -> bool:
        """Whether the site could be visited that day by that pair, were there time for it."""
        spec, pair = self.problem.sites[site], self.problem.pairs[slot.pair]
        if spec.pin:
            return self.pins.get(site) == slot
        return (
            spec.skills <= pair.skills
            and spec.pair in {None, pair.id}
            and slot.day in self.windows[site]
        )

    def unlike(self, slots: Iterable[Slot], site: int) -> list[Slot]:
        """One of each kind of these days for a site alone: same pair, same windows is the same answer."""
        kinds: dict[tuple[object, ...], Slot] = {}
        for slot in slots:
            ends = (
                self.problem.starts_at(slot.pair, slot.day),
                self.problem.ends_at(slot.pair, slot.day),
            )
            kinds.setdefault((slot.pair, *ends, *self.windows[site].get(slot.day, ())), slot)
        return list(kinds.values())

    def free_min(self, slot: Slot, route: Route) -> int:
        """Minutes of a day that are neither drive, visit, setting up nor lunch."""
        pair = self.problem.pairs[slot.pair]
        specs = [self.problem.sites[site] for site in route.sites]
        busy = sum(spec.setup_min + spec.visit_min for spec in specs) + self.drive_min(slot, route)
        return pair.end_min - pair.start_min - busy - (pair.lunch_min if pair.lunches else 0)

    def against_wishes(self, slot: Slot, route: Route) -> int:
        """How many of a day's sites would rather have another pair of this campaign."""
        here, sites = self.problem.pairs[slot.pair].id, self.problem.sites
        return sum(
            sites[n].prefers in self.pair_index and sites[n].prefers != here for n in route.sites
        )

    def drive_min(self, slot: Slot, route: Route) -> int:
        """Minutes driven in a day, from the base (or the lodging) and back."""
        places = self.problem.path(slot.pair, slot.day, route.sites)
        return sum(int(self.problem.minutes[a, b]) for a, b in pairwise(places))

    def solve(
        self,
        slots: Iterable[Slot],
        sites: Iterable[int],
        *,
        level: int,
        threads: int = 1,
        wishes: bool = False,
    ) -> dict[Slot, Route]:
        """Places ``sites`` on ``slots``; sites it could not place are in no route. Slots left empty are not returned.

        With ``wishes`` only the pair that a site prefers may come.
        """
        asked = self.ask(list(slots), sites, self.jobs_as_wished if wishes else self.jobs)
        if asked is None:
            return {}
        return self.routes(asked.solve(exploration_level=level, nb_threads=threads))

    def ask(
        self, slots: list[Slot], sites: Iterable[int], of: list[vroom.Job | None]
    ) -> vroom.Input | None:
        """These sites and days in VROOM's words; none when there is nothing to solve."""
        jobs = [job for site in sites if (job := of[site]) is not None]
        if not slots or not jobs:
            return None
        asked = vroom.Input()
        asked.set_durations_matrix("car", self.seconds)
        asked.add_vehicle([self.vehicle(slot) for slot in slots])
        asked.add_job(jobs)
        return asked

    def vehicle(self, slot: Slot) -> vroom.Vehicle:
        if slot not in self.vehicles:
            self.vehicles[slot] = self.make_vehicle(len(self.slot_of), slot)
            self.slot_of.append(slot)
        return self.vehicles[slot]

    def make_vehicle(self, number: int, slot: Slot) -> vroom.Vehicle:
        pair = self.problem.pairs[slot.pair]
        midnight = self.midnight(slot.day)
        skills = {self.skill[name] for name in pair.skills if name in self.skill}
        skills.add(self.pair_skill + slot.pair)
        if slot in self.pin_skill:
            skills.add(self.pin_skill[slot])
        return vroom.Vehicle(
            number,
            start=self.problem.starts_at(slot.pair, slot.day),
            end=self.problem.ends_at(slot.pair, slot.day),
            skills=skills,
            time_window=vroom.TimeWindow(
                (midnight + pair.start_min) * MINUTE, (midnight + pair.end_min) * MINUTE
            ),
            breaks=self.breaks(pair, midnight),
            max_tasks=pair.max_visits if pair.max_visits is not None else NO_LIMIT,
            max_travel_time=pair.max_drive_min * MINUTE if pair.max_drive_min is not None else None,
        )

    def breaks(self, pair: PairSpec, midnight: int) -> list[vroom.Break]:
        if not pair.lunches:
            return []
        first, last = pair.lunch_from_min, pair.lunch_to_min - pair.lunch_min
        window = vroom.TimeWindow((midnight + first) * MINUTE, (midnight + last) * MINUTE)
        return [vroom.Break(0, time_windows=[window], service=pair.lunch_min * MINUTE)]

    @cached_property
    def jobs(self) -> list[vroom.Job | None]:
        """Each site's job, or none when it may be visited on no day."""
        return [self.job(site) for site in range(len(self.problem.sites))]

    @cached_property
    def jobs_as_wished(self) -> list[vroom.Job | None]:
        """The same where only the preferred pair may come."""
        return [
            self.job(site, only=self.pair_index.get(spec.prefers or ""))
            for site, spec in enumerate(self.problem.sites)
        ]

    def job(self, site: int, only: int | None = None) -> vroom.Job | None:
        """Setting up is served with the visit, so windows are those of arriving: earlier by the setting up."""
        spec = self.problem.sites[site]
        arriving = [
            vroom.TimeWindow(
                max(0, first - spec.setup_min) * MINUTE, (last - spec.setup_min) * MINUTE
            )
            for first, last in self.starts(site)
            if last >= spec.setup_min
        ]
        if not arriving:
            return None
        return vroom.Job(
            site,
            location=self.problem.place_of_site(site),
            default_service=(spec.setup_min + spec.visit_min) * MINUTE,
            skills=self.skills_of_job(site, only),
            priority=100 if spec.pin else min(100, max(0, spec.priority)),
            time_windows=arriving,
        )

    def starts(self, site: int) -> list[tuple[int, int]]:
        """When the visit may start, on the axis, as inclusive (first, last) minutes."""
        pin = self.problem.sites[site].pin
        if pin:
            if site not in self.pins:
                return []
            start = self.midnight(pin.day) + pin.start_min
            return [(start, start)]
        return [
            (self.midnight(day) + first, self.midnight(day) + last)
            for day, spans in self.windows[site].items()
            for first, last in spans
        ]

    def skills_of_job(self, site: int, only: int | None) -> set[int]:
        """A pinned visit asks for its own day only: who comes was agreed with the manager."""
        spec = self.problem.sites[site]
        if site in self.pins:
            return {self.pin_skill[self.pins[site]]}
        skills = {self.skill[name] for name in spec.skills}
        if spec.pair is not None:
            pair = self.pair_index.get(spec.pair)
            skills.add(NO_LIMIT if pair is None else self.pair_skill + pair)
        if only is not None:
            skills.add(self.pair_skill + only)
        return skills

    def midnight(self, day: date) -> int:
        """Minutes from the axis' first midnight to this day's."""
        return (day - self.first_day).days * DAY_MIN

    def routes(self, solution: vroom.Solution) -> dict[Slot, Route]:
        """VROOM's answer in our words."""
        # The public ``solution.routes`` is the same table as a pandas frame, slower than the search itself.
        steps = np.asarray(solution._routes_numpy())
        stops: dict[Slot, list[tuple[int, int]]] = {}
        lunches: dict[Slot, int] = {}
        for step in steps:
            slot = self.slot_of[int(step["vehicle_id"])]
            begins = int(step["arrival"] + step["waiting_time"]) // MINUTE - self.midnight(slot.day)
            if step["type"] == b"job":
                site = int(step["id"])
                stops.setdefault(slot, []).append(
                    (site, begins + self.problem.sites[site].setup_min)
                )
            elif step["type"] == b"break":
                lunches[slot] = begins
        return {slot: Route(tuple(found), lunches.get(slot)) for slot, found in stops.items()}
