"""Every delivery to a desk outside: where it stands, the server's last answer, and trying again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.db import transaction
from tour.desk import triage
from tour.desk.deliver import send
from tour.desk.models import Delivery, DeliveryState, Desk
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.models import Role
from tour.post import outbox
from tour.web.guard import for_roles
from tour.web.render import page

PER_PAGE = 100


@for_roles(Role.DESK, Role.PLANNER)
async def list_deliveries(request: Request) -> Response:
    """By default what needs a person or is on its way; ``?state=`` shows the others."""
    wanted = request.query_params.get("state", "open")
    states = await Delivery.all().values_list("state", flat=True)
    counts = {state: sum(1 for s in states if s == state) for state in DeliveryState}
    shown = [wanted] if wanted in set(DeliveryState) else open_states()
    number = page_number(request)
    deliveries = (
        await Delivery.filter(state__in=shown)
        .order_by("-tried_at", "-created_at")
        .offset((number - 1) * PER_PAGE)
        .limit(PER_PAGE)
        .select_related("need__item", "need__site", "desk")
    )
    rows = await outbox.OutboxRow.filter(key__in=[f"delivery/{d.need_id}" for d in deliveries])
    return page(
        request,
        "desk/deliveries.html",
        deliveries=deliveries,
        counts=counts,
        wanted=wanted,
        open_count=sum(counts[DeliveryState(state)] for state in open_states()),
        next_of={row.key.removeprefix("delivery/"): row for row in rows},
        desks=await Desk.all().order_by("name"),
        number=number,
        more=len(deliveries) == PER_PAGE,
    )


def open_states() -> list[str]:
    return [state.value for state in DeliveryState if state.on_its_way]


def page_number(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


@for_roles(Role.DESK, Role.PLANNER)
async def create_attempt(request: Request) -> Response:
    """« Réessayer »: one delivery now."""
    delivery = await Delivery.get_or_none(id=request.path_params["id"])
    if delivery is None:
        raise NotFound(_("Cet envoi n’existe pas."))
    await retry([delivery])
    return back(request)


@for_roles(Role.DESK, Role.PLANNER)
async def create_attempts(request: Request) -> Response:
    """« Tout réessayer »: every delivery that failed."""
    await retry(await Delivery.filter(state=DeliveryState.FAILED))
    return back(request)


async def retry(deliveries: list[Delivery]) -> None:
    async with transaction():
        for delivery in deliveries:
            if delivery.state.stays:
                continue
            if delivery.state == DeliveryState.FAILED:
                delivery.state, delivery.tries = DeliveryState.WAITING, 0
                await delivery.save(update_fields=["state", "tries"])
            await send(delivery.need_id)


@for_roles(Role.DESK, Role.PLANNER)
async def delete_doubt(request: Request) -> Response:
    """« C’est vérifié »: a person has looked at the desk; what is there is right."""
    delivery = await Delivery.get_or_none(id=request.path_params["id"])
    if delivery is None or not delivery.remote_id:
        raise UserError(_("Cet envoi n’est pas encore arrivé : réessayez-le."))
    delivery.state, delivery.problem = DeliveryState.SENT, ""
    await delivery.save(update_fields=["state", "problem"])
    return back(request)


@for_roles(Role.DESK, Role.PLANNER)
async def keep_here(request: Request) -> Response:
    """« Traiter ici »: the need leaves the road to the desk outside and comes to the embedded one."""
    delivery = await Delivery.get_or_none(id=request.path_params["id"])
    if delivery is None:
        raise NotFound(_("Cet envoi n’existe pas."))
    await triage.keep_here(delivery)
    return back(request)


def back(request: Request) -> Response:
    return RedirectResponse(request.app.url_path_for("deliveries"), status_code=303)


routes = [
    Route("/desk/deliveries", list_deliveries, name="deliveries"),
    Route(
        "/desk/deliveries/attempts", create_attempts, methods=["POST"], name="delivery_retry_all"
    ),
    Route(
        "/desk/deliveries/{id:uuid}/attempt",
        create_attempt,
        methods=["POST"],
        name="delivery_retry",
    ),
    Route(
        "/desk/deliveries/{id:uuid}/verified",
        delete_doubt,
        methods=["POST"],
        name="delivery_verified",
    ),
    Route("/desk/deliveries/{id:uuid}/here", keep_here, methods=["POST"], name="delivery_here"),
]
