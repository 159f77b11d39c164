"""The first plan, quickly: the campaign is cut into small pieces, and what is left over goes where there is room."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from tour.errors import UserError
from tour.i18n import gettext as _
from tour.solver.engine import Engine, Route, Slot

LEVEL = 0  # VROOM's lightest effort
PIECE_SITES = 35  # VROOM's time grows faster than the piece; measured for 200 and 1,000 sites
OFFERED = 60  # empty days offered to a piece of left-over sites


class NoTime(UserError):
    """The time given was over before there was a first plan."""

    def __init__(self) -> None:
        super().__init__(_("Pas le temps de trouver un plan : donnez plus de temps de calcul."))


def first_plan(
    engine: Engine, slots: list[Slot], sites: list[int], *, threads: int, until: float
) -> dict[Slot, Route]:
    """A full plan of ``sites`` on ``slots``: piece by piece, then what was left over on what is empty.

    Raises NoTime when the monotonic clock passes ``until`` with pieces still to solve.
    """
    routes: dict[Slot, Route] = {}
    for piece_slots, piece_sites in pieces(engine, slots, sites):
        if time.monotonic() >= until:
            raise NoTime
        routes |= engine.solve(piece_slots, piece_sites, level=LEVEL, threads=threads)
    return fill(engine, slots, sites, routes, threads)


def from_present(
    engine: Engine, slots: list[Slot], present: dict[Slot, list[int]], *, threads: int
) -> dict[Slot, Route]:
    """The plan there is, day by day, as far as it still holds: what no longer fits in its day is left out."""
    routes: dict[Slot, Route] = {}
    known = set(slots)
    for slot, sites in present.items():
        if slot in known:
            routes |= engine.solve([slot], sites, level=1, threads=threads)
    return routes


def pieces(
    engine: Engine, slots: list[Slot], sites: list[int]
) -> Iterator[tuple[list[Slot], list[int]]]:
    """Each site goes to the nearest base that may send a pair, swept around it; each piece gets its share of days.

    Pinned visits go with the days they are pinned to, so a piece holds both or neither.
    """
    for pair, own in share(engine, slots, sites).items():
        own.sort(key=lambda site: (bearing(engine, pair, site), site))
        days = [slot for slot in slots if slot.pair == pair]
        parts = max(1, round(len(own) / PIECE_SITES))
        for part in range(parts):
            chunk = own[part * len(own) // parts : (part + 1) * len(own) // parts]
            pinned = {engine.pins[site] for site in chunk if site in engine.pins}
            elsewhere = {engine.pins[site] for site in own if site in engine.pins} - pinned
            mine = [slot for slot in days[part::parts] if slot not in elsewhere]
            yield list(dict.fromkeys([*mine, *sorted(pinned, key=lambda s: s.day)])), chunk


def share(engine: Engine, slots: list[Slot], sites: list[int]) -> dict[int, list[int]]:
    """Sites by pair; those that no pair may visit on any day are in none."""
    days_of = {
        pair: [s for s in slots if s.pair == pair] for pair in range(len(engine.problem.pairs))
    }
    own: dict[int, list[int]] = {pair: [] for pair in days_of}
    for site in sites:
        place = engine.problem.place_of_site(site)
        able = [
            pair for pair, days in days_of.items() if any(engine.may_come(s, site) for s in days)
        ]
        if able:
            nearest = min(able, key=lambda pair: int(engine.problem.minutes[pair, place]))
            own[nearest].append(site)
    return own


def bearing(engine: Engine, pair: int, site: int) -> float:
    """The direction of a site from a base, in radians; good enough to sweep."""
    base, spec = engine.problem.pairs[pair], engine.problem.sites[site]
    return math.atan2(spec.lat - base.lat, (spec.lon - base.lon) * math.cos(math.radians(base.lat)))


def fill(
    engine: Engine, slots: list[Slot], sites: list[int], routes: dict[Slot, Route], threads: int
) -> dict[Slot, Route]:
    """Left-over sites on empty days, some at a time, as long as that places any."""
    routes = dict(routes)
    while left := unplaced(sites, routes):
        before = len(left)
        for begin in range(0, len(left), PIECE_SITES):
            chunk = left[begin : begin + PIECE_SITES]
            empty = [
                slot
                for slot in slots
                if slot not in routes and any(engine.may_come(slot, site) for site in chunk)
            ]
            offered = empty[:: max(1, len(empty) // OFFERED)][:OFFERED]
            routes |= engine.solve(offered, chunk, level=LEVEL, threads=threads)
        if len(unplaced(sites, routes)) == before:
            break
    return routes


def unplaced(sites: list[int], routes: dict[Slot, Route]) -> list[int]:
    """The sites that are in no route, in their order."""
    placed = {site for route in routes.values() for site in route.sites}
    return [site for site in sites if site not in placed]


def squeeze_in(
    engine: Engine, slots: list[Slot], sites: list[int], routes: dict[Slot, Route]
) -> dict[Slot, Route]:
    """A last look, one left-over site after the other: on an empty day, or added to a day that has room.

    A site left over after this fits in no day as the plan stands.
    """
    routes = dict(routes)
    for site in sorted(
        unplaced(sites, routes), key=lambda n: (-engine.problem.sites[n].priority, n)
    ):
        able = [slot for slot in slots if engine.may_come(slot, site)]
        found = engine.solve(
            engine.unlike([s for s in able if s not in routes], site), [site], level=LEVEL
        )
        if not found:
            found = add_to_a_day(engine, [slot for slot in able if slot in routes], site, routes)
        routes |= found
    return routes


def add_to_a_day(
    engine: Engine, able: list[Slot], site: int, routes: dict[Slot, Route]
) -> dict[Slot, Route]:
    """The first of these days that can take one more site, with it; empty when none can."""
    for slot in able:
        wanted = [*routes[slot].sites, site]
        if engine.free_min(slot, routes[slot]) < engine.problem.sites[site].visit_min:
            continue
        found = engine.solve([slot], wanted, level=1)
        if found and len(found[slot].stops) == len(wanted):
            return found
    return {}
