"""The embedded desk: inbox, ticket, actions on one or on several, kept views, exports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.corner.catalogue.models import Space
from tour.db import local_now
from tour.desk import inbox
from tour.desk.export import as_csv, as_xlsx
from tour.desk.inbox import MINE, NOBODY, Filter
from tour.desk.models import Comment, Delivery, DeliveryState, Desk, SavedView, Ticket
from tour.desk.pages import deliveries
from tour.desk.pages.triage import ids_of
from tour.desk.treat import assign, bring, comment, set_state, treat_many
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.needs.asked import answers_of
from tour.needs.models import Need, NeedState, Urgency
from tour.people.models import Agent, Role
from tour.sites.models import Site
from tour.web.bodies import LONG_FORM, MOST_FIELDS, takes
from tour.web.guard import for_roles
from tour.web.render import page

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
JOINS = inbox.JOINS


@for_roles(Role.DESK, Role.PLANNER)
async def show_inbox(request: Request) -> Response:
    return await inbox_page(request, Filter.read(request.query_params))


async def inbox_page(
    request: Request, wanted: Filter, *, problems: list[str] | None = None, done: int | None = None
) -> Response:
    agent = request.state.agent
    tickets = await inbox.found(wanted, agent)
    number = deliveries.page_number(request)
    first = (number - 1) * inbox.PER_PAGE
    states = await Delivery.exclude(state=DeliveryState.SENT).values_list("state", flat=True)
    return page(
        request,
        "desk/inbox.html",
        tickets=tickets[first : first + inbox.PER_PAGE],
        total=len(tickets),
        number=number,
        pages=-(-len(tickets) // inbox.PER_PAGE),
        wanted=wanted,
        counts=await inbox.counts(),
        people=await inbox.people(),
        sites=await Site.filter(needs__ticket__isnull=False).distinct().order_by("name"),
        spaces=[*Space],
        urgencies=[*Urgency],
        states=[*NeedState],
        views=await SavedView.filter(agent_id=agent.id).order_by("name"),
        today=local_now().date(),
        in_use=await Desk.filter(in_use=True).first(),
        triage_count=sum(1 for s in states if s == DeliveryState.TRIAGE),
        stuck_count=sum(1 for s in states if s in {DeliveryState.FAILED, DeliveryState.TO_CHECK}),
        problems=problems or [],
        done=done,
        status=422 if problems else 200,
    )


async def ticket_of(request: Request) -> Ticket:
    ticket = await Ticket.get_or_none(id=request.path_params["id"]).prefetch_related(
        *JOINS, "need__recorded_by", "need__delivery__desk"
    )
    if ticket is None:
        raise NotFound(_("Ce ticket n’existe pas."))
    return ticket


@for_roles(Role.DESK, Role.PLANNER)
async def show_ticket(request: Request) -> Response:
    return await ticket_page(request, await ticket_of(request))


async def ticket_page(
    request: Request, ticket: Ticket, error: UserError | None = None, **typed: Any
) -> Response:
    return page(
        request,
        "desk/show.html",
        ticket=ticket,
        need=ticket.need,
        answers=await answers_of(ticket.need),
        delivery=ticket.need.delivery,  # type: ignore[attr-defined]
        comments=await Comment.filter(need_id=ticket.need_id),
        merged=await Need.filter(merged_into_id=ticket.need_id).select_related("site"),
        people=await inbox.people(),
        today=local_now().date(),
        error=error,
        typed=typed,
        status=422 if error else 200,
    )


@for_roles(Role.DESK, Role.PLANNER)
async def update_state(request: Request) -> Response:
    """Sets a ticket « en cours », « livré », « refusé » or back to « reçu »."""
    form = await request.form()
    state = str(form.get("state", ""))
    if state not in set(NeedState):
        raise HTTPException(422, _("Choisissez un état."))
    ticket = await ticket_of(request)
    reason = str(form.get("reason", "")).strip()[:4000]
    await set_state(ticket.id, NeedState(state), by=request.state.agent.name, reason=reason)
    return await back(request, ticket.id)


async def back(request: Request, ticket_id: UUID) -> Response:
    """To where the form was; htmx gets the ticket's row."""
    if request.headers.get("HX-Request") != "true":
        return RedirectResponse(request.headers.get("referer", "/desk"), status_code=303)
    ticket = await Ticket.get(id=ticket_id).prefetch_related(*JOINS)
    return page(request, "desk/ticket.html", ticket=ticket, today=local_now().date())


@for_roles(Role.DESK, Role.PLANNER)
async def update_assignee(request: Request) -> Response:
    ticket = await ticket_of(request)
    await assign(ticket.id, await agent_of(request, str((await request.form()).get("agent", ""))))
    return await back(request, ticket.id)


