"""POPMUSIC: take a route and its nearest neighbours, solve that piece alone, keep it when it is better.

Taillard and Voß (2002), Popmusic – partial optimization metaheuristic under special intensification conditions.
"""

from __future__ import annotations

import random

from tour.solver.engine import Engine, Route, Slot
from tour.solver.first import unplaced

LEVEL = 2  # VROOM's effort on a piece
ROUTES = 5  # routes in a piece
MOST_SITES = 60  # sites in a piece of several routes: one piece takes well under a second, so a stop is obeyed at once
EMPTY = 2  # empty days offered with them
WISH_MIN = 10  # minutes of drive that the pair a site prefers is worth
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
        *,
        only_more: bool = False,
        within_pairs: bool = False,
    ) -> None:
        """``only_more``: nothing moves but to serve a site that would be left out; ``within_pairs``: from pair to pair."""
        self.engine = engine
        self.slots = slots
        self.routes = dict(routes)
        self.dice = dice
        self.threads = threads
        self.only_more = only_more
        self.within_pairs = within_pairs
        self.wished = {
            site: engine.pair_index[pair]
            for site in sites
            if (pair := engine.problem.sites[site].prefers) in engine.pair_index
        }
        self.untried: set[Slot] = set(routes)
        # Sites that fit in no day even alone would only stand in the way of the others.
        hopeless = self.hopeless(unplaced(sites, routes))
        self.sites = [site for site in sites if site not in hopeless]

    def hopeless(self, left: list[int]) -> set[int]:
        return {
            site
            for site in left
            if not self.engine.solve(
                self.engine.unlike((s for s in self.slots if self.engine.may_come(s, site)), site),
                [site],
                level=0,
            )
        }

    def step(self) -> bool:
        """Tries one piece; false when there is nothing left to try."""
        left = self.left_over()
        if not self.routes or (not self.untried and not left and len(self.routes) <= ROUTES):
            return False
        if self.only_more and not (left and self.untried):
            return False
        piece = self.choose()
        routes = {slot: self.routes[slot] for slot in piece}
        sites = [site for route in routes.values() for site in route.sites] + left
        wished = {self.wished[site] for site in sites if site in self.wished}
        offered = [*piece, *self.some_empty({slot.pair for slot in piece} | wished, left)]
        found = self.best(offered, sites, wishes=(False, True) if wished else (False,))
        old, new = score(self.engine, routes), score(self.engine, found)
        if new[:3] > old[:3] if self.only_more else new > old:
            for slot in piece:
                del self.routes[slot]
            self.routes.update(found)
            self.untried = (self.untried | set(found)) & set(self.routes)
        else:
            self.untried.discard(piece[0])
        return True

    def best(
        self, offered: list[Slot], sites: list[int], wishes: tuple[bool, ...]
    ) -> dict[Slot, Route]:
        answers = [
            self.engine.solve(offered, sites, level=LEVEL, threads=self.threads, wishes=as_wished)
            for as_wished in wishes
        ]
        return max(answers, key=lambda routes: score(self.engine, routes))

    def choose(self) -> list[Slot]:
        """A route not tried since it changed, and its neighbours; when all were tried, a random and larger piece."""
        known = sorted(self.untried or self.routes, key=in_order)
        seed = self.dice.choice(known)
        size = ROUTES if self.untried else ROUTES + self.dice.randrange(0, 5)
        spread = 1.0 if self.untried else self.dice.choice((1.0, 1.4, 2.0))
        gaps = self.gaps(seed)
        nearest = sorted(gaps, key=lambda slot: gaps[slot] * self.dice.uniform(1, spread))
        piece, sites = [seed], len(self.routes[seed].sites)
        for slot in nearest[: size - 1]:
            sites += len(self.routes[slot].sites)
            if sites > MOST_SITES and len(piece) > 1:
                break
            piece.append(slot)
        return piece

    def gaps(self, seed: Slot) -> dict[Slot, float]:
        """How far the other routes are: minutes between closest places, a little for the rest and for the days."""
        problem = self.engine.problem
        minutes = problem.minutes[[problem.place_of_site(site) for site in self.routes[seed].sites]]
        closest, mean = minutes.min(axis=0).tolist(), minutes.mean(axis=0).tolist()
        gaps: dict[Slot, float] = {}
        others = [
            slot
            for slot in self.routes.keys() - {seed}
            if slot.pair == seed.pair or not self.within_pairs
        ]
        for slot in sorted(others, key=in_order):
            places = [problem.place_of_site(site) for site in self.routes[slot].sites]
            apart = sum(mean[place] for place in places) / len(places)
            gaps[slot] = (
                min(closest[place] for place in places)
                + apart / 4
                + abs((slot.day - seed.day).days) / 20
            )
        return gaps

    def left_over(self) -> list[int]:
        """Some of the sites not served, the most important first."""
        left = unplaced(self.sites, self.routes)
        self.dice.shuffle(left)
        left.sort(key=lambda site: -self.engine.problem.sites[site].priority)
        return left[:LEFT_OVER]

    def some_empty(self, pairs: set[int], left: list[int]) -> list[Slot]:
        """Empty days of these pairs, and of pairs that may visit what is left over."""
        empty = [slot for slot in self.slots if slot not in self.routes]
        useful = [
            slot
            for slot in empty
            if slot.pair in pairs
            or (not self.within_pairs and any(self.engine.may_come(slot, site) for site in left))
        ]
        return self.dice.sample(useful, min(EMPTY, len(useful)))


def in_order(slot: Slot) -> tuple[int, int]:
    return slot.day.toordinal(), slot.pair


def score(engine: Engine, routes: dict[Slot, Route]) -> tuple[int, int, int, int]:
    """What a plan is worth, most important first: pins kept, priority served, sites served, minutes not driven.

    A visit by another pair than the site would like counts as WISH_MIN more. A pair that sleeps away drives there in
    any case: only what its visits add counts.
    """
    sites = [site for route in routes.values() for site in route.sites]
    return (
        sum(site in engine.pins for site in sites),
        sum(engine.problem.sites[site].priority for site in sites),
        len(sites),
        -sum(
            engine.drive_min(slot, route)
            - engine.drive_min(slot, Route())
            + WISH_MIN * engine.against_wishes(slot, route)
            for slot, route in routes.items()
        ),
    )
