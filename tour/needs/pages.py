"""A need and what became of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tour.corner.questions import answered
from tour.errors import NotFound
from tour.i18n import gettext as _
from tour.needs import catalogue_import_pages, catalogue_pages
from tour.needs.asked import questions_asked
from tour.needs.models import Need
from tour.people.models import Role
from tour.web.guard import for_roles
from tour.web.render import page


@for_roles(Role.PLANNER, Role.DESK)
async def show_need(request: Request) -> Response:
    need = await Need.get_or_none(id=request.path_params["id"]).prefetch_related(
        "item", "site", "visit__pair", "recorded_by", "ticket"
    )
    if need is None:
        raise NotFound(_("Ce besoin n’existe pas."))
    questions = (await questions_asked([need])).get(need.id, [])
    return page(request, "needs/show.html", need=need, answers=answered(questions, need.answers))


routes = [
    Route("/needs/{id:uuid}", show_need, name="need"),
    *catalogue_pages.routes,
    *catalogue_import_pages.routes,
]
