"""Private calendars to subscribe to: one per pair, one per planner."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tour.db import local_now
from tour.errors import NotFound
from tour.i18n import gettext as _
from tour.people.models import Pair, Role
from tour.post import links
from tour.post.links import Link, LinkKind
from tour.visits import rights
from tour.visits.calendar import feed_file
from tour.visits.models import Visit
from tour.visits.stranded import why_stranded
from tour.web.guard import for_roles
from tour.web.render import page

SHOWN = timedelta(days=60)  # of the past
PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


async def show_feed(request: Request) -> Response:
    link = await links.open_link(request.path_params["token"], LinkKind.FEED)
    if link:
        await link.fetch_related("pair", "agent")
    if link is None or not reads(link):
        return PlainTextResponse("unknown calendar", status_code=404, headers=PRIVATE)
    visits = Visit.filter(day__gte=local_now().date() - SHOWN).select_related("site", "pair")
    if link.pair_id:
        visits = visits.filter(pair_id=link.pair_id)
    found = await visits
    away = await why_stranded(found)
    if link.pair_id:  # a calendar says where its pair will be
        found = [visit for visit in found if visit.id not in away]
    name = link.pair.name if link.pair else _("Visites du smart tour")
    return Response(
        feed_file(found, name, away), media_type="text/calendar; charset=utf-8", headers=PRIVATE
    )


def reads(link: Link) -> bool:
    """Whether the address still reads: an agent's own does while they plan visits."""
    return not link.agent or (link.agent.active and link.agent.has(Role.PLANNER))


async def feeds_page(request: Request, made: str = "", whose: str = "") -> Response:
    agent = request.state.agent
    pairs = await Pair.all().order_by("ref").prefetch_related("hr", "dsn")
    pairs = [pair for pair in pairs if await rights.may_read_pair(agent, pair.id)]
    living = await Link.filter(kind=LinkKind.FEED)
    ahead = Visit.standing().filter(day__gte=local_now().date(), campaign_id__not_isnull=True)
    answer = page(
        request,
        "visits/feeds.html",
        pairs=pairs,
        living={link.pair_id or link.agent_id for link in living},
        campaigns=dict(await ahead.order_by("-day").values_list("pair_id", "campaign_id")),
        made=made,
        whose=whose,
    )
    answer.headers.update(PRIVATE)
    return answer


@for_roles(Role.PLANNER, Role.TOURER)
async def list_feeds(request: Request) -> Response:
    return await feeds_page(request)


@for_roles(Role.PLANNER, Role.TOURER)
async def create_feed(request: Request) -> Response:
    """A new address in place of the one before; shown this once, since only its hash is kept."""
    agent, form = request.state.agent, await request.form()
    wanted = str(form.get("pair", ""))
    if not wanted and agent.has(Role.PLANNER):
        return await feeds_page(request, await links.make_feed(agent_id=agent.id), agent.name)
    pair = next((p for p in await Pair.all() if str(p.id) == wanted), None)
    if pair is None or not await rights.may_read_pair(agent, pair.id):
        raise NotFound(_("Ce binôme n’existe pas."))
    return await feeds_page(request, await links.make_feed(pair_id=pair.id), pair.name)


routes = [
    Route("/agenda", list_feeds, name="feeds"),
    Route("/agenda", create_feed, methods=["POST"]),
    Route("/agenda/{token}.ics", show_feed, name="feed"),
]
