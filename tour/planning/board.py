"""A plan as it is worked on by hand: what stands where, what each action changes, undo and redo.

Every action gives whole days anew and, where it must, other options. What was there before is kept with it, so that
undoing is putting it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any
from uuid import UUID

from tour.db import transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.planning.models import Campaign, Plan, PlanAction, PlannedVisit, PlanState
from tour.planning.options import (
    Lock,
    Options,
    read_options,
    write_options,
)
from tour.planning.prepare import minute_of, prepare
from tour.solver.day import Broken, Day, best_order, lay_out
from tour.solver.problem import Problem
from tour.visits.key import VisitKey

KEPT_ACTIONS = 50
SHORTEST_PART_MIN = 30

Where = tuple[str, date]  # a pair's day: the pair's id, and the day
Order = dict[Where, list[str]]  # visits by pair's day, in their order


@dataclass(frozen=True)
class Board:
    """A plan with its problem.

    ``order`` holds each day's visits, ``days`` what their hours would be and what they break; ``hours`` are the starts
    as the plan has them, in minutes: those of the solver or of the visits it is a copy of, until the day is touched.
    """

    plan: Plan
    options: Options
    problem: Problem
    order: Order
    days: dict[Where, Day]
    hours: dict[str, int]
    tray: list[str]  # visits that stand nowhere

    @property
    def number(self) -> dict[str, int]:
        return {site.id: number for number, site in enumerate(self.problem.sites)}

    def where(self, key: str) -> Where | None:
        return next((where for where, keys in self.order.items() if key in keys), None)

    def broken(self) -> dict[Where, tuple[Broken, ...]]:
        """Rules that do not hold, by day."""
        return {where: day.broken for where, day in self.days.items() if day.broken}

    def blocking(self) -> list[Broken]:
        """What keeps the plan from being accepted: rules broken on days that are not all agreed with managers."""
        pinned = {number for number, site in enumerate(self.problem.sites) if site.pin}
        return [
            broken
            for day in self.days.values()
            if {stop.site for stop in day.stops} - pinned
            for broken in day.broken
        ]


async def load_board(plan: Plan, *, earliest: date | None = None) -> Board:
    """The board of a plan; days before ``earliest`` (default: tomorrow) are past."""
    options = read_options(plan.options)
    order: Order = {}
    hours: dict[str, int] = {}
    for place in await PlannedVisit.filter(plan_id=plan.id).order_by("day", "start"):
        where = str(place.pair_id), place.day
        key = str(place.key)
        order.setdefault(where, []).append(key)
        hours[key] = minute_of(place.start)
    return make_board(plan, options, await problem_of(plan, options, earliest), order, hours)


async def problem_of(plan: Plan, options: Options, earliest: date | None = None) -> Problem:
    campaign = await Campaign.get(id=plan.campaign_id)
    return (await prepare(campaign, options, earliest=earliest)).problem


def make_board(
    plan: Plan,
    options: Options,
    problem: Problem,
    order: Order,
    hours: dict[str, int],
    before: Board | None = None,
) -> Board:
    """Hours and broken rules of every day; visits that are no longer part of the problem are left out."""
    number = {site.id: n for n, site in enumerate(problem.sites)}
    order = {
        where: kept for where, keys in order.items() if (kept := [k for k in keys if k in number])
    }
    placed = {key for keys in order.values() for key in keys}
    same = before.order if before is not None and before.problem is problem else {}
    days = before.days if before is not None else {}
    return Board(
        plan,
        options,
        problem,
        order,
        {
            where: days[where] if same.get(where) == keys else day_of(problem, number, where, keys)
            for where, keys in order.items()
        },
        hours,
        [site.id for site in problem.sites if site.id not in placed],
    )


def day_of(problem: Problem, number: dict[str, int], where: Where, keys: Sequence[str]) -> Day:
    return lay_out(problem, pair_number(problem, where[0]), where[1], [number[key] for key in keys])


def pair_number(problem: Problem, pair: str) -> int:
    """Raises UserError for a pair that is not in this plan."""
    for number, spec in enumerate(problem.pairs):
        if spec.id == pair:
            return number
    raise UserError(_("Ce binôme ne fait pas partie du plan."), field="pair")


async def move(plan: Plan, key: str, to: Where | None, at: int | None, *, by: str) -> Board:
    """Moves a visit to a pair's day, at a place in its order (default: where it is best), or to the tray."""
    async with transaction():
        board = await editable(plan)
        number = known(board, key)
        order = without(board.order, key)
        if to is not None:
            pair = pair_number(board.problem, to[0])
            keys = order.get(to, [])
            if at is None:
                numbers = [board.number[k] for k in keys]
                best = best_order(board.problem, pair, to[1], numbers, number)
                order[to] = [board.problem.sites[n].id for n in best]
            else:
                order[to] = [*keys[:at], key, *keys[at:]]
        name = board.problem.sites[number].name
        label = (
            _("%(site)s mise de côté", site=name)
            if to is None
            else _("%(site)s au %(day)s", site=name, day=f"{to[1]:%d/%m}")
        )
        return await record(board, order, board.options, label, by)


