"""The catalogue out of and into files: what an import would do is shown line by line before anything is written."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tour.corner.catalogue.files import apply, as_csv, as_json, dry_run, label
from tour.corner.catalogue.models import Item
from tour.i18n import gettext as _
from tour.people.models import Role
from tour.tables.pages.waiting import Waiting
from tour.tables.table import MAX_BYTES
from tour.web.bodies import FORM, takes
from tour.web.guard import for_roles
from tour.web.render import page

WAITING = Waiting("catalogue_import", back="catalogue", label=label)


@for_roles(Role.DESK, Role.PLANNER)
async def show_csv(request: Request) -> Response:
    return download(as_csv(await all_items()), "text/csv; charset=utf-8", "catalogue.csv")


@for_roles(Role.DESK, Role.PLANNER)
async def show_json(request: Request) -> Response:
    return download(as_json(await all_items()), "application/json", "catalogue.json")


async def all_items() -> list[Item]:
    return await Item.all().order_by("space", "position", "name", "id")


def download(text: str, media_type: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(text, media_type=media_type, headers={"Content-Disposition": disposition})


@for_roles(Role.DESK)
async def new_import(request: Request) -> Response:
    return page(request, "corner/catalogue/import.html", errors=[])


@for_roles(Role.DESK)
@takes(MAX_BYTES + FORM)
async def create_import(request: Request) -> Response:
    """Reads the file and says what would change; nothing is written yet."""
    async with request.form(max_files=1, max_fields=10) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile) or not upload.filename:
            errors = [_("Choisissez un fichier.")]
            return page(request, "corner/catalogue/import.html", errors=errors, status=422)
        report = await dry_run(await upload.read(), upload.filename)
    if report.errors:
        return page(request, "corner/catalogue/import.html", errors=report.errors, status=422)
    return WAITING.keep(request, report)


@for_roles(Role.DESK)
async def show_import(request: Request) -> Response:
    return WAITING.show(request)


@for_roles(Role.DESK)
async def create_application(request: Request) -> Response:
    """« Importer »: does what the report says."""
    counts = await apply(WAITING.report(request))
    WAITING.drop(request)
    return page(request, "corner/catalogue/imported.html", counts=counts)


@for_roles(Role.DESK)
async def create_cancellation(request: Request) -> Response:
    return WAITING.cancel(request)


routes = [
    Route("/catalogue/export.csv", show_csv, name="catalogue_csv"),
    Route("/catalogue/export.json", show_json, name="catalogue_json"),
    Route("/catalogue/import", new_import, name="catalogue_import"),
    Route("/catalogue/import", create_import, methods=["POST"]),
    Route("/catalogue/imports/{id:uuid}", show_import, name="catalogue_import_report"),
    Route(
        "/catalogue/imports/{id:uuid}/application",
        create_application,
        methods=["POST"],
        name="catalogue_import_application",
    ),
    Route(
        "/catalogue/imports/{id:uuid}/cancellation",
        create_cancellation,
        methods=["POST"],
        name="catalogue_import_cancellation",
    ),
]