async def agent_of(request: Request, text: str) -> Agent | None:
    if text == MINE:
        agent: Agent = request.state.agent
        return agent
    chosen = ids_of([text])
    found = next((a for a in await inbox.people() if chosen and a.id == chosen[0]), None)
    if text not in {"", NOBODY} and found is None:
        raise UserError(_("Cette personne n’est pas au guichet."), field="agent")
    return found


@for_roles(Role.DESK, Role.PLANNER)
async def update_bring(request: Request) -> Response:
    """« À apporter »: handed over at the site's next visit."""
    ticket = await ticket_of(request)
    await bring(ticket.id, bool((await request.form()).get("bring")))
    return await back(request, ticket.id)


@for_roles(Role.DESK, Role.PLANNER)
async def create_comment(request: Request) -> Response:
    ticket = await ticket_of(request)
    form = await request.form()
    text, public = str(form.get("text", ""))[:10_000], bool(form.get("public"))
    try:
        await comment(ticket.id, text, by=request.state.agent.name, public=public)
    except UserError as error:
        return await ticket_page(request, ticket, error, text=text, public=public)
    where = request.app.url_path_for("ticket", id=ticket.id)
    return RedirectResponse(f"{where}#comments", status_code=303)


@for_roles(Role.DESK, Role.PLANNER)
@takes(LONG_FORM)
async def create_batch(request: Request) -> Response:
    """One action on the tickets ticked."""
    form = await request.form(max_fields=MOST_FIELDS)
    wanted = Filter.read(dict(request.query_params))
    action, chosen = str(form.get("action", "")), ids_of(form.getlist("ticket"))
    reason = str(form.get("reason", "")).strip()[:4000]
    problem = ""
    if not chosen:
        problem = _("Cochez d’abord des tickets.")
    elif action not in {"assign", "bring", "leave", *NeedState}:
        problem = _("Choisissez ce qu’il faut faire des tickets cochés.")
    elif action == NeedState.REFUSED and not reason:
        problem = _("Dites pourquoi : les personnes qui ont demandé le liront.")
    if problem:
        return await inbox_page(request, wanted, problems=[problem])
    to = await agent_of(request, str(form.get("agent", ""))) if action == "assign" else None
    done, problems = await treat_many(chosen, action, by=request.state.agent, to=to, reason=reason)
    if problems:
        return await inbox_page(request, wanted, problems=problems, done=done)
    where = request.app.url_path_for("desk")
    return RedirectResponse(f"{where}?{wanted.query()}".rstrip("?"), status_code=303)


@for_roles(Role.DESK, Role.PLANNER)
async def create_view(request: Request) -> Response:
    """« Garder cette vue »."""
    wanted = Filter.read(dict(request.query_params))
    try:
        view = await inbox.save_view(
            request.state.agent, str((await request.form()).get("name", "")), wanted
        )
    except UserError as error:
        return await inbox_page(request, wanted, problems=[error.message])
    where = request.app.url_path_for("desk")
    return RedirectResponse(f"{where}?{view.query}", status_code=303)


@for_roles(Role.DESK, Role.PLANNER)
async def delete_view(request: Request) -> Response:
    await SavedView.filter(id=request.path_params["id"], agent_id=request.state.agent.id).delete()
    return RedirectResponse(request.app.url_path_for("desk"), status_code=303)


@for_roles(Role.DESK, Role.PLANNER)
async def export(request: Request) -> Response:
    """The tickets of the filter, all pages."""
    kind = request.path_params["kind"]
    if kind not in TYPES:
        raise NotFound(_("Ce format d’export n’existe pas."))
    tickets = await inbox.found(Filter.read(request.query_params), request.state.agent)
    content = as_csv(tickets) if kind == "csv" else as_xlsx(tickets)
    name = f"tickets-{local_now():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=TYPES[kind], headers=headers)


routes = [
    Route("/desk", show_inbox, name="desk"),
    Route("/desk/tickets.{kind}", export, name="desk_export"),
    Route("/desk/batch", create_batch, methods=["POST"], name="desk_batch"),
    Route("/desk/views", create_view, methods=["POST"], name="desk_view"),
    Route("/desk/views/{id:uuid}/removal", delete_view, methods=["POST"], name="desk_view_delete"),
    Route("/desk/{id:uuid}", show_ticket, name="ticket"),
    Route("/desk/{id:uuid}/state", update_state, methods=["POST"], name="ticket_state"),
    Route("/desk/{id:uuid}/assignee", update_assignee, methods=["POST"], name="ticket_assignee"),
    Route("/desk/{id:uuid}/bring", update_bring, methods=["POST"], name="ticket_bring"),
    Route("/desk/{id:uuid}/comments", create_comment, methods=["POST"], name="ticket_comments"),
]
