"""The planner's word on who holds a tablet: guests, and leave to choose a new PIN."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.errors import UserError
from tour.field import team
from tour.field.models import Tablet
from tour.field.pages.tablets import EnrolmentForm, tablets_page, with_pairs
from tour.people.models import Role
from tour.web.forms import blank_form
from tour.web.guard import for_roles


@for_roles(Role.PLANNER)
async def create_guest(request: Request) -> Response:
    tablet = await tablet_named(request)
    try:
        await team.welcome(tablet, str((await request.form()).get("agent", "")))
    except UserError as error:
        form = await with_pairs(blank_form(EnrolmentForm))
        wrong = {str(tablet.id): error.message}
        return await tablets_page(request, form, wrong_guest=wrong, status=422)
    return back(request)


@for_roles(Role.PLANNER)
async def delete_guest(request: Request) -> Response:
    await team.part(await tablet_named(request), request.path_params["agent"])
    return back(request)


@for_roles(Role.PLANNER)
async def create_pin_reset(request: Request) -> Response:
    try:
        await team.allow_new_pin(await tablet_named(request), request.path_params["agent"])
    except UserError as error:
        raise HTTPException(404, error.message) from error
    return back(request)


async def tablet_named(request: Request) -> Tablet:
    tablet = await Tablet.get_or_none(id=request.path_params["id"]).prefetch_related(
        *team.WITH_TEAM
    )
    if tablet is None:
        raise HTTPException(404)
    return tablet


def back(request: Request) -> Response:
    return RedirectResponse(request.app.url_path_for("tablets"), status_code=303)


routes = [
    Route("/tablets/{id:uuid}/guests", create_guest, methods=["POST"], name="tablet_guest"),
    Route(
        "/tablets/{id:uuid}/guests/{agent:uuid}/removal",
        delete_guest,
        methods=["POST"],
        name="tablet_guest_removal",
    ),
    Route(
        "/tablets/{id:uuid}/people/{agent:uuid}/pin-reset",
        create_pin_reset,
        methods=["POST"],
        name="tablet_pin_reset",
    ),
]
