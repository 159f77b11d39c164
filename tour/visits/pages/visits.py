"""Visits as their planner sees them: the list, a visit, its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.corner.catalogue.models import Item
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.needs.models import Need
from tour.people.models import Role
from tour.post.models import Receipt
from tour.visits import incoming, invite, rights
from tour.visits.message_models import Incoming, IncomingKind
from tour.visits.models import AnnouncementState, Reception, Visit, VisitEvent, VisitState
from tour.visits.stranded import why_not_coming, why_stranded
from tour.web.guard import for_roles
from tour.web.render import page

NOBODY = ""


@for_roles(Role.PLANNER)
async def list_visits(request: Request) -> Response:
    wanted = request.query_params.get("state", "")
    visits = Visit.all().select_related("site__manager", "pair")
    if wanted in set(VisitState):
        visits = visits.filter(state=wanted)
    states = await Visit.all().values_list("state", flat=True)
    counts = {state: sum(1 for s in states if s == state) for state in VisitState}
    found = await visits
    return page(
        request,
        "visits/list.html",
        visits=found,
        away=await why_stranded(found),
        counts=counts,
        wanted=wanted,
    )


async def visit_of(request: Request) -> Visit:
    visit = await Visit.get_or_none(id=request.path_params["id"]).prefetch_related(
        "more",
        "site__manager",
        "site__ambassadors",
        "pair__hr",
        "pair__dsn",
        "events",
        "announcements",
        "proposed_dates",
    )
    if visit is None:
        raise NotFound(_("Cette visite n’existe pas."))
    return visit


@for_roles(Role.PLANNER)
async def show_visit(request: Request) -> Response:
    return await visit_page(request, await visit_of(request))


async def visit_page(request: Request, visit: Visit, problem: str = "") -> Response:
    needs = (
        await Need.filter(visit_id=visit.id, withdrawn=False)
        .order_by("recorded_at")
        .select_related("item")
    )
    reception = await Reception.get_or_none(visit_id=visit.id)
    return page(
        request,
        "visits/show.html",
        status=422 if problem else 200,
        visit=visit,
        needs=needs,
        reception=reception,
        expected=await Item.filter(ref__in=reception.items)
        if reception and reception.items
        else [],
        announcements={
            state.value: sum(one.state == state for one in visit.announcements)
            for state in AnnouncementState
        },
        incoming=await Incoming.filter(visit_id=visit.id, treated_by=NOBODY).exclude(
            kind=IncomingKind.BOUNCE
        ),
        receipts=await Receipt.filter(visit_id=visit.id),
        away=await why_not_coming(visit),
        problem=problem,
    )


@for_roles(Role.PLANNER)
async def create_invitation(request: Request) -> Response:
    """« Inviter »: one visit."""
    visit = await visit_of(request)
    try:
        await invite.invite(visit.id, by=request.state.agent.name)
    except UserError as error:
        return await visit_page(request, visit, error.message)
    return RedirectResponse(request.app.url_path_for("visit", id=visit.id), status_code=303)


@dataclass(frozen=True)
class Entry:
    """A line of a visit's history: a passage, a message that left, or one that came back."""

    at: datetime
    event: VisitEvent | None = None
    receipt: Receipt | None = None
    incoming: Incoming | None = None


@for_roles(Role.PLANNER, Role.TOURER)
async def show_history(request: Request) -> Response:
    """All that happened around a visit, newest last; letters and reasons for who plans (visits.rights)."""
    visit, agent = await visit_of(request), request.state.agent
    if not await rights.may_read(agent, visit):
        raise HTTPException(403)
    entries = [Entry(event.at, event=event) for event in visit.events]
    if rights.may_read_letters(agent):
        entries += [
            Entry(r.sent_at or r.created_at, receipt=r)
            for r in await Receipt.filter(visit_id=visit.id)
        ]
        entries += [Entry(i.at, incoming=i) for i in await Incoming.filter(visit_id=visit.id)]
    entries.sort(key=lambda entry: entry.at)
    return page(
        request,
        "visits/history.html",
        visit=visit,
        entries=entries,
        may_read_note=lambda event: rights.may_read_note(agent, event),
    )


@for_roles(Role.PLANNER)
async def settle_incoming(request: Request) -> Response:
    """« Retenir » an answer given in a calendar, or « C'est lu »."""
    found = await Incoming.get_or_none(id=request.path_params["id"])
    if found is None or found.visit_id is None:
        raise NotFound(_("Ce message n’existe pas."))
    keep = (await request.form()).get("decision") == "keep"
    try:
        await incoming.settle(found, keep=keep, by=request.state.agent.name)
    except UserError as error:
        return await visit_page(
            request,
            await Visit.get(id=found.visit_id).prefetch_related(
                "site__manager",
                "site__ambassadors",
                "pair__hr",
                "pair__dsn",
                "events",
                "announcements",
                "proposed_dates",
            ),
            error.message,
        )
    return RedirectResponse(request.app.url_path_for("visit", id=found.visit_id), status_code=303)


routes = [
    Route("/visits", list_visits, name="visits"),
    Route("/visits/{id:uuid}", show_visit, name="visit"),
    Route("/visits/{id:uuid}/history", show_history, name="history"),
    Route("/visits/{id:uuid}/invitation", create_invitation, methods=["POST"], name="invitation"),
    Route("/visits/incoming/{id:uuid}", settle_incoming, methods=["POST"], name="incoming"),
]
