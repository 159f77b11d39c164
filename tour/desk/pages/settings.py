"""The desk's settings: which desk treats needs, how it is reached, what the catalogue's items are there.

The admin's only: who sets an address makes this server speak to it.
"""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.corner.catalogue.models import Item
from tour.desk import desks
from tour.desk.connectors.base import DeskError
from tour.desk.mapping import save_items, save_sites
from tour.desk.models import Delivery, Desk, DeskKind, ItemMapping, RemoteChoice, SiteMapping
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.models import Role
from tour.sites.models import Site
from tour.web.bodies import LONG_FORM, MOST_FIELDS, takes
from tour.web.guard import for_roles
from tour.web.render import page

OUTSIDE = [kind for kind in DeskKind if kind != DeskKind.EMBEDDED]


@for_roles(Role.ADMIN)
async def show_settings(request: Request) -> Response:
    all_desks = await Desk.all().order_by("name")
    counts = {desk.id: await Delivery.filter(desk_id=desk.id).count() for desk in all_desks}
    return page(
        request,
        "desk/settings.html",
        desks=all_desks,
        counts=counts,
        kinds=OUTSIDE,
        in_use=next((desk for desk in all_desks if desk.in_use), None),
    )


@for_roles(Role.ADMIN)
async def show_new(request: Request) -> Response:
    kind = request.query_params.get("kind", "")
    if kind not in OUTSIDE:
        return RedirectResponse(request.app.url_path_for("desk_settings"), status_code=303)
    return form_page(request, None, DeskKind(kind))


@for_roles(Role.ADMIN)
async def show_desk(request: Request) -> Response:
    desk = await desk_of(request)
    return form_page(request, desk, desk.kind)


async def desk_of(request: Request) -> Desk:
    desk = await Desk.get_or_none(id=request.path_params["id"])
    if desk is None:
        raise NotFound(_("Ce guichet n’existe pas."))
    return desk


def form_page(
    request: Request,
    desk: Desk | None,
    kind: DeskKind,
    given: dict[str, Any] | None = None,
    error: UserError | None = None,
) -> Response:
    """The form, with what was typed and the error next to its field; secrets are never sent back."""
    known = desks.settings_without_secrets(desk, kind)
    values = {
        "name": desk.name if desk else "",
        "url": desk.url if desk else "",
        "triage": desk.triage if desk else False,
        **known["options"],
        **(given or {}),
    }
    hook = (
        f"/api/hooks/{'tickets' if kind == DeskKind.WEBHOOK else 'glpi'}/{desk.id}" if desk else ""
    )
    return page(
        request,
        "desk/desk_form.html",
        desk=desk,
        kind=kind,
        asks=desks.ASKS[kind],
        url_help=desks.URL_HELP[kind],
        values=values,
        held=known["held"],
        error=error,
        hook=hook if kind != DeskKind.RT else "",
        status=422 if error else 200,
    )


@for_roles(Role.ADMIN)
async def create_desk(request: Request) -> Response:
    form = await request.form()
    kind = str(form.get("kind", ""))
    if kind not in OUTSIDE:
        raise UserError(_("Choisissez une sorte de guichet."))
    return await save(request, None, DeskKind(kind), form)


@for_roles(Role.ADMIN)
async def update_desk(request: Request) -> Response:
    desk = await desk_of(request)
    return await save(request, desk, desk.kind, await request.form())


async def save(request: Request, desk: Desk | None, kind: DeskKind, form: FormData) -> Response:
    given = {name: str(value) for name, value in form.items()}
    triage = bool(given.get("triage"))
    try:
        desk = await desks.save(
            desk, kind, given.get("name", "")[:40], given.get("url", "")[:300], given, triage=triage
        )
    except UserError as error:
        public = {a.name for a in desks.ASKS[kind] if not a.secret} | {"name", "url"}
        typed = {name: value for name, value in given.items() if name in public}
        return form_page(request, desk, kind, {**typed, "triage": triage}, error)
    if not desk.findings:  # else they say what must be typed before anything is sent there
        await desks.check(desk)
    return RedirectResponse(request.app.url_path_for("desk_one", id=desk.id), status_code=303)


