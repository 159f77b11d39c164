"""POPMUSIC: take a route and its nearest neighbours, solve that piece alone, keep it when it is better.

Taillard and Voß (2002), Popmusic – partial optimization metaheuristic under special intensification conditions.
"""

from __future__ import annotations

import random

from tour.planning.engine import Engine, Route, Slot

LEVEL = 2  # VROOM's effort on a piece
ROUTES = 6  # routes in a piece
EMPTY = 4  # empty days offered with them
LEFT_OVER = 12  # sites not served yet, offered with them


class Improver:
    """Improves a plan step by step; ``routes`` is the best so far."""

    def __init__(
        self,
        engine: Engine,
        slots: list[Slot],
        sites: list[int],
        routes: dict[Slot, Route],
        dice: random.Random,
        threads: int,
    ) -> None:
        self.engine = engine
        self.slots = slots
        self.sites = sites
        self.routes = dict(routes)
        self.dice = dice
        self.threads = threads
        self.untried: set[Slot] = set(routes)

    def step(self) -> bool:
        """Tries one piece; false when there is nothing to try at all."""
        if not self.routes and not self.sites:
            return False
        piece = self.choose()
        routes, left = self.piece_routes(piece), self.left_over()
        sites = [site for route in routes.values() for site in route.sites] + left
        offered = [*piece, *self.some_empty(piece)]
        found = self.engine.solve(offered, sites, level=LEVEL, threads=self.threads)
        if better(self.engine, found, routes):
            for slot in piece:
                self.routes.pop(slot, None)
            self.routes.update(found)
            self.untried |= set(found)
            self.untried &= set(self.routes)
        else:
            self.untried -= set(piece[:1])
        return True

    def choose(self) -> list[Slot]:
        """A route not tried since it changed, and its neighbours; when all were tried, a random and larger piece."""
        if not self.routes:
            return []
        known = sorted(self.untried or self.routes, key=lambda slot: (slot.day, slot.pair))
        seed = self.dice.choice(known)
        size = ROUTES if self.untried else ROUTES + self.dice.randrange(0, 5)
        spread = 1.0 if self.untried else self.dice.choice((1.0, 1.4, 2.0))
        others = [slot for slot in self.routes if slot != seed]
        nearest = sorted(
            others,
            key=lambda slot: (
                self.distance(seed, slot) * self.dice.uniform(1, spread),
                slot.day,
                slot.pair,
            ),
        )
        return [seed, *nearest[: size - 1]]

    def distance(self, one: Slot, other: Slot) -> float:
        """Minutes between the closest places of two routes, and a little for the days between them."""
        minutes = self.engine.problem.minutes
        place = self.engine.problem.place_of_site
        a = [place(site) for site in self.routes[one].sites]
        b = [place(site) for site in self.routes[other].sites]
        gap_days = abs((one.day - other.day).days)
        return float(minutes[a][:, b].min()) + float(minutes[a][:, b].mean()) / 4 + gap_days / 20

    def piece_routes(self, piece: list[Slot]) -> dict[Slot, Route]:
        return {slot: self.routes[slot] for slot in piece}

    def left_over(self) -> list[int]:
        """Some of the sites not served, the most important first."""
        placed = {site for route in self.routes.values() for site in route.sites}
        left = [site for site in self.sites if site not in placed]
        self.dice.shuffle(left)
        left.sort(key=lambda site: -self.engine.problem.sites[site].priority)
        return left[:LEFT_OVER]

    def some_empty(self, piece: list[Slot]) -> list[Slot]:
        """Empty days of the pairs in the piece, and of any pair when sites are left over."""
        pairs = {slot.pair for slot in piece}
        empty = [slot for slot in self.slots if slot not in self.routes]
        near = [slot for slot in empty if slot.pair in pairs] or empty
        return self.dice.sample(near, min(EMPTY, len(near)))


def better(engine: Engine, new: dict[Slot, Route], old: dict[Slot, Route]) -> bool:
    return score(engine, new) > score(engine, old)


def score(engine: Engine, routes: dict[Slot, Route]) -> tuple[int, int, int, int]:
    """What a plan is worth, most important first: pins kept, priority served, sites served, minutes not driven."""
    problem = engine.problem
    pins = priority = served = drive = 0
    for slot, route in routes.items():
        before = slot.pair
        for site in route.sites:
            spec, place = problem.sites[site], problem.place_of_site(site)
            pins += spec.pin is not None
            priority += spec.priority
            served += 1
            drive += int(problem.minutes[before, place])
            before = place
        drive += int(problem.minutes[before, slot.pair])
    return pins, priority, served, -drive