async def lock(plan: Plan, key: str, *, day: bool, pair: bool, by: str) -> Board:
    """Locks a visit to the day, the pair or both where it stands; neither unlocks it."""
    async with transaction():
        board = await editable(plan)
        number, where = known(board, key), board.where(key)
        if where is None:
            raise UserError(_("Placez d’abord cette visite : on verrouille là où elle est."))
        chosen = Lock(day=where[1] if day else None, pair=where[0] if pair else None)
        name = board.problem.sites[number].name
        label = (
            _("%(site)s verrouillée", site=name)
            if day or pair
            else _("%(site)s déverrouillée", site=name)
        )
        return await record(board, board.order, board.options.with_lock(key, chosen), label, by)


async def exclude(plan: Plan, key: str, *, by: str) -> Board:
    """Takes a site out of the plan, with all its visits."""
    async with transaction():
        board = await editable(plan)
        spec = board.problem.sites[known(board, key)]
        name, site = spec.name, str(VisitKey.parse(key).site)
        if any(
            other.pin
            for other in board.problem.sites
            if VisitKey.parse(other.id).site == VisitKey.parse(key).site
        ):
            raise UserError(
                _(
                    "Cette visite est convenue avec son responsable : déplacez-la ou annulez-la d’abord, dans « À décider » ou sur sa page."
                )
            )
        options = replace(
            board.options,
            excluded=board.options.excluded | {site},
            added=board.options.added - {site},
        )
        return await record(board, board.order, options, _("%(site)s hors du plan", site=name), by)


async def include(plan: Plan, site: str, name: str, *, by: str) -> Board:
    """Puts a site into the plan: one that was taken out, or one that is not in the campaign."""
    async with transaction():
        board = await editable(plan)
        options = replace(
            board.options,
            excluded=board.options.excluded - {site},
            added=board.options.added | {site},
        )
        return await record(board, board.order, options, _("%(site)s dans le plan", site=name), by)


async def split(plan: Plan, key: str, *, by: str) -> Board:
    """Splits a site's visit in two of half the time; the new one waits in the tray."""
    async with transaction():
        board = await editable(plan)
        spec = board.problem.sites[known(board, key)]
        visit = VisitKey.parse(key)
        site, part = str(visit.site), visit.part
        if spec.pin:
            raise UserError(
                _("Cette visite est convenue avec son responsable : elle ne se divise pas.")
            )
        if spec.visit_min < 2 * SHORTEST_PART_MIN:
            raise UserError(
                _("Une visite de %(minutes)s min ne se divise pas.", minutes=spec.visit_min)
            )
        parts = list(board.options.parts.get(site, (spec.visit_min,)))
        half = parts[part - 1] // 2
        parts[part - 1] -= half
        options = replace(board.options, parts=board.options.parts | {site: (*parts, half)})
        return await record(
            board, board.order, options, _("%(site)s en deux visites", site=spec.name), by
        )


async def merge(plan: Plan, key: str, *, by: str) -> Board:
    """Makes one visit again of a site's several."""
    async with transaction():
        board = await editable(plan)
        name, site = board.problem.sites[known(board, key)].name, str(VisitKey.parse(key).site)
        others = {k: v for k, v in board.options.parts.items() if k != site}
        locks = {
            k: v
            for k, v in board.options.locks.items()
            if k == site or str(VisitKey.parse(k).site) != site
        }
        options = replace(board.options, parts=others, locks=locks)
        return await record(board, board.order, options, _("%(site)s en une visite", site=name), by)


async def undo(plan: Plan) -> Board:
    """Takes the last action back. Raises UserError when there is none."""
    return await put_back(plan, undone=False)


async def redo(plan: Plan) -> Board:
    """Does again what was last taken back. Raises UserError when there is nothing."""
    return await put_back(plan, undone=True)


async def put_back(plan: Plan, *, undone: bool) -> Board:
    async with transaction():
        board = await editable(plan)
        actions = PlanAction.filter(plan_id=plan.id, undone=undone)
        action = await actions.order_by("id" if undone else "-id").first()
        if action is None:
            raise UserError(_("Rien à rétablir.") if undone else _("Rien à annuler."))
        state = action.after if undone else action.before
        order = {**board.order, **read_order(state["order"])}
        await PlanAction.filter(id=action.id).update(undone=not undone)
        return await write(board, order, read_options(state["options"]), state["hours"])


async def editable(plan: Plan) -> Board:
    """The board of a plan that may be changed. Raises UserError when it may not."""
    await plan.refresh_from_db()
    if plan.state != PlanState.READY:
        raise UserError(_("Ce plan ne se modifie pas : faites-en une copie."))
    return await load_board(plan)


