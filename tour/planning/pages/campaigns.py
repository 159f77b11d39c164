"""The planner's pages: the campaign with its map and list, a plan being made, a plan as days × pairs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import (
    DateField,
    Form,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from tour.db import local_now, transaction
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.models import Pair, Role
from tour.planning.accept import accept
from tour.planning.copying import follow
from tour.planning.models import Campaign, Manner, Plan, PlanState
from tour.planning.options import Options, read_options, write_options
from tour.planning.pages.board import PLAN, asked_plan, plan_page
from tour.planning.pages.form_days import of_our_times
from tour.planning.prepare import sites_nowhere, visits_asked
from tour.planning.run import solve_plan
from tour.sites.models import Site
from tour.solver.problem import working_days
from tour.templating import html
from tour.visits.models import Visit, VisitState
from tour.web.forms import blank_form, read_form
from tour.web.guard import for_roles
from tour.web.live import live
from tour.web.render import page
from tour.wording import N_

LOOK_EVERY_S = 0.25


@for_roles(Role.PLANNER)
async def home(request: Request) -> Response:
    """Where planners start; the guard sends others to their own first page."""
    campaign = await Campaign.all().first()
    if campaign is None:
        return page(request, "planning/none.html", sites=await Site.to_visit().count())
    return await campaign_page(request, campaign)


@for_roles(Role.PLANNER)
async def show_campaign(request: Request) -> Response:
    return await campaign_page(request, await campaign_of(request))


async def campaign_of(request: Request) -> Campaign:
    campaign = await Campaign.get_or_none(id=request.path_params["campaign"])
    if campaign is None:
        raise NotFound(_("Cette campagne n’existe pas."))
    return campaign


async def campaign_page(request: Request, campaign: Campaign) -> Response:
    """The map of the sites and the list that says the same, for one campaign."""
    visits = {
        visit.site_id: visit
        for visit in await Visit.filter(campaign_id=campaign.id)
        .exclude(state=VisitState.CANCELLED)
        .select_related("pair")
    }
    sites = await campaign.sites.filter(active=True).order_by("commune", "name")
    words = request.query_params.get("q", "").lower().split()
    shown = [
        s for s in sites if all(word in f"{s.name} {s.commune} {s.kind}".lower() for word in words)
    ]
    states = Counter(visits[site.id].state.value if site.id in visits else "none" for site in sites)
    counts = {state: states[state] for state in ("none", *VisitState) if states[state]}
    days = working_days(campaign.first_day, campaign.days)
    return page(
        request,
        "planning/campaign.html",
        block="sites" if "q" in request.query_params else None,
        campaign=campaign,
        campaigns=await Campaign.all(),
        pairs=await campaign.pairs.all().order_by("ref"),
        plans=await plans_to_show(campaign),
        sites=shown,
        visits=visits,
        counts=counts,
        total=len(sites),
        nowhere=await sites_nowhere(campaign),
        last_day=days[-1],
        q=request.query_params.get("q", ""),
    )


async def plans_to_show(campaign: Campaign) -> list[Plan]:
    """The plan in force and the newest others."""
    in_force = (
        await campaign.plans.filter(state=PlanState.ACCEPTED).order_by("-accepted_at").first()
    )
    newest = await campaign.plans.all().limit(5)
    return [*([in_force] if in_force else []), *(plan for plan in newest if plan != in_force)]


class CampaignForm(Form):
    name = StringField(N_("Nom de la campagne"), [InputRequired(), Length(max=120)])
    first_day = DateField(N_("Premier jour"), [InputRequired(), of_our_times])
    days = IntegerField(N_("Jours ouvrés"), [InputRequired(), NumberRange(1, 260)], default=25)
    pairs = SelectMultipleField(
        N_("Binômes"), [InputRequired(N_("Choisissez au moins un binôme."))]
    )


def next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


@for_roles(Role.PLANNER)
async def new_campaign(request: Request) -> Response:
    pairs = await Pair.all().order_by("ref")
    form = blank_form(
        CampaignForm,
        first_day=next_monday(local_now().date()),
        pairs=[str(pair.id) for pair in pairs],
    )
    return await campaign_form(request, form, pairs)


async def campaign_form(
    request: Request, form: CampaignForm, pairs: list[Pair], status: int = 200
) -> Response:
    form.pairs.choices = [SelectChoice(str(pair.id), pair.name) for pair in pairs]
    return page(
        request,
        "planning/campaign_new.html",
        form=form,
        pairs=pairs,
        sites=await Site.to_visit().count(),
        nowhere=[site for site in await Site.to_visit().order_by("name") if not site.located],
        status=status,
    )


@for_roles(Role.PLANNER)
async def create_campaign(request: Request) -> Response:
    pairs = await Pair.all().order_by("ref")
    form = await read_form(request, CampaignForm)
    form.pairs.choices = [SelectChoice(str(pair.id), pair.name) for pair in pairs]
    if not form.validate():
        return await campaign_form(request, form, pairs, status=422)
    async with transaction():
        campaign = await Campaign.create(
            name=form.name.data, first_day=form.first_day.data, days=form.days.data
        )
        await campaign.pairs.add(
            *[pair for pair in pairs if str(pair.id) in (form.pairs.data or [])]
        )
        await campaign.sites.add(*await Site.to_visit())
    return RedirectResponse(
        request.app.url_path_for("campaign", campaign=campaign.id), status_code=303
    )


class PlanForm(Form):
    seconds = IntegerField(N_("Temps de calcul"), [NumberRange(1, 600)], default=20)
    manner = SelectField(
        choices=[
            SelectChoice(manner, manner) for manner in (Manner.NEW, Manner.IMPROVE, Manner.REPAIR)
        ],
        default=Manner.NEW,
        validate_choice=True,
    )
    balance = IntegerField(validators=[Optional(), NumberRange(1, 100)])
    follows = StringField()


@for_roles(Role.PLANNER)
async def create_plan(request: Request) -> Response:
    """« Calculer »: a plan waits for a worker."""
    campaign = await campaign_of(request)
    form = await read_form(request, PlanForm)
    if not form.validate():
        raise UserError(_("Le temps de calcul va de 1 à 600 secondes."), field="seconds")
    plan = await plan_to_solve(request, campaign, form)
    solve_plan(str(plan.id))
    return RedirectResponse(plan_address(request, plan), status_code=303)


async def plan_to_solve(request: Request, campaign: Campaign, form: PlanForm) -> Plan:
    """A plan from nothing, or from where another stands."""
    by_id, seconds = request.state.agent.id, form.seconds.data or 20
    balance = form.balance.data
    other = await followed(campaign, form.follows.data or "")
    if other is None:
        options = Options(balance_percent=balance)
        return await Plan.create(
            campaign_id=campaign.id,
            seconds=seconds,
            options=write_options(options),
            made_by_id=by_id,
        )
    options = replace(read_options(other.options), balance_percent=balance)
    return await follow(
        other, Manner(form.manner.data), seconds=seconds, by_id=by_id, options=options
    )


async def followed(campaign: Campaign, plan_id: str) -> Plan | None:
    """The plan to start from. Raises NotFound when it is not one of this campaign's."""
    if not plan_id:
        return None
    try:
        plan = await Plan.get_or_none(id=UUID(plan_id), campaign_id=campaign.id)
    except ValueError:
        plan = None
    if plan is None:
        raise NotFound(_("Ce plan n’existe pas."))
    return plan


