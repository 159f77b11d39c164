"""Other dates: those a manager may propose, those a planner may give, each worked out from the plan as it stands."""

from __future__ import annotations

from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.db import local_now
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.models import Role
from tour.planning.alternatives import Alternative, alternatives, chosen
from tour.planning.decide import to_decide
from tour.visits import invite
from tour.visits.invite import Slot
from tour.visits.models import Visit, VisitState
from tour.visits.pages.managers import (
    changeable,
    gone,
    not_too_often,
    private,
    status_of,
    visit_by_door,
)
from tour.web.guard import for_roles
from tour.web.render import page

MOST_DATES = 3


async def dates_page(
    request: Request, visit: Visit, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    form = await request.form() if request.method == "POST" else None
    typed = (
        {key: str(form.get(key, "")) for key in ("wish", "note", "name")}
        if form is not None
        else {"wish": "", "note": "", "name": request.session.get("signed", "")}
    )
    return private(
        page(
            request,
            "visits/dates.html",
            visit=visit,
            found=await others(visit),
            checked=form.getlist("dates") if form is not None else [],
            typed=typed,
            errors=errors or {},
            tomorrow=local_now().date() + timedelta(days=1),
            status=status,
        )
    )


async def others(visit: Visit) -> list[Alternative]:
    """The dates for a manager to choose from: who comes is not theirs to choose, so never the visit's own day."""
    return [found for found in await alternatives(visit) if found.slot.day != visit.day]


async def show_dates(request: Request) -> Response:
    """The dates the plan could take, best first, for the manager to choose from."""
    visit = await visit_by_door(request)
    if visit is None:
        return gone(request)
    if not changeable(visit):
        to = request.app.url_path_for("manager_visit", id=visit.id)
        return private(RedirectResponse(to, status_code=303))
    return await dates_page(request, visit)


async def create_proposed_dates(request: Request) -> Response:
    """« Proposer ces dates »."""
    visit = await visit_by_door(request)
    if visit is None:
        return gone(request)
    form = await request.form()
    name, note = (str(form.get(key, "")).strip() for key in ("name", "note"))
    picked = [str(value) for value in form.getlist("dates")]
    own, errors = read_own_date(str(form.get("wish", "")))
    found = {a.value: a for a in await others(visit)}
    if not name or len(name) > 120:
        errors["name"] = _("Indiquez votre nom.")
    if len(note) > 1000:
        errors["note"] = _("1000 caractères au plus.")
    if not picked and own is None and not errors.get("wish"):
        errors["dates"] = _("Choisissez au moins une date, ou indiquez la vôtre.")
    elif len(picked) > MOST_DATES:
        errors["dates"] = _("Trois dates au plus.")
    elif any(value not in found for value in picked):
        errors["dates"] = _("Une de ces dates vient d’être prise : choisissez-en une autre.")
    if errors:
        return await dates_page(request, visit, errors, 422)
    proposed = [found[value].slot for value in picked] + ([Slot(own)] if own else [])
    try:
        await not_too_often(request, visit)
        await invite.answer(
            visit.id, VisitState.OTHER_DATE, name=name, note=note, proposed=proposed
        )
    except UserError as error:
        return await dates_page(request, visit, {"dates": error.message}, status_of(error))
    request.session.pop("signed", None)
    to = request.app.url_path_for("manager_visit", id=visit.id)
    return private(RedirectResponse(to, status_code=303))


def read_own_date(text: str) -> tuple[date | None, dict[str, str]]:
    """The manager's own date; what is wrong with it."""
    if not text:
        return None, {}
    try:
        own = date.fromisoformat(text)
    except ValueError:
        return None, {"wish": _("Cette date ne se lit pas : jour, mois, année.")}
    if own <= local_now().date():
        return None, {"wish": _("Choisissez une date à venir.")}
    return own, {}


async def visit_of(request: Request) -> Visit:
    visit = await Visit.get_or_none(id=request.path_params["id"]).prefetch_related(
        "site__manager", "pair", "proposed_dates__pair"
    )
    if visit is None:
        raise NotFound(_("Cette visite n’existe pas."))
    return visit


async def other_dates_page(
    request: Request, visit: Visit, error: str = "", status: int = 200
) -> Response:
    return page(
        request,
        "visits/other_dates.html",
        visit=visit,
        found=await alternatives(visit),
        movable=not visit.state.begun and visit.day >= local_now().date() - timedelta(days=30),
        error=error,
        status=status,
    )


@for_roles(Role.PLANNER)
async def show_other_dates(request: Request) -> Response:
    return await other_dates_page(request, await visit_of(request))


@for_roles(Role.PLANNER)
async def create_date(request: Request) -> Response:
    """One click: the visit takes this date, and its manager is told."""
    visit, form = await visit_of(request), await request.form()
    found: Alternative | None = await chosen(visit, str(form.get("date", "")))
    if found is None:
        text = _("Cette date ne convient plus au plan : en voici d’autres.")
        return await other_dates_page(request, visit, text, 422)
    try:
        await invite.reschedule(visit.id, found.slot, by=request.state.agent.name)
    except UserError as refused:
        return await other_dates_page(request, visit, refused.message, 422)
    url_for = request.app.url_path_for
    to = url_for("inbox") if form.get("back") == "inbox" else url_for("visit", id=visit.id)
    return RedirectResponse(to, status_code=303)


@for_roles(Role.PLANNER)
async def record_answer(request: Request) -> Response:
    """What a manager said by telephone, written down by the planner."""
    visit, form = await visit_of(request), await request.form()
    states = {VisitState.CONFIRMED.value, VisitState.DECLINED.value}
    if form.get("answer") in states:
        note = str(form.get("note", "")).strip()[:1000]
        said = _("au téléphone : %(note)s", note=note) if note else _("au téléphone")
        try:
            await invite.answer(
                visit.id,
                VisitState(str(form["answer"])),
                name=request.state.agent.name,
                note=said,
                actor=invite.Actor.PLANNER,
            )
        except UserError as refused:
            return await other_dates_page(request, visit, refused.message, 422)
    return RedirectResponse(request.app.url_path_for("visit", id=visit.id), status_code=303)


@for_roles(Role.PLANNER)
async def show_inbox(request: Request) -> Response:
    """« À décider »: what waits for the planner, in order."""
    return page(request, "visits/inbox.html", tasks=await to_decide())


routes = [
    Route("/inbox", show_inbox, name="inbox"),
    Route("/v/visits/{id:uuid}/dates", show_dates, name="manager_dates"),
    Route("/v/visits/{id:uuid}/dates", create_proposed_dates, methods=["POST"]),
    Route("/visits/{id:uuid}/dates", show_other_dates, name="other_dates"),
    Route("/visits/{id:uuid}/date", create_date, methods=["POST"], name="visit_date"),
    Route("/visits/{id:uuid}/answer", record_answer, methods=["POST"], name="visit_answer"),
]
