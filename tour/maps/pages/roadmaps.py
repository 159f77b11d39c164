"""Roadmaps to print: a sheet of A4 per pair and day, with what to do where no screen helps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache

import segno
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tour.db import now
from tour.maps.day_map import day_map
from tour.people.models import Pair, Role
from tour.planning.pages.exports import asked_campaign, asked_day, asked_pair
from tour.planning.roadmap import Sheet, sheets_of
from tour.settings import settings
from tour.visits import rights
from tour.visits.models import Visit
from tour.web.guard import for_roles
from tour.web.render import page


@dataclass(frozen=True)
class Paper:
    """A sheet with its pictures: the map, and the QR code of each stop's page on the tablet."""

    sheet: Sheet
    map: Markup
    codes: list[Markup]


@for_roles(Role.PLANNER, Role.TOURER)
async def show_roadmaps(request: Request) -> Response:
    """The campaign's standing visits; ``?pair=`` and ``?day=`` keep only theirs. A tourer's are their own pair's."""
    campaign, agent = await asked_campaign(request), request.state.agent
    pair, day = await asked_pair(request), asked_day(request)
    if not agent.has(Role.PLANNER) and (
        pair is None or not await rights.may_read_pair(agent, pair.id)
    ):
        raise HTTPException(403)
    sheets = await sheets_of(campaign, pair=pair.id if pair else None, day=day)
    standing = Visit.standing().filter(campaign_id=campaign.id)
    return page(
        request,
        "maps/roadmap.html",
        campaign=campaign,
        papers=await asyncio.to_thread(draw, sheets),
        pair=pair,
        day=day,
        pairs=[
            other
            for other in await Pair.filter(
                id__in=await standing.values_list("pair_id", flat=True)
            ).order_by("ref")
            if await rights.may_read_pair(agent, other.id)
        ],
        edited_at=now(),
        days=sorted(set(await standing.values_list("day", flat=True))),
    )


def draw(sheets: list[Sheet]) -> list[Paper]:
    """Some seconds for a whole campaign: not for the event loop."""
    base = settings().base_url.rstrip("/")
    return [
        Paper(
            sheet,
            day_map(sheet),
            [qr(f"{base}/field/visits/{stop.visit}") for stop in sheet.stops],
        )
        for sheet in sheets
    ]


@lru_cache(maxsize=1024)
def qr(link: str) -> Markup:
    """The link as a QR code on white, the SVG holds no text. One mask for all: choosing the best takes 5 times longer."""
    code = segno.make(link, micro=False, error="m", boost_error=False, mask=2)
    svg = code.svg_inline(border=2, light="white", svgclass="qr", lineclass=None, omitsize=True)
    return Markup(svg)  # noqa: S704


routes = [Route("/campaigns/{campaign:uuid}/roadmaps", show_roadmaps, name="roadmaps")]
