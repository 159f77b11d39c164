"""Cancelling a visit, and finding who could be visited instead."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.db import local_now
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.absences import diaries_of
from tour.people.models import Role
from tour.planning.replace import cancel, candidates, take_over
from tour.visits.models import Visit
from tour.web.guard import for_roles
from tour.web.render import page


async def visit_of(request: Request) -> Visit:
    visit = await Visit.get_or_none(id=request.path_params["id"]).select_related("site", "pair")
    if visit is None or visit.campaign_id is None:
        raise NotFound(_("Cette visite n’existe pas."))
    return visit


def now_min(visit: Visit) -> int:
    """The present minute when the visit is today, else the start of the day."""
    now = local_now()
    return now.hour * 60 + now.minute if visit.day == now.date() else 0


@for_roles(Role.PLANNER)
async def show_replacements(request: Request) -> Response:
    return await replacements_page(request, await visit_of(request))


async def replacements_page(
    request: Request, visit: Visit, error: str = "", status: int = 200
) -> Response:
    past = visit.day < local_now().date()
    return page(
        request,
        "visits/replacements.html",
        status=status,
        visit=visit,
        fallen=visit.state.vacant,
        past=past,
        away=(await diaries_of([visit.pair_id]))[visit.pair_id].why_not(visit.day),
        found=[] if past else await candidates(visit, now_min=now_min(visit)),
        error=error,
    )


@for_roles(Role.PLANNER)
async def create_replacement(request: Request) -> Response:
    """« Placer »: the chosen site takes the place."""
    visit, form = await visit_of(request), await request.form()
    try:
        site = next(
            c.site.id
            for c in await candidates(visit, now_min=now_min(visit))
            if str(c.site.id) == form.get("site")
        )
        taken = await take_over(visit, site, by=request.state.agent.name, now_min=now_min(visit))
    except StopIteration:
        text = _("Ce site ne tient plus dans la journée : choisissez-en un autre.")
        return await replacements_page(request, visit, text, 422)
    except UserError as refused:
        return await replacements_page(request, visit, refused.message, 422)
    return RedirectResponse(request.app.url_path_for("visit", id=taken.id), status_code=303)


@for_roles(Role.PLANNER)
async def create_cancellation(request: Request) -> Response:
    """« Annuler la visite », then who could be visited instead."""
    visit, form = await visit_of(request), await request.form()
    reason = str(form.get("reason", "")).strip()[:500]
    if not reason:
        return await replacements_page(request, visit, _("Dites pourquoi en quelques mots."), 422)
    try:
        await cancel(visit, reason, by=request.state.agent.name)
    except UserError as refused:
        return await replacements_page(request, visit, refused.message, 422)
    return RedirectResponse(request.app.url_path_for("replacements", id=visit.id), status_code=303)


routes = [
    Route("/visits/{id:uuid}/replacements", show_replacements, name="replacements"),
    Route("/visits/{id:uuid}/replacements", create_replacement, methods=["POST"]),
    Route(
        "/visits/{id:uuid}/cancellation", create_cancellation, methods=["POST"], name="cancellation"
    ),
]
