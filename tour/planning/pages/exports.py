"""A campaign's visits, or a plan's, as files to download."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.models import Pair, Role
from tour.planning.cards import cards_of
from tour.planning.exports import as_geojson, as_gpx, as_ics, as_xlsx, one_line
from tour.planning.models import Campaign, Plan
from tour.planning.roadmap import Sheet, sheets_of
from tour.web.guard import for_roles

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ics": "text/calendar; charset=utf-8",
    "gpx": "application/gpx+xml",
    "geojson": "application/geo+json",
}
OF_ONE_PAIR = frozenset({"ics", "gpx"})


@for_roles(Role.PLANNER)
async def export_campaign(request: Request) -> Response:
    """The campaign's standing visits."""
    campaign = await asked_campaign(request)
    return await export(request, campaign, [campaign.name])


@for_roles(Role.PLANNER)
async def export_plan(request: Request) -> Response:
    """The places of a plan, whether it is accepted or not."""
    plan = await Plan.get_or_none(
        id=request.path_params["plan"], campaign_id=request.path_params["campaign"]
    ).select_related("campaign")
    if plan is None:
        raise NotFound(_("Ce plan n’existe pas."))
    return await export(request, plan, [plan.campaign.name, plan.name or _("Plan")])


async def export(request: Request, source: Campaign | Plan, names: list[str]) -> Response:
    """``?pair=`` and ``?day=`` keep only theirs; a calendar and a GPX file are those of one pair."""
    kind = request.path_params["kind"]
    if kind not in TYPES:
        raise NotFound(_("Ce format d’export n’existe pas."))
    pair, day = await asked_pair(request), asked_day(request)
    if pair is None and kind in OF_ONE_PAIR:
        raise UserError(_("Choisissez un binôme : ce fichier est celui d’un seul."), field="pair")
    sheets = await sheets_of(source, pair=pair.id if pair else None, day=day)
    names += [pair.name] if pair else []
    names += [day.isoformat()] if day else []
    return Response(
        await contents(kind, source, sheets, pair, " · ".join(names)),
        media_type=TYPES[kind],
        headers={
            "Content-Disposition": attachment(" ".join(names), kind),
            "Cache-Control": "private, no-store",
        },
    )


async def contents(
    kind: str, source: Campaign | Plan, sheets: Sequence[Sheet], pair: Pair | None, title: str
) -> bytes:
    if kind == "xlsx":
        return as_xlsx(sheets, await left_out(source) if isinstance(source, Plan) else None)
    if kind == "geojson":
        return as_geojson(sheets)
    if kind == "gpx":
        return as_gpx(sheets, title)
    return as_ics(
        sheets, pair.name if pair else title, source.id if isinstance(source, Plan) else None
    )


async def left_out(plan: Plan) -> list[tuple[str, str, str]]:
    """The sites a plan leaves out: name, commune, why."""
    tray = (await cards_of(plan)).tray
    return [(card.site.name, card.site.commune, card.why) for card in tray]


async def asked_campaign(request: Request) -> Campaign:
    campaign = await Campaign.get_or_none(id=request.path_params["campaign"])
    if campaign is None:
        raise NotFound(_("Cette campagne n’existe pas."))
    return campaign


async def asked_pair(request: Request) -> Pair | None:
    """The pair of ``?pair=``. Raises NotFound when there is no such pair."""
    wanted = request.query_params.get("pair")
    if not wanted:
        return None
    try:
        pair = await Pair.get_or_none(id=UUID(wanted))
    except ValueError:
        pair = None
    if pair is None:
        raise NotFound(_("Ce binôme n’existe pas."))
    return pair


def asked_day(request: Request) -> date | None:
    """The day of ``?day=``. Raises UserError when it is no date."""
    wanted = request.query_params.get("day")
    if not wanted:
        return None
    try:
        return date.fromisoformat(wanted)
    except ValueError:
        raise UserError(_("Choisissez un jour."), field="day") from None


def attachment(name: str, ending: str) -> str:
    """A Content-Disposition for both old and new browsers (RFC 6266, appendix D)."""
    name = re.sub(r'[\\/:*?"<>|]', "-", one_line(name))[:120].strip(" .-") or "tour"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.") or "tour"
    return (
        f'attachment; filename="{plain}.{ending}"; '
        f"filename*=UTF-8''{quote(f'{name}.{ending}', safe='')}"
    )


routes = [
    Route("/campaigns/{campaign:uuid}/export.{kind}", export_campaign, name="campaign_export"),
    Route(
        "/campaigns/{campaign:uuid}/plans/{plan:uuid}/export.{kind}",
        export_plan,
        name="plan_export",
    ),
]
