"""« Et si… »: a plan tried with other pairs, bases, hours or dates; and plans side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import DateField, Form, IntegerField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.models import Pair, Role
from tour.planning.compare import MOST, columns_of, sketch_of
from tour.planning.models import Campaign, Manner, Plan, PlanState
from tour.planning.options import Options, PairTried, read_options, write_options
from tour.planning.pages.board import PLAN, asked_plan
from tour.planning.pages.form_days import of_our_times
from tour.planning.prepare import minute_of, sites_nowhere
from tour.planning.run import solve_plan
from tour.settings import settings
from tour.sites.models import Site
from tour.web.forms import blank_form, read_form
from tour.web.guard import for_roles
from tour.web.render import page
from tour.wording import N_

BASES = ("siege", "maison_departement", "msd", "route", "autonomie")


class VariantForm(Form):
    name = StringField(N_("Nom de cet essai"), [InputRequired(), Length(max=80)])
    first_day = DateField(N_("Premier jour"), [InputRequired(), of_our_times])
    days = IntegerField(N_("Jours ouvrés"), [InputRequired(), NumberRange(1, 260)])
    seconds = IntegerField(N_("Temps de calcul"), [NumberRange(1, 600)], default=20)
    pairs = SelectMultipleField(
        N_("Binômes"), [InputRequired(N_("Choisissez au moins un binôme."))]
    )


@for_roles(Role.PLANNER)
async def new_variant(request: Request) -> Response:
    plan = await asked_plan(request)
    options = read_options(plan.options)
    pairs = options.pairs or [str(pair.id) for pair in plan.campaign.pairs]
    form = blank_form(
        VariantForm,
        first_day=options.first_day or plan.campaign.first_day,
        days=options.days or plan.campaign.days,
        pairs=list(pairs),
    )
    return await variant_form(request, plan, form, options.tried)


async def variant_form(
    request: Request,
    plan: Plan,
    form: VariantForm,
    tried: dict[str, PairTried],
    error: str = "",
    status: int = 200,
) -> Response:
    pairs = await Pair.all().order_by("ref")
    form.pairs.choices = [SelectChoice(str(pair.id), pair.name) for pair in pairs]
    return page(
        request,
        "planning/variant.html",
        status=status,
        plan=plan,
        form=form,
        pairs=pairs,
        tried=tried,
        bases=await bases(),
        nowhere=await sites_nowhere(plan.campaign, read_options(plan.options)),
        error=error,
    )


async def bases() -> list[Site]:
    """Where a pair could start from: the Département's own larger sites."""
    return await Site.filter(active=True, kind__in=list(BASES), lat__not_isnull=True).order_by(
        "commune", "name"
    )


@for_roles(Role.PLANNER)
async def create_variant(request: Request) -> Response:
    """« Essayer »: the same campaign planned with what is asked for."""
    plan = await asked_plan(request)
    sent = await request.form()
    form = await read_form(request, VariantForm)
    form.pairs.choices = [SelectChoice(str(p.id), p.name) for p in await Pair.all().order_by("ref")]
    try:
        tried = await tried_of(sent, form.pairs.data or [])
    except UserError as wrong:
        return await variant_form(request, plan, form, {}, wrong.message, 422)
    if not form.validate():
        return await variant_form(request, plan, form, tried, status=422)
    first_day: date = form.first_day.data
    options = replace(
        read_options(plan.options),
        first_day=first_day,
        days=form.days.data,
        pairs=tuple(form.pairs.data or ()),
        tried=tried,
    )
    variant = await start(plan, form.name.data or "", options, form.seconds.data or 20, request)
    return RedirectResponse(
        request.app.url_path_for("plan", campaign=plan.campaign_id, plan=variant.id),
        status_code=303,
    )


async def start(plan: Plan, name: str, options: Options, seconds: int, request: Request) -> Plan:
    variant = await Plan.create(
        campaign_id=plan.campaign_id,
        name=name,
        manner=Manner.NEW,
        follows_id=plan.id,
        options=write_options(options),
        seconds=seconds,
        made_by_id=request.state.agent.id,
    )
    solve_plan(str(variant.id))
    return variant


async def tried_of(sent: FormData, pairs: list[str]) -> dict[str, PairTried]:
    """Another base or other hours, by pair. Raises UserError for hours that cannot be."""
    known = {str(site.id): site for site in await bases()}
    tried: dict[str, PairTried] = {}
    for pair in pairs:
        base = known.get(str(sent.get(f"base-{pair}", "")))
        begin, end = hour_of(sent, f"start-{pair}"), hour_of(sent, f"end-{pair}")
        if begin is not None and end is not None and end - begin < 60:
            raise UserError(_("La fin de la journée vient au moins une heure après son début."))
        asked = PairTried(
            base_name=base.name if base else "",
            lat=base.lat if base else None,
            lon=base.lon if base else None,
            start_min=begin,
            end_min=end,
        )
        if asked != PairTried():
            tried[pair] = asked
    return tried


def hour_of(sent: FormData, name: str) -> int | None:
    text = str(sent.get(name, "")).strip()
    if not text:
        return None
    try:
        return minute_of(time.fromisoformat(text))
    except ValueError:
        raise UserError(
            _("Heure illisible : « %(text)s ». Écrivez par exemple 08:30.", text=text)
        ) from None


@for_roles(Role.PLANNER)
async def compare(request: Request) -> Response:
    """Up to four plans of a campaign in a table and on one map."""
    campaign = await Campaign.get_or_none(id=request.path_params["campaign"])
    if campaign is None:
        raise NotFound(_("Cette campagne n’existe pas."))
    plans = await Plan.filter(
        campaign_id=campaign.id, state__in=[state for state in PlanState if state.solved]
    ).order_by("-created_at")
    asked = {text for text in request.query_params.getlist("plan") if is_id(text)}
    chosen = [plan for plan in plans if str(plan.id) in asked][:MOST] or plans[:2]
    return page(
        request,
        "planning/compare.html",
        campaign=campaign,
        plans=plans,
        chosen={plan.id for plan in chosen},
        columns=await columns_of(chosen),
        sketch=await sketch_of(chosen),
        litres=settings().litres_per_100_km,
        factor=settings().kg_co2_per_litre,
        source=settings().co2_source,
    )


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


routes = [
    Route(f"{PLAN}/variant", new_variant, name="plan_variant"),
    Route(f"{PLAN}/variant", create_variant, methods=["POST"]),
    Route("/campaigns/{campaign:uuid}/compare", compare, name="compare"),
]
