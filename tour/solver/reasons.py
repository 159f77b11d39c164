"""Why a site was left out: the first reason that holds, found by trying, with the remedy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from tour.i18n import gettext as _
from tour.solver.engine import Engine, Route, Slot
from tour.solver.problem import Nowhere, Problem, SiteSpec, open_windows

NO_POSITION = "no_position"
NEAR_DAYS = 3  # days in which we look for the visit that a left-out site would displace
EXPLAINED = 40  # left-out sites for which we look: past that, days are plainly missing


@dataclass(frozen=True)
class Unserved:
    """A site left out: ``reason`` is a code, ``text`` one sentence with what would help."""

    site: str
    reason: str
    text: str


def reasons(
    engine: Engine, slots: list[Slot], left: list[int], routes: dict[Slot, Route]
) -> list[Unserved]:
    """The reason for each site in ``left``, of which none fits anywhere in ``routes`` as they stand."""
    unserved = []
    for number, site in enumerate(left):
        code, text = why_never(engine, site, slots) or (
            "days_full",
            full_sentence(engine, site, routes if number < EXPLAINED else {}),
        )
        unserved.append(Unserved(engine.problem.sites[site].id, code, text))
    return unserved


def left_nowhere(site: Nowhere) -> Unserved:
    return Unserved(site.id, NO_POSITION, nowhere_sentence(site.name))


def nowhere_sentence(name: str) -> str:
    return _(
        "%(site)s n’a pas de position : complétez son adresse ou indiquez où il est.", site=name
    )


def why_never(engine: Engine, site: int, slots: list[Slot]) -> tuple[str, str] | None:
    """The reason's code and sentence for a site that would fit in no day even were all days empty."""
    problem = engine.problem
    spec = problem.sites[site]
    if spec.pin:
        return "pair_gone", _(
            "La visite est fixée avec un binôme qui ne fait pas partie de la campagne : ajoutez-le."
        )
    if not slots:
        return "no_day", _(
            "Aucun binôme n’a de jour de travail dans la période : allongez la campagne."
        )
    if not engine.windows[site]:
        return "closed_all_days", closed_sentence(spec, problem)
    able = [slot for slot in slots if suits(problem, spec, slot)]
    if not able:
        missing = ", ".join(sorted(spec.skills)) or spec.pair or ""
        return "no_skill", _(
            "Aucun binôme n’a ce qu’il faut (%(skill)s) : ajoutez-le à un binôme.", skill=missing
        )
    if engine.solve(engine.unlike(able, site), [site], level=0):
        return None
    if fits_when_always_open(problem, site, able):
        return "hours_do_not_meet", _(
            "Les horaires d’ouverture ne rencontrent ceux d’aucun binôme : élargissez les uns ou les autres."
        )
    return "too_far", far_sentence(engine, site, able)


def suits(problem: Problem, spec: SiteSpec, slot: Slot) -> bool:
    pair = problem.pairs[slot.pair]
    return spec.skills <= pair.skills and spec.pair in {None, pair.id}


def fits_when_always_open(problem: Problem, site: int, able: list[Slot]) -> bool:
    """Whether the visit would fit in an empty day if the site were open day and night."""
    spec = replace(
        problem.sites[site],
        opening_hours="",
        blocked=frozenset(),
        not_before=None,
        deadline=None,
    )
    lodgings = range(len(problem.pairs) + len(problem.sites), len(problem.minutes))
    places = [*range(len(problem.pairs)), problem.place_of_site(site), *lodgings]
    part = np.ix_(places, places)
    alone = Engine(
        replace(
            problem,
            sites=(spec,),
            minutes=problem.minutes[part],
            km=problem.km[part],
            source=None,
        )
    )
    return bool(alone.solve(alone.unlike(able, 0), [0], level=0))