def known(board: Board, key: str) -> int:
    """The visit's number in the problem. Raises UserError when it is not part of the plan."""
    if key not in board.number:
        raise UserError(_("Cette visite ne fait pas partie du plan."))
    return board.number[key]


def without(order: Order, key: str) -> Order:
    return {where: [k for k in keys if k != key] for where, keys in order.items()}


async def record(board: Board, order: Order, options: Options, label: str, by: str) -> Board:
    """Writes an action's outcome, with what it takes to undo it."""
    after = await write(board, order, options)
    changed = changed_days(board, after)
    await PlanAction.filter(plan_id=board.plan.id, undone=True).delete()
    await PlanAction.create(
        plan_id=board.plan.id,
        label=label[:200],
        before=stored(board, changed),
        after=stored(after, changed),
        by=by,
    )
    old = (
        await PlanAction.filter(plan_id=board.plan.id)
        .order_by("-id")
        .offset(KEPT_ACTIONS)
        .limit(10)
    )
    await PlanAction.filter(id__in=[action.id for action in old]).delete()
    return after


def stored(board: Board, changed: set[Where]) -> dict[str, Any]:
    """An action's before or after, as JSON."""
    return {
        "options": write_options(board.options),
        "hours": {key: board.hours[key] for where in changed for key in board.order.get(where, [])},
        "order": [
            [pair, day.isoformat(), board.order.get((pair, day), [])] for pair, day in changed
        ],
    }


def read_order(rows: list[list[Any]]) -> Order:
    return {(pair, date.fromisoformat(day)): list(keys) for pair, day, keys in rows}


async def write(
    board: Board, order: Order, options: Options, hours: dict[str, int] | None = None
) -> Board:
    """Stores the days that are not as they were, and what the plan comes to; ``hours`` are kept where given."""
    same = options == board.options
    problem = board.problem if same else await problem_of(board.plan, options)
    after = make_board(board.plan, options, problem, order, dict(board.hours), board)
    changed = changed_days(board, after)
    for where in changed:
        for stop in after.days[where].stops if where in after.days else ():
            after.hours[problem.sites[stop.site].id] = stop.start_min
    after.hours.update(hours or {})
    for pair, day in changed:
        await PlannedVisit.filter(plan_id=board.plan.id, pair_id=pair, day=day).delete()
    await PlannedVisit.bulk_create(
        [row for where in changed if where in after.days for row in rows(after, where)]
    )
    await Plan.filter(id=board.plan.id).update(
        options=write_options(options), totals=board.plan.totals | totals(after)
    )
    return after


def changed_days(before: Board, after: Board) -> set[Where]:
    """Days with other visits, another order or other hours. (Visits keep their numbers only while options stay.)"""
    return {
        where
        for where in {*before.days, *after.days}
        if before.order.get(where) != after.order.get(where)
        or hours_of(before, where) != hours_of(after, where)
    }


def hours_of(board: Board, where: Where) -> list[tuple[int, int]]:
    day = board.days.get(where)
    return [(stop.start_min, stop.end_min) for stop in day.stops] if day else []


def rows(board: Board, where: Where) -> list[PlannedVisit]:
    """A day's visits for the database."""
    made = []
    for stop in board.days[where].stops:
        spec = board.problem.sites[stop.site]
        key = VisitKey.parse(spec.id)
        made.append(
            PlannedVisit(
                plan_id=board.plan.id,
                site_id=key.site,
                part=key.part,
                pair_id=UUID(where[0]),
                day=where[1],
                start=clock(board.hours[spec.id]),
                end=clock(board.hours[spec.id] + spec.visit_min),
                drive_before_min=stop.drive_before_min,
                drive_after_min=stop.drive_after_min,
                drive_source=stop.drive_source,
                pinned=spec.pin is not None,
            )
        )
    return made


def clock(minutes: int) -> time:
    """A time of day; what would end past midnight is shown at its last minute (and named as broken)."""
    return time(*divmod(min(minutes, 24 * 60 - 1), 60))


def totals(board: Board) -> dict[str, Any]:
    """What the plan comes to, in the words of the solver's totals."""
    sites, days = board.problem.sites, board.days
    return {
        "served": sum(len(day.stops) for day in days.values()),
        "unserved": len(board.tray) + len(board.problem.nowhere),
        "drive_min": sum(day.drive_min for day in days.values()),
        "visit_min": sum(sites[stop.site].visit_min for day in days.values() for stop in day.stops),
        "pair_days": len(days),
        "km": round(
            sum(
                board.problem.path_km(
                    pair_number(board.problem, pair), day, [stop.site for stop in laid.stops]
                )
                for (pair, day), laid in days.items()
            ),
            1,
        ),
    }
