"""Pairs: who they are, where they start from, their hours and limits, the days they are away, the nights they sleep out."""

from __future__ import annotations

from datetime import date, time
from typing import Any, cast
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import (
    DateField,
    Field,
    FloatField,
    Form,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from tour.db import transaction
from tour.errors import NotFound
from tour.hours import WEEKDAYS, days_of_week
from tour.i18n import gettext as _
from tour.people.models import Absence, Agent, Pair, Role
from tour.planning.models import Campaign, Overnight
from tour.planning.pages.form_days import of_our_times
from tour.sites.models import Site
from tour.visits import caldav
from tour.visits.stranded import stranded
from tour.web.forms import blank_form, read_form
from tour.web.guard import for_roles
from tour.web.render import page
from tour.wording import N_, tables

FIELDS = [
    "ref",
    "name",
    "base_name",
    "lat",
    "lon",
    "day_start",
    "day_end",
    "lunch_min",
    "lunch_from",
    "lunch_to",
    "max_drive_min",
    "max_visits",
]


class PairForm(Form):
    ref = StringField(N_("Code"), [InputRequired(), Length(max=16)])
    name = StringField(N_("Nom"), [InputRequired(), Length(max=120)])
    hr = SelectField(N_("Agent RH"), [Optional()])
    dsn = SelectField(N_("Agent des services numériques"), [Optional()])
    base_name = StringField(N_("Base"), [InputRequired(), Length(max=120)])
    lat = FloatField(N_("Latitude"), [InputRequired(), NumberRange(41, 51.5)])
    lon = FloatField(N_("Longitude"), [InputRequired(), NumberRange(-5.5, 10)])
    days = SelectMultipleField(
        N_("Jours de travail"), [InputRequired(N_("Choisissez au moins un jour."))]
    )
    day_start = TimeField(N_("Début de journée"), [InputRequired()])
    day_end = TimeField(N_("Fin de journée"), [InputRequired()])
    lunch_min = IntegerField(N_("Déjeuner (min)"), [NumberRange(0, 180)])
    lunch_from = TimeField(N_("Déjeuner, pas avant"), [InputRequired()])
    lunch_to = TimeField(N_("Déjeuner, fini à"), [InputRequired()])
    max_drive_min = IntegerField(
        N_("Route par jour au plus (min)"), [Optional(), NumberRange(10, 720)]
    )
    max_visits = IntegerField(N_("Visites par jour au plus"), [Optional(), NumberRange(1, 20)])
    skills = StringField(N_("Compétences"), [Length(max=300)])

    def validate_day_end(self, field: Field) -> None:
        if self.day_start.data and field.data and field.data <= self.day_start.data:
            raise ValidationError(_("La fin de la journée vient après son début."))

    def validate_lunch_to(self, field: Field) -> None:
        start, length = self.lunch_from.data, self.lunch_min.data or 0
        if start and field.data and minutes(field.data) - minutes(start) < length:
            raise ValidationError(_("Le déjeuner ne tient pas entre ces deux heures."))


class AbsenceForm(Form):
    first_day = DateField(N_("Premier jour"), [InputRequired(), of_our_times])
    last_day = DateField(N_("Dernier jour"), [InputRequired(), of_our_times])
    reason = StringField(N_("Motif"), [Length(max=200)])

    def validate_last_day(self, field: Field) -> None:
        if self.first_day.data and field.data and field.data < self.first_day.data:
            raise ValidationError(_("Le dernier jour vient après le premier."))


class NightForm(Form):
    campaign = SelectField(N_("Campagne"), [InputRequired()])
    day = DateField(N_("Soir du"), [InputRequired(), of_our_times])
    name = StringField(N_("Logement"), [InputRequired(), Length(max=120)])
    near = SelectField(N_("Près de"), [InputRequired()])


def minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute


@for_roles(Role.PLANNER)
async def list_pairs(request: Request) -> Response:
    pairs = await Pair.all().order_by("ref").prefetch_related("hr", "dsn", "absences", "tablets")
    return page(request, "people/pairs.html", pairs=pairs)


@for_roles(Role.PLANNER)
async def new_pair(request: Request) -> Response:
    values = {
        "day_start": time(9),
        "day_end": time(17),
        "lunch_min": 45,
        "days": list(WEEKDAYS[:5]),
    }
    lunch = {"lunch_from": time(11, 45), "lunch_to": time(14)}
    return await pair_page(request, None, blank_form(PairForm, **values, **lunch))


@for_roles(Role.PLANNER)
async def show_pair(request: Request) -> Response:
    """``?absence=`` puts one of its absences in the form, to be changed."""
    pair = await pair_of(request)
    wanted = request.query_params.get("absence")
    found = await Absence.filter(pair_id=pair.id)
    changing = next((absence for absence in found if str(absence.id) == wanted), None)
    return await pair_page(
        request,
        pair,
        absence=blank_form(
            AbsenceForm,
            first_day=changing.first_day,
            last_day=changing.last_day,
            reason=changing.reason,
        )
        if changing
        else None,
        changing=changing,
    )


async def pair_of(request: Request) -> Pair:
    pair = await Pair.get_or_none(id=request.path_params["id"])
    if pair is None:
        raise NotFound(_("Ce binôme n’existe pas."))
    return pair


async def pair_page(
    request: Request,
    pair: Pair | None,
    form: PairForm | None = None,
    absence: AbsenceForm | None = None,
    night: NightForm | None = None,
    changing: Absence | None = None,
    status: int = 200,
) -> Response:
    """A pair's page; the form that was sent is shown as it was filled in. ``changing`` is the absence in its form."""
    if form is None:
        form = blank_form(PairForm, **values_of(cast("Pair", pair)))
    await choices(form)
    night = night or blank_form(NightForm)
    await night_choices(night)
    return page(
        request,
        "people/pair.html",
        status=status,
        pair=pair,
        form=form,
        absence=absence or blank_form(AbsenceForm),
        changing=changing,
        stranded=list((await stranded(pair.id)).values()) if pair else [],
        night=night,
        absences=await Absence.filter(pair_id=pair.id).order_by("first_day") if pair else [],
        nights=await Overnight.filter(pair_id=pair.id).select_related("campaign") if pair else [],
    )


def values_of(pair: Pair) -> dict[str, Any]:
    return {name: getattr(pair, name) for name in FIELDS} | {
        "hr": str(pair.hr_id or ""),
        "dsn": str(pair.dsn_id or ""),
        "days": [WEEKDAYS[n] for n in sorted(days_of_week(pair.days))],
        "skills": ", ".join(pair.skills),
    }


async def choices(form: PairForm) -> None:
    agents = [a for a in await Agent.filter(active=True).order_by("name") if a.has(Role.TOURER)]
    people = [SelectChoice("", "—"), *(SelectChoice(str(a.id), a.name) for a in agents)]
    form.hr.choices = form.dsn.choices = people
    names = tables()["days"]
    form.days.choices = [
        SelectChoice(code, name) for code, name in zip(WEEKDAYS, names, strict=True)
    ]


async def night_choices(form: NightForm) -> None:
    """A lodging is placed by a commune where we have a site: nobody knows its coordinates by heart."""
    form.campaign.choices = [SelectChoice(str(c.id), c.name) for c in await Campaign.all()]
    communes = await Site.filter(active=True, lat__not_isnull=True).values_list(
        "commune", flat=True
    )
    form.near.choices = [
        SelectChoice(str(name), str(name)) for name in sorted(set(communes), key=str)
    ]


@for_roles(Role.PLANNER)
async def create_pair(request: Request) -> Response:
    return await save(request, None)


@for_roles(Role.PLANNER)
async def update_pair(request: Request) -> Response:
    return await save(request, await pair_of(request))


async def save(request: Request, pair: Pair | None) -> Response:
    form = await read_form(request, PairForm)
    await choices(form)
    if form.validate():
        others = Pair.filter(ref=form.ref.data)
        if await (others.exclude(id=pair.id) if pair else others).exists():
            form.ref.errors = [_("Un autre binôme a déjà ce code.")]
    if form.errors:
        return await pair_page(request, pair, form, status=422)
    values = {name: form[name].data for name in FIELDS} | {
        "hr_id": UUID(form.hr.data) if form.hr.data else None,
        "dsn_id": UUID(form.dsn.data) if form.dsn.data else None,
        "days": ",".join(form.days.data or []),
        "skills": sorted({s.strip() for s in (form.skills.data or "").split(",") if s.strip()}),
    }
    async with transaction():
        if pair is None:
            pair = await Pair.create(**values)
        else:
            await Pair.filter(id=pair.id).update(**values)
            await caldav.push_days(pair.id)
    if await stranded(pair.id):
        return back(request, pair)
    return RedirectResponse(request.app.url_path_for("pairs"), status_code=303)


@for_roles(Role.PLANNER)
async def create_absence(request: Request) -> Response:
    pair, form = await pair_of(request), await read_form(request, AbsenceForm)
    if not form.validate():
        return await pair_page(request, pair, absence=form, status=422)
    async with transaction():
        await Absence.create(pair_id=pair.id, **days_away(form))
        await caldav.push_days(pair.id)
    return back(request, pair, "#absences")


@for_roles(Role.PLANNER)
async def update_absence(request: Request) -> Response:
    """« Modifier »: longer, shorter, or another reason."""
    pair, form = await pair_of(request), await read_form(request, AbsenceForm)
    changing = await absence_of(request, pair)
    if not form.validate():
        return await pair_page(request, pair, absence=form, changing=changing, status=422)
    async with transaction():
        await Absence.filter(id=changing.id).update(**days_away(form))
        await caldav.push_days(pair.id)
    return back(request, pair, "#absences")


@for_roles(Role.PLANNER)
async def delete_absence(request: Request) -> Response:
    """A click that comes twice changes nothing more."""
    pair = await pair_of(request)
    async with transaction():
        await Absence.filter(id=request.path_params["absence"], pair_id=pair.id).delete()
        await caldav.push_days(pair.id)
    return back(request, pair, "#absences")


async def absence_of(request: Request, pair: Pair) -> Absence:
    found = await Absence.get_or_none(id=request.path_params["absence"], pair_id=pair.id)
    if found is None:
        raise NotFound(_("Cette absence n’existe plus."))
    return found


def days_away(form: AbsenceForm) -> dict[str, Any]:
    return {
        "first_day": form.first_day.data,
        "last_day": form.last_day.data,
        "reason": form.reason.data or "",
    }


@for_roles(Role.PLANNER)
async def create_night(request: Request) -> Response:
    pair, form = await pair_of(request), await read_form(request, NightForm)
    await night_choices(form)
    if form.validate() and await Overnight.exists(pair_id=pair.id, day=form.day.data):
        form.day.errors = [_("Ce binôme dort déjà sur place ce soir-là.")]
    if form.errors:
        return await pair_page(request, pair, night=form, status=422)
    lat, lon = await middle_of(form.near.data or "")
    day: date | None = form.day.data
    await Overnight.create(
        campaign_id=UUID(form.campaign.data),
        pair_id=pair.id,
        day=day,
        name=form.name.data,
        lat=lat,
        lon=lon,
    )
    return back(request, pair)


async def middle_of(commune: str) -> tuple[float, float]:
    """Where a commune's sites are, on average."""
    rows = await Site.filter(commune=commune, active=True, lat__not_isnull=True).values_list(
        "lat", "lon"
    )
    return sum(lat for lat, _lon in rows) / len(rows), sum(lon for _lat, lon in rows) / len(rows)


@for_roles(Role.PLANNER)
async def delete_night(request: Request) -> Response:
    pair = await pair_of(request)
    await Overnight.filter(id=request.path_params["night"], pair_id=pair.id).delete()
    return back(request, pair)


def back(request: Request, pair: Pair, part: str = "") -> Response:
    address = request.app.url_path_for("pair", id=pair.id)
    return RedirectResponse(f"{address}{part}", status_code=303)


PAIR = "/pairs/{id:uuid}"
routes = [
    Route("/pairs", list_pairs, name="pairs"),
    Route("/pairs", create_pair, methods=["POST"]),
    Route("/pairs/new", new_pair, name="new_pair"),
    Route(PAIR, show_pair, name="pair"),
    Route(PAIR, update_pair, methods=["POST"]),
    Route(f"{PAIR}/absences", create_absence, methods=["POST"], name="absences"),
    Route(f"{PAIR}/absences/{{absence:uuid}}", update_absence, methods=["POST"], name="absence"),
    Route(
        f"{PAIR}/absences/{{absence:uuid}}/removal",
        delete_absence,
        methods=["POST"],
        name="absence_removal",
    ),
    Route(f"{PAIR}/nights", create_night, methods=["POST"], name="nights"),
    Route(
        f"{PAIR}/nights/{{night:uuid}}/removal",
        delete_night,
        methods=["POST"],
        name="night_removal",
    ),
]
