"""The embedded desk's inbox."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from tortoise.queryset import QuerySet

from tour.desk.models import Ticket
from tour.desk.treat import set_state
from tour.needs.models import NeedState
from tour.people.models import Role
from tour.web.guard import for_roles
from tour.web.render import page

OPEN = (NeedState.RECEIVED, NeedState.IN_PROGRESS)


@for_roles(Role.DESK, Role.PLANNER)
async def show_inbox(request: Request) -> Response:
    wanted = request.query_params.get("state", "open")
    tickets = await tickets_in(wanted)
    states = await Ticket.filter(need__withdrawn=False).values_list("need__state", flat=True)
    counts = {state: sum(1 for s in states if s == state) for state in NeedState}
    return page(request, "desk/inbox.html", tickets=tickets, wanted=wanted, counts=counts)


async def tickets_in(wanted: str) -> list[Ticket]:
    """The tickets of one state, or all those still open; urgent ones first, then the oldest."""
    states = [wanted] if wanted in set(NeedState) else [*OPEN]
    tickets = await shown(Ticket.filter(need__withdrawn=False, need__state__in=states))
    rank = {"high": 0, "normal": 1, "low": 2}
    return sorted(tickets, key=lambda t: (rank[t.need.urgency], t.opened_at))


@for_roles(Role.DESK, Role.PLANNER)
async def update_state(request: Request) -> Response:
    """Sets a ticket « en cours », « livré », « refusé » or back to « reçu »."""
    state = (await request.form()).get("state", "")
    if state not in set(NeedState):
        raise HTTPException(422, "Choisissez un état.")
    ticket = await Ticket.get_or_none(id=request.path_params["id"])
    if ticket is None:
        raise HTTPException(404)
    ticket = await set_state(ticket.id, NeedState(state), by=request.state.agent.name)
    if request.headers.get("HX-Request") != "true":
        return RedirectResponse(request.headers.get("referer", "/desk"), status_code=303)
    [ticket] = await shown(Ticket.filter(id=ticket.id))
    return page(request, "desk/ticket.html", ticket=ticket)


def shown(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """With all that a ticket's row reads."""
    return tickets.prefetch_related(
        "need__item", "need__site", "need__visit__pair", "need__photos__photo"
    )


routes = [
    Route("/desk", show_inbox, name="desk"),
    Route("/desk/{id:uuid}/state", update_state, methods=["POST"], name="ticket_state"),
]