def closed_sentence(spec: SiteSpec, problem: Problem) -> str:
    open_days = [day for day in problem.days if any(open_windows(spec, day))]
    if not open_days:
        return _("Fermé tous les jours de la période : ouvrez un jour ou prolongez la campagne.")
    if spec.not_before and spec.not_before > max(open_days):
        return _(
            "Pas avant le %(day)s, après la fin de la période : prolongez la campagne.",
            day=full_date(spec.not_before),
        )
    if spec.days is not None and not spec.days & set(open_days):
        return _(
            "Fixé par vous au %(days)s, jour de fermeture : levez ce choix ou changez de jour.",
            days=", ".join(full_date(day) for day in sorted(spec.days)),
        )
    if spec.deadline and spec.deadline < min(open_days):
        return _(
            "L’échéance du %(day)s est passée avant le premier jour possible : repoussez-la.",
            day=full_date(spec.deadline),
        )
    if all(
        end - begin < spec.visit_min for day in open_days for begin, end in open_windows(spec, day)
    ):
        return _(
            "Jamais ouvert assez longtemps pour une visite de %(minutes)s min : raccourcissez-la ou élargissez les horaires.",
            minutes=spec.visit_min,
        )
    return _(
        "Tous les jours d’ouverture sont bloqués ou refusés : rouvrez une date ou prolongez la campagne."
    )


def far_sentence(engine: Engine, site: int, able: list[Slot]) -> str:
    """For the nearest pair: what limit a day with this visit alone breaks."""
    problem = engine.problem
    spec, place = problem.sites[site], problem.place_of_site(site)
    drives = {
        pair: int(problem.minutes[pair, place] + problem.minutes[place, pair])
        for pair in sorted({slot.pair for slot in able})
    }
    nearest = min(drives, key=lambda number: drives[number])
    pair, drive = problem.pairs[nearest], drives[nearest]
    if pair.max_drive_min is not None and drive > pair.max_drive_min:
        return _(
            "Trop loin : %(drive)s min de route aller-retour, pour une limite de %(limit)s min par jour. Relevez la limite.",
            drive=drive,
            limit=pair.max_drive_min,
        )
    needed = drive + spec.setup_min + spec.visit_min + (pair.lunch_min if pair.lunches else 0)
    return _(
        "Trop loin pour une journée : %(needed)s min avec la route et le déjeuner, pour %(hours)s min de travail. "
        "Allongez la journée ou raccourcissez la visite.",
        needed=needed,
        hours=pair.end_min - pair.start_min,
    )


def full_sentence(engine: Engine, site: int, routes: dict[Slot, Route]) -> str:
    displaced = whom_it_would_displace(engine, site, routes)
    if displaced is None:
        return _(
            "Toutes les journées possibles sont pleines : ajoutez des jours ou un binôme, ou baissez la priorité d’un site voisin."
        )
    slot, other = displaced
    return _(
        "Toutes les journées possibles sont pleines : ajoutez des jours ou un binôme. "
        "Sa visite prendrait la place de « %(other)s », le %(day)s.",
        other=engine.problem.sites[other].name,
        day=full_date(slot.day),
    )


def whom_it_would_displace(
    engine: Engine, site: int, routes: dict[Slot, Route]
) -> tuple[Slot, int] | None:
    """A visit of no higher priority, in a day passing near, whose place the site could take; tried, not guessed."""
    problem = engine.problem
    minutes, place = problem.minutes, problem.place_of_site

    def away(slot: Slot) -> int:
        return min(int(minutes[place(site), place(other)]) for other in routes[slot].sites)

    able = [slot for slot in routes if engine.may_come(slot, site)]
    for slot in sorted(able, key=lambda s: (away(s), s.day, s.pair))[:NEAR_DAYS]:
        for other in sorted(routes[slot].sites, key=lambda o: problem.sites[o].priority):
            if other in engine.pins or problem.sites[other].priority > problem.sites[site].priority:
                continue
            wanted = [stop for stop in routes[slot].sites if stop != other] + [site]
            found = engine.solve([slot], wanted, level=0)
            if found and len(found[slot].stops) == len(wanted):
                return slot, other
    return None


def full_date(day: date) -> str:
    return f"{day:%d/%m/%Y}"
