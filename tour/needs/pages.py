"""A need and what became of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tour.corner.models import Item, Space
from tour.errors import NotFound
from tour.i18n import gettext as _
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
    return page(request, "needs/show.html", need=need)


@for_roles(Role.PLANNER, Role.DESK)
async def list_items(request: Request) -> Response:
    """The catalogue, by space; ``q`` filters by words."""
    words = request.query_params.get("q", "").lower().split()
    items = [
        item
        for item in await Item.filter(active=True).order_by("position", "name")
        if all(word in f"{item.name} {item.description} {item.keywords}".lower() for word in words)
    ]
    spaces = [(space, [item for item in items if item.space == space]) for space in Space]
    return page(
        request,
        "needs/catalogue.html",
        block="items",
        spaces=spaces,
        q=request.query_params.get("q", ""),
    )


routes = [
    Route("/needs/{id:uuid}", show_need, name="need"),
    Route("/catalogue", list_items, name="catalogue"),
]