def plan_address(request: Request, plan: Plan) -> str:
    return request.app.url_path_for("plan", campaign=plan.campaign_id, plan=plan.id)


@for_roles(Role.PLANNER)
async def show_plan(request: Request) -> Response:
    plan = await asked_plan(request)
    if plan.state.solved:
        return await plan_page(request, plan)
    options = read_options(plan.options)
    return page(
        request,
        "planning/plan.html",
        plan=plan,
        total=await visits_asked(plan.campaign, options),
        nowhere=await sites_nowhere(plan.campaign, options),
    )


@for_roles(Role.PLANNER)
async def show_progress(request: Request) -> Response:
    """The plan's progress, live, until it is ready."""
    plan = await asked_plan(request)
    total = await visits_asked(plan.campaign, read_options(plan.options))
    return live(progress_of(plan.id, total), end="plan-ready")


async def progress_of(plan_id: UUID, total: int) -> AsyncIterator[str]:
    shown = None
    while True:
        plan = await Plan.get(id=plan_id)
        if (seen := (plan.state, len(plan.curve), plan.stop_asked)) != shown:
            shown = seen
            yield html("planning/progress.html", plan=plan, total=total)
        if plan.state.finished:
            return
        await asyncio.sleep(LOOK_EVERY_S)


@for_roles(Role.PLANNER)
async def create_stop(request: Request) -> Response:
    """« Arrêter »: the solver keeps the best plan so far."""
    plan = await asked_plan(request)
    await Plan.filter(id=plan.id).update(stop_asked=True)
    return RedirectResponse(plan_address(request, plan), status_code=303)


@for_roles(Role.PLANNER)
async def create_acceptance(request: Request) -> Response:
    """« Accepter »: the plan's places become visits."""
    plan = await asked_plan(request)
    try:
        await accept(plan.id, by=request.state.agent.name)
    except UserError as refused:
        return await plan_page(request, plan, error=refused.message, status=422)
    return RedirectResponse(request.app.url_path_for("visits"), status_code=303)


routes = [
    Route("/", home, name="home"),
    Route("/campaigns/new", new_campaign, name="new_campaign"),
    Route("/campaigns", create_campaign, methods=["POST"], name="campaigns"),
    Route("/campaigns/{campaign:uuid}", show_campaign, name="campaign"),
    Route("/campaigns/{campaign:uuid}/plans", create_plan, methods=["POST"], name="plans"),
    Route(PLAN, show_plan, name="plan"),
    Route(f"{PLAN}/progress", show_progress, name="plan_progress"),
    Route(f"{PLAN}/stop", create_stop, methods=["POST"], name="plan_stop"),
    Route(f"{PLAN}/acceptance", create_acceptance, methods=["POST"], name="plan_acceptance"),
]