@for_roles(Role.ADMIN)
async def create_check(request: Request) -> Response:
    """« Tester la connexion »."""
    desk = await desk_of(request)
    await desks.check(desk)
    return RedirectResponse(request.app.url_path_for("desk_one", id=desk.id), status_code=303)


@for_roles(Role.ADMIN)
async def update_use(request: Request) -> Response:
    """Which desk new needs go to."""
    wanted = str((await request.form()).get("desk", ""))
    desk = next((d for d in await Desk.all() if str(d.id) == wanted), None)
    if wanted and desk is None:
        raise NotFound(_("Ce guichet n’existe pas."))
    if desk and not (desk.findings and all(f["ok"] for f in desk.findings)):
        raise UserError(
            _(
                "Testez d’abord la connexion de ce guichet : tout doit être en ordre avant de s’en servir."
            )
        )
    await desks.take_into_use(desk.id if desk else None)
    return RedirectResponse(request.app.url_path_for("desk_settings"), status_code=303)


@for_roles(Role.ADMIN)
async def show_mapping(request: Request) -> Response:
    desk = await desk_of(request)
    return await mapping_page(request, desk)


async def mapping_page(request: Request, desk: Desk, problem: str = "") -> Response:
    choices = await RemoteChoice.filter(desk_id=desk.id).order_by("name")
    return page(
        request,
        "desk/mapping.html",
        desk=desk,
        problem=problem,
        status=422 if problem else 200,
        choices={w: [c for c in choices if c.what == w] for w in ("category", "location", "queue")},
        items=await Item.filter(active=True).order_by("space", "position", "name"),
        sites=await Site.to_visit().order_by("name"),
        item_of={m.item_id: m for m in await ItemMapping.filter(desk_id=desk.id)},
        site_of={m.site_id: m for m in await SiteMapping.filter(desk_id=desk.id)},
    )


@for_roles(Role.ADMIN)
async def create_import(request: Request) -> Response:
    """Reads the desk's categories, locations or queues."""
    desk = await desk_of(request)
    try:
        await desks.import_choices(desk)
    except (DeskError, UserError) as error:
        return await mapping_page(request, desk, str(error))
    return RedirectResponse(request.app.url_path_for("desk_mapping", id=desk.id), status_code=303)


@for_roles(Role.ADMIN)
@takes(LONG_FORM)
async def update_mapping(request: Request) -> Response:
    desk = await desk_of(request)
    sent = await request.form(max_fields=MOST_FIELDS)
    form = {name: str(value).strip() for name, value in sent.items()}
    await save_items(desk, form)
    await save_sites(desk, form)
    return RedirectResponse(request.app.url_path_for("desk_mapping", id=desk.id), status_code=303)


routes = [
    Route("/desk/settings", show_settings, name="desk_settings"),
    Route("/desk/settings/new", show_new, name="desk_new"),
    Route("/desk/settings", create_desk, methods=["POST"], name="desk_create"),
    Route("/desk/settings/use", update_use, methods=["POST"], name="desk_use"),
    Route("/desk/settings/{id:uuid}", show_desk, name="desk_one"),
    Route("/desk/settings/{id:uuid}", update_desk, methods=["POST"], name="desk_update"),
    Route("/desk/settings/{id:uuid}/check", create_check, methods=["POST"], name="desk_check"),
    Route("/desk/settings/{id:uuid}/mapping", show_mapping, name="desk_mapping"),
    Route("/desk/settings/{id:uuid}/mapping", update_mapping, methods=["POST"], name="desk_map"),
    Route("/desk/settings/{id:uuid}/import", create_import, methods=["POST"], name="desk_import"),
]
