"""Why a site was left out: the first reason that holds, found by trying, with the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tour.i18n import gettext as _
from tour.planning.engine import Engine, Slot
from tour.planning.problem import Problem, SiteSpec, open_windows


@dataclass(frozen=True)
class Unserved:
    """A site left out: ``reason`` is a code, ``text`` one sentence with what would help."""

    site: str
    reason: str
    text: str


def reasons(engine: Engine, left: list[int], slots: list[Slot]) -> list[Unserved]:
    return [Unserved(engine.problem.sites[site].id, *why(engine, site, slots)) for site in left]


def why(engine: Engine, site: int, slots: list[Slot]) -> tuple[str, str]:
    """The reason's code and sentence for one site."""
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
    able = [slot for slot in slots if may_come(problem, spec, slot)]
    if not able:
        missing = ", ".join(sorted(spec.skills)) or (spec.pair or "")
        return "no_skill", _(
            "Aucun binôme n’a ce qu’il faut (%(skill)s) : ajoutez-le à un binôme.", skill=missing
        )
    if not engine.solve(able, [site], level=0):
        return alone_sentence(engine, spec, able)
    return "days_full", _(
        "Toutes les journées possibles sont pleines : ajoutez des jours ou un binôme, ou baissez la priorité d’un site voisin."
    )


def may_come(problem: Problem, spec: SiteSpec, slot: Slot) -> bool:
    pair = problem.pairs[slot.pair]
    return spec.skills <= pair.skills and spec.pair in {None, pair.id}


def closed_sentence(spec: SiteSpec, problem: Problem) -> str:
    open_days = [day for day in problem.days if any(open_windows(spec, day))]
    if not open_days:
        return _("Fermé tous les jours de la période : ouvrez un jour ou prolongez la campagne.")
    if spec.not_before and spec.not_before > max(open_days):
        return _(
            "Pas avant le %(day)s, après la fin de la période : prolongez la campagne.",
            day=shown(spec.not_before),
        )
    if spec.deadline and spec.deadline < min(open_days):
        return _(
            "L’échéance du %(day)s est passée avant le premier jour possible : repoussez-la.",
            day=shown(spec.deadline),
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


def alone_sentence(engine: Engine, spec: SiteSpec, able: list[Slot]) -> tuple[str, str]:
    """Even alone in an empty day it does not fit: too far, or open when no pair can be there."""
    problem = engine.problem
    number = problem.sites.index(spec)
    place = problem.place_of_site(number)
    nearest = min({slot.pair for slot in able}, key=lambda pair: int(problem.minutes[pair, place]))
    pair = problem.pairs[nearest]
    drive = int(problem.minutes[nearest, place]) + int(problem.minutes[place, nearest])
    needed = drive + spec.setup_min + spec.visit_min + pair.lunch_min
    hours = pair.end_min - pair.start_min
    if needed > hours or (pair.max_drive_min is not None and drive > pair.max_drive_min):
        return "too_far", _(
            "Trop loin pour une journée : %(needed)s min avec la route et le déjeuner, pour %(hours)s min de travail. "
            "Allongez la journée ou raccourcissez la visite.",
            needed=needed,
            hours=hours,
        )
    return "hours_do_not_meet", _(
        "Les horaires d’ouverture ne rencontrent ceux d’aucun binôme : élargissez les uns ou les autres."
    )


def shown(day: date) -> str:
    return f"{day:%d/%m/%Y}"
