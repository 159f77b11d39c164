"""The triage page: what waits to be looked at before it leaves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.corner.catalogue.models import Item
from tour.desk import triage
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.needs.models import Urgency
from tour.people.models import Role
from tour.web.bodies import LONG_FORM, MOST_FIELDS, takes
from tour.web.guard import for_roles
from tour.web.render import page


@for_roles(Role.DESK, Role.PLANNER)
async def show_triage(request: Request) -> Response:
    return await triage_page(request)


async def triage_page(
    request: Request, error: UserError | None = None, given: dict[str, Any] | None = None
) -> Response:
    """The list; with an error, beside its field and with what was typed."""
    waiting = await triage.waiting()
    return page(
        request,
        "desk/triage.html",
        waiting=waiting[:200],
        count=len(waiting),
        alike=triage.lookalikes(waiting[:200]),
        items=await Item.filter(active=True).order_by("name"),
        urgencies=[*Urgency],
        error=error,
        given=given or {},
        status=422 if error else 200,
    )


@for_roles(Role.DESK, Role.PLANNER)
@takes(LONG_FORM)
async def create_release(request: Request) -> Response:
    """« Envoyer »: the needs ticked."""
    chosen = ids_of((await request.form(max_fields=MOST_FIELDS)).getlist("need"))
    if not chosen:
        return await triage_page(request, UserError(_("Cochez d’abord des besoins.")))
    await triage.release(chosen)
    return back(request)


@for_roles(Role.DESK, Role.PLANNER)
@takes(LONG_FORM)
async def create_merge(request: Request) -> Response:
    """« Réunir »: the needs ticked become the first of them."""
    chosen = ids_of((await request.form(max_fields=MOST_FIELDS)).getlist("need"))
    try:
        if len(chosen) < 2:
            raise UserError(_("Cochez au moins deux besoins à réunir."))
        await triage.merge(chosen, chosen[0], by=request.state.agent.name)
    except UserError as error:
        return await triage_page(request, error)
    return back(request)


@for_roles(Role.DESK, Role.PLANNER)
async def update_need(request: Request) -> Response:
    """« Enregistrer »: what the need says."""
    form = await request.form()
    urgency = str(form.get("urgency", ""))
    item = ids_of([form.get("item", "")])
    try:
        await triage.complete(
            request.path_params["need"],
            text=str(form.get("text", "")),
            item=item[0] if item else None,
            urgency=Urgency(urgency) if urgency in set(Urgency) else Urgency.NORMAL,
            requester=str(form.get("requester", "")),
        )
    except UserError as error:
        return await triage_page(request, error, typed(request, form))
    return back(request)


@for_roles(Role.DESK, Role.PLANNER)
async def create_part(request: Request) -> Response:
    """« Séparer »: a part of the need becomes one of its own."""
    form = await request.form()
    try:
        await triage.split(request.path_params["need"], str(form.get("part", "")))
    except UserError as error:
        return await triage_page(request, error, typed(request, form))
    return back(request)


@for_roles(Role.DESK, Role.PLANNER)
async def create_refusal(request: Request) -> Response:
    form = await request.form()
    try:
        await triage.refuse(
            request.path_params["need"], str(form.get("reason", "")), by=request.state.agent.name
        )
    except UserError as error:
        return await triage_page(request, error, typed(request, form))
    return back(request)


def typed(request: Request, form: Any) -> dict[str, Any]:
    return {"need": request.path_params["need"], **{k: str(v) for k, v in form.items()}}


def ids_of(values: Any) -> list[UUID]:
    """The ids among what a form says; the rest is left out."""
    found = []
    for value in values:
        try:
            found.append(UUID(str(value)))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def back(request: Request) -> Response:
    return RedirectResponse(request.app.url_path_for("triage"), status_code=303)


routes = [
    Route("/desk/triage", show_triage, name="triage"),
    Route("/desk/triage/release", create_release, methods=["POST"], name="triage_release"),
    Route("/desk/triage/merge", create_merge, methods=["POST"], name="triage_merge"),
    Route("/desk/triage/{need:uuid}", update_need, methods=["POST"], name="triage_complete"),
    Route("/desk/triage/{need:uuid}/part", create_part, methods=["POST"], name="triage_split"),
    Route(
        "/desk/triage/{need:uuid}/refusal", create_refusal, methods=["POST"], name="triage_refuse"
    ),
]
