"""What agents of a site say in advance, by the poster; the planner or the pair reads it before it is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import Form, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from tour.audit.record import acting
from tour.audit.who import By, ByKind
from tour.corner.catalogue.models import Item
from tour.db import local_now, now
from tour.errors import NotFound
from tour.i18n import gettext as _
from tour.people.models import Role
from tour.post import limits, links
from tour.post.links import Link, LinkKind
from tour.visits import rights
from tour.visits.models import Announcement, AnnouncementState, Visit
from tour.visits.pages.managers import DOOR_LASTS, gone, private
from tour.visits.pages.poster import poster_page
from tour.web.forms import blank_form, read_form
from tour.web.guard import for_roles
from tour.web.render import page
from tour.web.security import peer_of
from tour.wording import N_

AN_HOUR = timedelta(hours=1)


class AnnouncementForm(Form):
    item = SelectField(validate_choice=False)
    text = TextAreaField(validators=[Length(max=600, message=N_("600 caractères au plus."))])
    name = StringField(validators=[Length(max=120)])

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if not self.item.data and not (self.text.data or "").strip():
            self.text.errors = [N_("Choisissez dans la liste, ou dites-le en quelques mots.")]
        return valid and not self.text.errors


async def open_poster_link(request: Request) -> Response:
    link = await links.open_link(request.path_params["token"], LinkKind.POSTER)
    if link is None or links.expired(link):
        return gone(request, 404 if link is None else 410)
    request.session["poster"] = [str(link.id), int((now() + DOOR_LASTS).timestamp())]
    return private(RedirectResponse(request.app.url_path_for("announce"), status_code=303))


async def visit_of_poster(request: Request) -> Visit | None:
    link_id, until = request.session.get("poster", (None, 0))
    link = await Link.get_or_none(id=UUID(link_id)) if link_id else None
    if link is None or until < now().timestamp() or links.expired(link):
        return None
    acting(By(ByKind.REQUESTER, str(link.id)))
    return await Visit.get(id=link.visit_id).select_related("site", "pair__hr", "pair__dsn")


async def form_page(
    request: Request, visit: Visit, form: Form, *, sent: bool = False, status: int = 200
) -> Response:
    items = await Item.filter(active=True).order_by("space", "position", "name")
    return private(
        page(
            request,
            "visits/announce.html",
            visit=visit,
            form=form,
            items=items,
            sent=sent,
            status=status,
        )
    )


async def show_announcement_form(request: Request) -> Response:
    visit = await visit_of_poster(request)
    if visit is None:
        return gone(request)
    return await form_page(
        request, visit, blank_form(AnnouncementForm), sent="sent" in request.query_params
    )


async def create_announcement(request: Request) -> Response:
    visit = await visit_of_poster(request)
    if visit is None:
        return gone(request)
    form = await read_form(request, AnnouncementForm)
    if not form.validate():
        return await form_page(request, visit, form, status=422)
    try:
        who = peer_of(request)
        await limits.allow("hint from", who, most=30, within=AN_HOUR)
        await limits.allow("hint", str(visit.id), most=100, within=AN_HOUR)
    except limits.TooOften as error:
        form.text.errors = [error.message]
        return await form_page(request, visit, form, status=429)
    item = await Item.get_or_none(ref=form.item.data or "", active=True)
    await Announcement.create(
        visit_id=visit.id,
        item_id=item.id if item else None,
        text=(form.text.data or "").strip(),
        name=(form.name.data or "").strip(),
    )
    return private(
        RedirectResponse(request.app.url_path_for("announce") + "?sent=1", status_code=303)
    )


async def visit_in_charge(request: Request) -> Visit:
    """The visit asked for, when this agent plans visits or is of its pair."""
    visit = await Visit.get_or_none(id=request.path_params["id"]).prefetch_related(
        "site", "pair__hr", "pair__dsn", "announcements__item"
    )
    if visit is None:
        raise NotFound(_("Cette visite n’existe pas."))
    if not await rights.may_read_pair(request.state.agent, visit.pair_id):
        raise HTTPException(403)
    return visit


@for_roles(Role.PLANNER, Role.TOURER)
async def list_announcements(request: Request) -> Response:
    visit = await visit_in_charge(request)
    return page(request, "visits/announcements.html", visit=visit, today=local_now().date())


@for_roles(Role.PLANNER, Role.TOURER)
async def settle_announcement(request: Request) -> Response:
    """« Garder » or « Écarter »."""
    visit, form = await visit_in_charge(request), await request.form()
    state = AnnouncementState.KEPT if form.get("decision") == "keep" else AnnouncementState.DROPPED
    await Announcement.filter(id=request.path_params["hint"], visit_id=visit.id).update(
        state=state, by=request.state.agent.name
    )
    return RedirectResponse(request.app.url_path_for("announcements", id=visit.id), status_code=303)


@for_roles(Role.PLANNER, Role.TOURER)
async def create_poster(request: Request) -> Response:
    return await poster_page(request, await visit_in_charge(request))


routes = [
    Route("/p", show_announcement_form, name="announce"),
    Route("/p", create_announcement, methods=["POST"]),
    Route("/p/{token}", open_poster_link, name="poster_link"),
    Route("/visits/{id:uuid}/poster", create_poster, methods=["POST"], name="poster"),
    Route("/visits/{id:uuid}/hints", list_announcements, name="announcements"),
    Route(
        "/visits/{id:uuid}/hints/{hint:uuid}/decision",
        settle_announcement,
        methods=["POST"],
        name="announcement_decision",
    ),
]
