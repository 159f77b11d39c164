"""The board: a plan as days × pairs, worked on by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.db import local_now
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.absences import diaries_of
from tour.people.models import Pair, Role
from tour.planning import board as boards
from tour.planning.board import Board, Where
from tour.planning.cards import cards_of_board, cards_of_places
from tour.planning.copying import copy_of
from tour.planning.difference import difference_with_present
from tour.planning.models import Campaign, Plan, PlanAction, PlanState
from tour.planning.options import Lock, read_options
from tour.planning.prepare import prepare, sites_nowhere
from tour.sites.models import Site
from tour.solver.problem import working_days
from tour.visits.key import VisitKey
from tour.web.guard import for_roles
from tour.web.render import page

WHOLE = "all"
SHORT = 10  # working days that are shown at once


async def plan_page(
    request: Request, plan: Plan, board: Board | None = None, *, error: str = "", status: int = 200
) -> Response:
    """A plan that is ready, its board to work on; an accepted one as it was accepted."""
    form = await request.form() if request.method == "POST" else FormData()
    if board is None and plan.state == PlanState.READY:
        board = await boards.load_board(plan)
    shown = await (cards_of_board(board) if board else cards_of_places(plan))
    days = sorted({*days_of(plan, board), *(day for _pair, day in shown.cells)})
    chosen = str(form.get("week") or request.query_params.get("week") or "")
    week = chosen if chosen in {WHOLE, *weeks_of(days)} else default_week(days)
    pairs = await Pair.filter(id__in=list(shown.pairs)).order_by("ref")
    actions = await PlanAction.filter(plan_id=plan.id).order_by("-id").only("label", "undone")
    return page(
        request,
        "planning/plan.html",
        block="board",
        status=status,
        plan=plan,
        board=board,
        shown=shown,
        pairs=pairs,
        away=await days_off(pairs, days),
        days=[day for day in days if week in {WHOLE, monday(day)}],
        all_days=days,
        weeks=weeks_of(days),
        week=week,
        undo=next((action for action in actions if not action.undone), None),
        redo=next((action for action in reversed(actions) if action.undone), None),
        nowhere=await sites_nowhere(plan.campaign, read_options(plan.options)),
        difference=await difference_with_present(board) if board else None,
        error=error,
    )


async def days_off(pairs: list[Pair], days: list[date]) -> dict[Where, str]:
    """The days on which a pair does not travel, each with a word for its cell of the board."""
    return {
        (str(pair_id), day): _("absent ce jour-là") if day in diary else _("ne se déplace pas")
        for pair_id, diary in (await diaries_of(pair.id for pair in pairs)).items()
        for day in days
        if not diary.travels(day)
    }


def days_of(plan: Plan, board: Board | None) -> list[date]:
    if board is not None:
        return list(board.problem.days)
    return working_days(plan.campaign.first_day, plan.campaign.days)


def monday(day: date) -> str:
    return (day - timedelta(days=day.weekday())).isoformat()


def weeks_of(days: list[date]) -> list[str]:
    """The Mondays of these days, as ISO dates."""
    return sorted({monday(day) for day in days})


def default_week(days: list[date]) -> str:
    """All when there are few; else this week, or the first when the period has not begun or is over."""
    this_week = monday(local_now().date())
    if len(days) <= SHORT:
        return WHOLE
    return this_week if this_week in weeks_of(days) else monday(days[0])


async def asked_plan(request: Request) -> Plan:
    plan = await Plan.get_or_none(
        id=request.path_params["plan"], campaign_id=request.path_params["campaign"]
    ).prefetch_related("campaign__pairs")
    if plan is None:
        raise NotFound(_("Ce plan n’existe pas."))
    return plan


Act = Callable[[Plan, FormData, str], Awaitable[Board]]


def acting(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """A route that changes the plan and shows its board anew; what cannot be is said on the board."""

    @for_roles(Role.PLANNER)
    async def respond(request: Request) -> Response:
        plan, form = await asked_plan(request), await request.form()
        try:
            board = await act(plan, form, request.state.agent.name)
        except UserError as refused:
            return await plan_page(request, plan, error=refused.message, status=422)
        if request.headers.get("HX-Request") == "true":
            await plan.refresh_from_db(["options", "totals", "unserved"])
            return await plan_page(request, plan, board)
        address = request.app.url_path_for("plan", campaign=plan.campaign_id, plan=plan.id)
        return RedirectResponse(f"{address}?week={form.get('week', '')}#board", status_code=303)

    return respond


def key_of(form: FormData) -> str:
    key = str(form.get("key", ""))
    try:
        VisitKey.parse(key)
    except ValueError:
        raise UserError(_("Cette visite ne fait pas partie du plan.")) from None
    return key


def where_of(form: FormData) -> Where | None:
    """The pair's day asked for; none for the tray."""
    pair, day = str(form.get("pair", "")), str(form.get("day", ""))
    if not pair and not day:
        return None
    try:
        return pair, date.fromisoformat(day)
    except ValueError:
        raise UserError(_("Choisissez un jour et un binôme."), field="day") from None


