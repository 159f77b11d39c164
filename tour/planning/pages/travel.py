"""Drives: who says how long they take, and what planners know better."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import BooleanField, FloatField, Form, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from tour.i18n import gettext as _
from tour.people.models import Pair, Role
from tour.planning.pages.pairs import middle_of
from tour.sites.models import Site
from tour.travel.between import travel_between
from tour.travel.matrix import Point
from tour.travel.models import TravelCorrection, TravelFrom
from tour.travel.routers import present_router
from tour.web.forms import blank_form, read_form
from tour.web.guard import for_roles
from tour.web.render import page
from tour.wording import N_


class CorrectionForm(Form):
    start = SelectField(N_("De"), [InputRequired(N_("Choisissez un lieu."))])
    end = SelectField(N_("À"), [InputRequired(N_("Choisissez un autre lieu."))])
    minutes = IntegerField(N_("Minutes, de porte à porte"), [InputRequired(), NumberRange(1, 480)])
    both_ways = BooleanField(N_("Aussi au retour"), default=True)
    radius_km = FloatField(N_("Vaut à moins de (km)"), [NumberRange(0.1, 30)], default=2.0)


@dataclass(frozen=True)
class Place:
    """Something a correction may start from or lead to; ``key`` tells a base, a commune or a site."""

    key: str
    name: str


@for_roles(Role.PLANNER)
async def show_travel(request: Request) -> Response:
    form = blank_form(CorrectionForm)
    await choices(form)
    form.end.data = request.query_params.get("to", "")
    return await travel_page(request, form)


async def travel_page(request: Request, form: CorrectionForm, status: int = 200) -> Response:
    router = present_router()
    corrections = await TravelCorrection.all().order_by("from_name", "to_name")
    return page(
        request,
        "planning/travel.html",
        status=status,
        form=form,
        router=router,
        known=await TravelFrom.filter(source=router.source).count() if router else 0,
        corrections=[(row, await without(row)) for row in corrections],
    )


async def without(row: TravelCorrection) -> tuple[int, int]:
    """What the drive would take without planners, and where that comes from (see Source)."""
    ends: list[Point] = [(row.from_lat, row.from_lon), (row.to_lat, row.to_lon)]
    travel = (await travel_between(ends, ask=False, corrections=[])).travel
    return int(travel.minutes[0, 1]), int(travel.source[0, 1])


async def choices(form: CorrectionForm) -> None:
    """Bases, communes, sites: nobody knows coordinates by heart."""
    sites = await Site.filter(active=True, lat__not_isnull=True).order_by("commune", "name")
    groups = [
        (
            _("Bases"),
            [Place(f"base:{p.id}", p.base_name) for p in await Pair.all().order_by("ref")],
        ),
        (
            _("Communes"),
            [Place(f"commune:{name}", name) for name in sorted({site.commune for site in sites})],
        ),
        (_("Sites"), [Place(f"site:{s.id}", f"{s.commune} – {s.name}") for s in sites]),
    ]
    listed = [
        SelectChoice(place.key, place.name, optgroup=group)
        for group, places in groups
        for place in places
    ]
    form.start.choices = form.end.choices = [SelectChoice("", "—"), *listed]


async def place_of(key: str) -> tuple[str, Point]:
    """The name and position of a place that was offered."""
    kind, _colon, which = key.partition(":")
    if kind == "commune":
        return which, await middle_of(which)
    if kind == "base":
        pair = await Pair.get(id=UUID(which))
        return pair.base_name, (pair.lat, pair.lon)
    site = await Site.get(id=UUID(which))
    return site.name, (site.lat or 0.0, site.lon or 0.0)


@for_roles(Role.PLANNER)
async def create_correction(request: Request) -> Response:
    form = await read_form(request, CorrectionForm)
    await choices(form)
    if form.validate() and form.start.data == form.end.data:
        form.end.errors = [_("Choisissez un autre lieu.")]
    if form.errors:
        return await travel_page(request, form, status=422)
    (from_name, start), (to_name, end) = (
        await place_of(form.start.data or ""),
        await place_of(form.end.data or ""),
    )
    await TravelCorrection.create(
        from_name=from_name[:120],
        from_lat=start[0],
        from_lon=start[1],
        to_name=to_name[:120],
        to_lat=end[0],
        to_lon=end[1],
        minutes=form.minutes.data,
        both_ways=form.both_ways.data,
        radius_km=form.radius_km.data,
    )
    return RedirectResponse(request.app.url_path_for("travel"), status_code=303)


@for_roles(Role.PLANNER)
async def delete_correction(request: Request) -> Response:
    await TravelCorrection.filter(id=request.path_params["id"]).delete()
    return RedirectResponse(request.app.url_path_for("travel"), status_code=303)


routes = [
    Route("/travel", show_travel, name="travel"),
    Route("/travel", create_correction, methods=["POST"]),
    Route(
        "/travel/{id:uuid}/removal",
        delete_correction,
        methods=["POST"],
        name="correction_removal",
    ),
]
