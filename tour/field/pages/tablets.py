"""Enrolling a device, and the planner's page of tablets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import segno
from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from tour.audit.record import acting
from tour.audit.who import By, ByKind
from tour.db import local_now, now
from tour.errors import UserError
from tour.field import tablets, unreadable
from tour.field.models import Tablet
from tour.field.saved import MOST_BYTES, Received, receive_saved
from tour.field.team import WITH_TEAM, team
from tour.i18n import gettext as _
from tour.people.models import Agent, Pair, Role
from tour.settings import settings
from tour.web.bodies import FORM, takes
from tour.web.forms import blank_form, read_form
from tour.web.guard import for_roles
from tour.web.render import page
from tour.wording import N_

COOKIE = "tablet"
YEAR = 365 * 24 * 3600
SILENT = timedelta(
    days=2
)  # a tablet that holds something and has said nothing for so long is called


class EnrolmentForm(Form):
    pair = SelectField(N_("Binôme"), [InputRequired()])
    name = StringField(N_("Nom de la tablette"), [InputRequired(), Length(max=80)])


async def tablet_of(request: Request) -> Tablet | None:
    """The enrolled tablet that asks, by its cookie."""
    tablet = await tablets.known_by(request.cookies.get(COOKIE, ""))
    if tablet:
        acting(By(ByKind.TABLET, str(tablet.id), f"{tablet.name} · {tablet.pair.name}"))
    return tablet


async def show_enrolment(request: Request) -> Response:
    """A button: following a link (a mail scanner, a preview) must not use it up."""
    tablet = await tablets.waiting_for(request.path_params["token"])
    return page(
        request, "tablets/enrol.html", tablet=tablet, error="", status=200 if tablet else 422
    )


async def create_enrolment(request: Request) -> Response:
    try:
        tablet, secret = await tablets.enrol(request.path_params["token"])
    except UserError as error:
        return page(request, "tablets/enrol.html", tablet=None, error=error.message, status=422)
    acting(By(ByKind.TABLET, str(tablet.id), tablet.name))
    return enrolled(secret)


async def demo_tablet(request: Request) -> Response:
    """Demo mode only: makes this browser the tablet of the pair with most to do."""
    pair = await tablets.busiest_pair(local_now().date()) if settings().demo else None
    if pair is None:
        raise HTTPException(404)
    _tablet, secret = await tablets.enrol_at_once(pair, _("Tablette de démonstration"))
    return enrolled(secret)


def enrolled(secret: str) -> Response:
    answer = RedirectResponse("/field/prepare", status_code=303)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=YEAR,
        path="/field",
        httponly=True,
        samesite="lax",
        secure=settings().base_url.startswith("https:"),
    )
    return answer


@for_roles(Role.PLANNER)
async def list_tablets(request: Request) -> Response:
    return await tablets_page(request, await with_pairs(blank_form(EnrolmentForm)))


@for_roles(Role.PLANNER)
async def create_link(request: Request) -> Response:
    form = await with_pairs(await read_form(request, EnrolmentForm))
    if not form.validate():
        return await tablets_page(request, form, status=422)
    link = await tablets.enrol_link(
        await Pair.get(id=form.pair.data), form.name.data or "", request.state.agent
    )
    return await tablets_page(request, form, link=link)


@for_roles(Role.PLANNER)
async def create_revocation(request: Request) -> Response:
    tablet = await Tablet.get_or_none(id=request.path_params["id"])
    if tablet is None:
        raise HTTPException(404)
    await tablets.revoke(tablet)
    return RedirectResponse(request.app.url_path_for("tablets"), status_code=303)


@for_roles(Role.PLANNER)
@takes(MOST_BYTES + FORM)
async def create_import(request: Request) -> Response:
    """A saved outbox: what it holds is applied, and what is refused is shown with the reason."""
    form = await with_pairs(blank_form(EnrolmentForm))
    upload = (await request.form(max_files=1, max_fields=10)).get("file")
    try:
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise UserError(_("Choisissez le fichier enregistré sur la tablette."), field="file")
        taken = await receive_saved(await upload.read(MOST_BYTES + 1))
    except UserError as error:
        return await tablets_page(request, form, wrong_file=error.message, status=422)
    return await tablets_page(request, form, taken=taken)


@for_roles(Role.PLANNER)
async def delete_alarm(request: Request) -> Response:
    """« Vu »: the planner knows of what a tablet lost."""
    await Tablet.filter(id=request.path_params["id"]).update(lost=0, lost_at=None)
    return RedirectResponse(request.app.url_path_for("tablets"), status_code=303)


async def with_pairs(form: EnrolmentForm) -> EnrolmentForm:
    form.pair.choices = [
        SelectChoice(str(pair.id), pair.name) for pair in await Pair.all().order_by("ref")
    ]
    return form


async def tablets_page(
    request: Request,
    form: EnrolmentForm,
    *,
    link: str = "",
    wrong_file: str = "",
    taken: Received | None = None,
    wrong_guest: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    enrolled_ones = (
        await Tablet.exclude(enrolled_at=None)
        .order_by("revoked_at", "name")
        .prefetch_related("enrolled_by", *WITH_TEAM)
    )
    waiting = await tablets.links_waiting().prefetch_related("pair", "enrolled_by")
    tourers = [
        agent
        for agent in await Agent.filter(active=True).order_by("name")
        if agent.has(Role.TOURER)
    ]
    code = qr(link) if link else ""
    minutes = int(tablets.LINK_LASTS.total_seconds() // 60)
    return page(
        request,
        "tablets/index.html",
        status=status,
        tablets=enrolled_ones,
        teams={tablet.id: team(tablet) for tablet in enrolled_ones},
        tourers=tourers,
        wrong_guest=wrong_guest or {},
        waiting=waiting,
        pins=settings().tablet_pin != "off",
        until=now() + tablets.LINK_LASTS,
        form=form,
        link=link,
        code=code,
        minutes=minutes,
        wrong_file=wrong_file,
        taken=taken,
        silent_since=now() - SILENT,
        unreadable=await unreadable.to_look_at(),
        unreadable_days=unreadable.KEPT.days,
    )


def qr(link: str) -> Markup:
    """The link as a QR code, on white whatever the page's colours. The SVG holds no text."""
    svg = segno.make(link, micro=False).svg_inline(
        scale=6, light="white", svgclass="qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704


routes = [
    Route("/field/enrol/{token}", show_enrolment),
    Route("/field/enrol/{token}", create_enrolment, methods=["POST"]),
    Route("/demo/tablet", demo_tablet),
    Route("/tablets", list_tablets, name="tablets"),
    Route("/tablets", create_link, methods=["POST"]),
    Route("/tablets/copies", create_import, methods=["POST"], name="tablet_copy"),
    Route("/tablets/{id:uuid}/alarm", delete_alarm, methods=["POST"], name="tablet_alarm"),
    Route(
        "/tablets/{id:uuid}/revocation",
        create_revocation,
        methods=["POST"],
        name="tablet_revocation",
    ),
]
