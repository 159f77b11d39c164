"""The page of who asked: where their need stands, by the link they were mailed. Reads only."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.db import now
from tour.desk.models import FollowLink
from tour.desk.news import hashed
from tour.desk.ticket_request import address_of
from tour.needs.models import Need
from tour.web.render import page

SESSION_LASTS = timedelta(hours=1)
READ_AFTER = timedelta(days=30)  # the last word said on a need that is delivered or refused
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


async def open_link(request: Request) -> Response:
    """Trades the token for a session and leaves it out of the address."""
    link = await FollowLink.get_or_none(token_hash=hashed(request.path_params["token"]))
    if link is None or await need_of(link) is None:
        answer = page(request, "desk/follow_over.html", status=404 if link is None else 410)
    else:
        request.session["follow"] = [str(link.id), (now() + SESSION_LASTS).timestamp()]
        answer = RedirectResponse(request.app.url_path_for("follow"), status_code=303)
    answer.headers.update(PRIVATE)
    return answer


async def show_need(request: Request) -> Response:
    link_id, until = request.session.get("follow", (None, 0))
    link = None
    if link_id and until > now().timestamp():
        link = await FollowLink.get_or_none(id=UUID(link_id))
    need = await need_of(link) if link else None
    if need is None:
        answer = page(request, "desk/follow_over.html", status=410 if link else 404)
    else:
        answer = page(request, "desk/follow.html", need=need)
    answer.headers.update(PRIVATE)
    return answer


async def need_of(link: FollowLink) -> Need | None:
    """The need that a link follows. None once there is nothing to follow, or for somebody who no longer is who asked."""
    need = await Need.get(id=link.need_id).prefetch_related(
        "site", "item", "ticket", "visit", "merged_into"
    )
    if link.expires_at < now() or need.withdrawn:
        return None
    if link.email and link.email != address_of(need).lower():
        return None
    ticket = need.ticket  # type: ignore[attr-defined]
    return (
        None if not need.state.open and ticket and ticket.updated_at < now() - READ_AFTER else need
    )


routes = [
    Route("/follow", show_need, name="follow"),
    Route("/follow/{token}", open_link, name="follow_link"),
]