async def act_move(plan: Plan, form: FormData, by: str) -> Board:
    at = str(form.get("at", ""))
    place = int(at) if at.isascii() and at.isdigit() and len(at) < 4 else None
    return await boards.move(plan, key_of(form), where_of(form), place, by=by)


async def act_lock(plan: Plan, form: FormData, by: str) -> Board:
    return await boards.lock(
        plan, key_of(form), day="lock_day" in form, pair="lock_pair" in form, by=by
    )


async def act_on_site(plan: Plan, form: FormData, by: str) -> Board:
    does = {"exclude": boards.exclude, "split": boards.split, "merge": boards.merge}
    if form.get("do") == "include":
        site = await Site.get_or_none(id=VisitKey.parse(key_of(form)).site)
        if site is None:
            raise UserError(_("Ce site n’existe pas."))
        await learn_drives(plan, str(site.id))
        return await boards.include(plan, str(site.id), site.name, by=by)
    if (do := does.get(str(form.get("do")))) is None:
        raise UserError(_("Choisissez ce qu’il faut faire de ce site."))
    return await do(plan, key_of(form), by=by)


async def learn_drives(plan: Plan, site: str) -> None:
    """Asks for the drives to a site before the board needs them: a transaction does not wait for a router."""
    options = read_options(plan.options)
    wider = replace(options, added=options.added | {site}, excluded=options.excluded - {site})
    await prepare(await Campaign.get(id=plan.campaign_id), wider, ask_router=True)


async def act_undo(plan: Plan, form: FormData, by: str) -> Board:
    return await boards.undo(plan)


async def act_redo(plan: Plan, form: FormData, by: str) -> Board:
    return await boards.redo(plan)


def key_in_path(request: Request) -> str:
    site, part = request.path_params["site"], request.path_params["part"]
    try:
        return str(VisitKey(site, part))
    except ValueError:
        raise NotFound(_("Cette visite ne fait pas partie du plan.")) from None


@for_roles(Role.PLANNER)
async def show_visit(request: Request) -> Response:
    """What can be done with one visit of the plan."""
    plan = await asked_plan(request)
    board = await boards.load_board(plan)
    key = key_in_path(request)
    if key not in board.number or plan.state != PlanState.READY:
        raise NotFound(_("Cette visite ne fait pas partie du plan."))
    spec = board.problem.sites[board.number[key]]
    where = board.where(key)
    laid: Any = board.days.get(where) if where else None
    return page(
        request,
        "planning/visit.html",
        block="panel",
        plan=plan,
        site=await Site.get(id=request.path_params["site"]).select_related("manager"),
        spec=spec,
        key=key,
        where=where,
        stop=next((s for s in laid.stops if s.site == board.number[key]), None) if laid else None,
        broken=[b.text for b in laid.broken if b.site == board.number[key]] if laid else [],
        lock=board.options.locks.get(key, Lock()),
        parts=len(board.options.parts.get(str(request.path_params["site"]), ())),
        pairs=board.problem.pairs,
        days=board.problem.days,
        why=next((row["text"] for row in plan.unserved if row["site"] == key), ""),
        week=request.query_params.get("week", ""),
    )


@for_roles(Role.PLANNER)
async def create_copy(request: Request) -> Response:
    """A copy to work on: of a plan, or of the visits as they stand when the plan was accepted."""
    plan = await asked_plan(request)
    copy = await copy_of(plan, by_id=request.state.agent.id)
    return RedirectResponse(
        request.app.url_path_for("plan", campaign=copy.campaign_id, plan=copy.id), status_code=303
    )


PLAN = "/campaigns/{campaign:uuid}/plans/{plan:uuid}"
routes = [
    Route(f"{PLAN}/copy", create_copy, methods=["POST"], name="plan_copy"),
    Route(f"{PLAN}/moves", acting(act_move), methods=["POST"], name="plan_move"),
    Route(f"{PLAN}/locks", acting(act_lock), methods=["POST"], name="plan_lock"),
    Route(f"{PLAN}/sites", acting(act_on_site), methods=["POST"], name="plan_site"),
    Route(f"{PLAN}/undo", acting(act_undo), methods=["POST"], name="plan_undo"),
    Route(f"{PLAN}/redo", acting(act_redo), methods=["POST"], name="plan_redo"),
    Route(f"{PLAN}/visits/{{site:uuid}}/{{part:int}}", show_visit, name="plan_visit"),
]
