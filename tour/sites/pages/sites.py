"""Sites: list, card, positions to check, import of a file."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import FloatField, Form
from wtforms.validators import InputRequired, NumberRange

from tour.errors import NotFound
from tour.i18n import gettext as _
from tour.people.models import Role
from tour.sites.geocode import GOOD_SCORE
from tour.sites.importing import apply, dry_run
from tour.sites.importing.columns import label
from tour.sites.jobs import geocode_now
from tour.sites.models import PositionState, Site
from tour.tables.pages.waiting import Waiting
from tour.tables.table import MAX_BYTES
from tour.web.bodies import FORM, takes
from tour.web.forms import blank_form, read_form
from tour.web.guard import for_roles
from tour.web.render import page
from tour.wording import N_

WAITING = Waiting("import", back="sites", label=label)


@for_roles(Role.PLANNER)
async def list_sites(request: Request) -> Response:
    q = request.query_params.get("q", "")
    words = q.lower().split()
    everything = await Site.filter(active=True).order_by("commune", "name")
    sites = [
        site
        for site in everything
        if all(word in f"{site.name} {site.commune} {site.kind}".lower() for word in words)
    ]
    return page(
        request,
        "sites/list.html",
        block="sites",
        sites=sites,
        q=q,
        total=len(everything),
        doubtful=await Site.doubtful().count(),
        nowhere=await Site.without_position().count(),
    )


class PositionForm(Form):
    lat = FloatField(N_("Latitude"), [InputRequired(), NumberRange(41, 51.5)])
    lon = FloatField(N_("Longitude"), [InputRequired(), NumberRange(-5.5, 10)])


async def site_of(request: Request) -> Site:
    site = await Site.get_or_none(id=request.path_params["id"]).prefetch_related(
        "manager", "ambassadors", "visits__pair", "needs__item"
    )
    if site is None:
        raise NotFound(_("Ce site n’existe pas."))
    return site


@for_roles(Role.PLANNER, Role.DESK)
async def show_site(request: Request) -> Response:
    site = await site_of(request)
    return page(
        request,
        "sites/show.html",
        site=site,
        form=blank_form(PositionForm, lat=site.lat, lon=site.lon),
    )


@for_roles(Role.PLANNER)
async def update_position(request: Request) -> Response:
    """A person says where the site is."""
    site = await site_of(request)
    form = await read_form(request, PositionForm)
    if not form.validate():
        return page(request, "sites/show.html", site=site, form=form, status=422)
    await Site.filter(id=site.id).update(
        lat=form.lat.data,
        lon=form.lon.data,
        position_state=PositionState.GIVEN,
        position_score=None,
    )
    return RedirectResponse(request.app.url_path_for("site", id=site.id), status_code=303)


@for_roles(Role.PLANNER)
async def list_sites_to_check(request: Request) -> Response:
    """Sites without a position, and positions that a person must look at."""
    return page(
        request,
        "sites/to_check.html",
        nowhere=await Site.without_position().order_by("commune", "name"),
        doubtful=await Site.doubtful().order_by("commune", "name"),
        total=await Site.filter(active=True).count(),
        good_score=GOOD_SCORE,
    )


@for_roles(Role.PLANNER)
async def new_import(request: Request) -> Response:
    return page(request, "sites/import.html", errors=[], source="")


@for_roles(Role.PLANNER)
@takes(MAX_BYTES + FORM)
async def create_import(request: Request) -> Response:
    """Reads the file and says what would change; nothing is written yet."""
    async with request.form(max_files=1, max_fields=10) as form:
        upload = form.get("file")
        source = str(form.get("source") or "").strip()
        if not isinstance(upload, UploadFile) or not upload.filename:
            return page(
                request,
                "sites/import.html",
                errors=[_("Choisissez un fichier.")],
                source=source,
                status=422,
            )
        report = await dry_run(
            await upload.read(), upload.filename, source or Path(upload.filename).stem[:40]
        )
    if report.errors:
        return page(request, "sites/import.html", errors=report.errors, source=source, status=422)
    return WAITING.keep(request, report)


@for_roles(Role.PLANNER)
async def show_import(request: Request) -> Response:
    return WAITING.show(request)


@for_roles(Role.PLANNER)
async def create_application(request: Request) -> Response:
    """« Importer »: does what the report says."""
    counts = await apply(WAITING.report(request))
    WAITING.drop(request)
    geocode_now()
    return page(request, "sites/imported.html", counts=counts)


@for_roles(Role.PLANNER)
async def create_cancellation(request: Request) -> Response:
    return WAITING.cancel(request)


routes = [
    Route("/sites", list_sites, name="sites"),
    Route("/sites/to-check", list_sites_to_check, name="sites_to_check"),
    Route("/sites/import", new_import, name="site_import"),
    Route("/sites/import", create_import, methods=["POST"]),
    Route("/sites/imports/{id:uuid}", show_import, name="import_report"),
    Route(
        "/sites/imports/{id:uuid}/application",
        create_application,
        methods=["POST"],
        name="import_application",
    ),
    Route(
        "/sites/imports/{id:uuid}/cancellation",
        create_cancellation,
        methods=["POST"],
        name="import_cancellation",
    ),
    Route("/sites/{id:uuid}", show_site, name="site"),
    Route("/sites/{id:uuid}/position", update_position, methods=["POST"], name="site_position"),
]
