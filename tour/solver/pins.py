"""Pinned visits: those that fit are handed to the solver, those that clash stay where they are and are named."""

from __future__ import annotations

from dataclasses import dataclass, field

from tour.i18n import gettext as _
from tour.solver.engine import Engine, Route, Slot


@dataclass
class Settled:
    """Days with pinned visits. ``frozen``: as they stand, nothing may be added. ``alone``: the pins' own route."""

    frozen: dict[Slot, Route] = field(default_factory=dict)
    alone: dict[Slot, Route] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)  # in words

    def kept(self, routes: dict[Slot, Route]) -> dict[Slot, Route]:
        """The plan with every pin in it: a day that lost one has only its pins."""
        return routes | {
            slot: pins
            for slot, pins in self.alone.items()
            if slot not in routes or not set(pins.sites) <= set(routes[slot].sites)
        }


def settle_pins(engine: Engine) -> Settled:
    """Tries each day's pins alone: a day where they do not fit keeps them all and gets nothing else."""
    problem, settled = engine.problem, Settled()
    for number, site in enumerate(problem.sites):
        if site.pin and number not in engine.pins:
            settled.clashes.append(
                _(
                    "%(site)s : le binôme de sa visite ne fait pas partie de la campagne.",
                    site=site.name,
                )
            )
    by_slot: dict[Slot, list[int]] = {}
    for number, slot in engine.pins.items():
        by_slot.setdefault(slot, []).append(number)
    for slot, pinned in sorted(by_slot.items(), key=lambda item: (item[0].day, item[0].pair)):
        found = engine.solve([slot], pinned, level=1).get(slot, Route())
        if problem.pairs[slot.pair].works(slot.day) and len(found.stops) == len(pinned):
            settled.alone[slot] = found
        else:
            settled.frozen[slot] = as_it_stands(engine, pinned)
            settled.clashes.append(clash(engine, slot, pinned))
    return settled


def as_it_stands(engine: Engine, pinned: list[int]) -> Route:
    starts = {n: pin.start_min for n in pinned if (pin := engine.problem.sites[n].pin)}
    return Route(tuple(sorted(starts.items(), key=lambda stop: (stop[1], stop[0]))))


def clash(engine: Engine, slot: Slot, pinned: list[int]) -> str:
    pair = engine.problem.pairs[slot.pair]
    if not pair.works(slot.day):
        sentence = (
            _("%(day)s, %(pair)s est absent : visite fixée de %(sites)s, à décider.")
            if slot.day in pair.absences
            else _("%(day)s, %(pair)s ne travaille pas : visite fixée de %(sites)s, à décider.")
        )
    elif len(pinned) == 1:
        sentence = _(
            "%(day)s, %(pair)s : la visite fixée de %(sites)s ne tient pas dans la journée (heures de travail, route ou déjeuner)."
        )
    else:
        sentence = _(
            "%(day)s, %(pair)s : les visites fixées de %(sites)s ne tiennent pas ensemble dans la journée (heures de travail, route ou déjeuner)."
        )
    names = ", ".join(engine.problem.sites[site].name for site in pinned)
    return sentence % {"day": f"{slot.day:%d/%m/%Y}", "pair": pair.name, "sites": names}
