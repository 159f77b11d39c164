"""Visits: the planner's list and page, the manager's answer, the mail folder of the demo."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import DateField, Form, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from tour import outbox
from tour.db import local_now, now
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.needs.models import Need
from tour.people.models import Role
from tour.settings import settings
from tour.visits import invite, links
from tour.visits.models import ANSWERS, ManagerLink, Visit, VisitState
from tour.web.forms import blank_form, read_form
from tour.web.guard import for_roles
from tour.web.render import page
from tour.wording import N_

SESSION_LASTS = timedelta(hours=1)
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@for_roles(Role.PLANNER)
async def list_visits(request: Request) -> Response:
    wanted = request.query_params.get("state", "")
    visits = Visit.all().select_related("site__manager", "pair")
    if wanted in set(VisitState):
        visits = visits.filter(state=wanted)
    states = await Visit.all().values_list("state", flat=True)
    counts = {state: sum(1 for s in states if s == state) for state in VisitState}
    return page(request, "visits/list.html", visits=await visits, counts=counts, wanted=wanted)


async def visit_of(request: Request) -> Visit:
    visit = await Visit.get_or_none(id=request.path_params["id"]).prefetch_related(
        "more", "site__manager", "site__ambassadors", "pair__hr", "pair__dsn", "events"
    )
    if visit is None:
        raise NotFound(_("Cette visite n’existe pas."))
    return visit


@for_roles(Role.PLANNER)
async def show_visit(request: Request) -> Response:
    visit = await visit_of(request)
    needs = (
        await Need.filter(visit_id=visit.id, withdrawn=False)
        .order_by("recorded_at")
        .select_related("item")
    )
    return page(request, "visits/show.html", visit=visit, needs=needs, problem=None)


@for_roles(Role.PLANNER)
async def create_invitation(request: Request) -> Response:
    """« Inviter »: one visit."""
    visit = await visit_of(request)
    try:
        await invite.invite(visit.id, by=request.state.agent.name)
    except UserError as error:
        needs = await Need.filter(visit_id=visit.id, withdrawn=False).select_related("item")
        return page(
            request, "visits/show.html", visit=visit, needs=needs, problem=error.message, status=422
        )
    outbox.deliver_now()
    return RedirectResponse(request.app.url_path_for("visit", id=visit.id), status_code=303)


@for_roles(Role.PLANNER)
async def create_invitations(request: Request) -> Response:
    """« Inviter tous les responsables »: every proposed visit still ahead."""
    ahead = await Visit.filter(state=VisitState.PROPOSED, day__gt=local_now().date()).values_list(
        "id", flat=True
    )
    done, problems = await invite.invite_many(list(ahead), by=request.state.agent.name)  # type: ignore[arg-type]
    return page(request, "visits/invited.html", done=done, problems=problems)


class AnswerForm(Form):
    answer = RadioField(
        validators=[InputRequired(N_("Choisissez une des trois réponses."))],
        choices=[SelectChoice(state.value) for state in ANSWERS],
    )
    name = StringField(validators=[InputRequired(N_("Indiquez votre nom.")), Length(max=120)])
    wish = DateField(validators=[Optional()])
    note = TextAreaField(validators=[Length(max=1000)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Another date needs the date, and one to come; any other answer leaves it aside."""
        valid = bool(super().validate(extra_validators))
        if self.answer.data != VisitState.OTHER_DATE:
            return valid
        if self.wish.data is None and not self.wish.errors:
            self.wish.errors = [N_("Indiquez une date qui vous convient.")]
        elif self.wish.data is not None and self.wish.data <= local_now().date():
            self.wish.errors = [N_("Choisissez une date à venir.")]
        return valid and not self.wish.errors


async def open_manager_link(request: Request) -> Response:
    """Trades the token for a session and leaves it out of the address. Reads only: scanners may come."""
    link = await links.open_link(request.path_params["token"])
    if link is None or links.expired(link):
        answer = page(
            request, "visits/link_over.html", link=link, status=404 if link is None else 410
        )
    else:
        request.session["manager_link"] = [str(link.id), (now() + SESSION_LASTS).timestamp()]
        answer = RedirectResponse(request.app.url_path_for("manager_visit"), status_code=303)
    answer.headers.update(PRIVATE)
    return answer


async def manager_link(request: Request) -> ManagerLink | None:
    """The link this visitor came by, if it still holds."""
    link_id, until = request.session.get("manager_link", (None, 0))
    if link_id is None or until < now().timestamp():
        return None
    link = await ManagerLink.get_or_none(id=UUID(link_id))
    return None if link is None or links.expired(link) else link


async def manager_page(
    request: Request, link: ManagerLink | None, form: Form | None = None, status: int = 200
) -> Response:
    if link is None:
        answer = page(request, "visits/link_over.html", link=None, status=404)
    else:
        visit = await Visit.get(id=link.visit_id).prefetch_related(
            "site__manager", "site__ambassadors", "pair__hr", "pair__dsn", "events"
        )
        needs = await Need.filter(visit_id=visit.id, withdrawn=False).select_related("item")
        manager = visit.site.manager
        form = form or blank_form(AnswerForm, name=manager.name if manager else "")
        changeable = visit.day > local_now().date() and visit.state in {
            VisitState.INVITED,
            VisitState.CONFIRMED,
            VisitState.OTHER_DATE,
            VisitState.DECLINED,
        }
        answer = page(
            request,
            "visits/manager.html",
            visit=visit,
            needs=needs,
            form=form,
            changeable=changeable,
            tomorrow=local_now().date() + timedelta(days=1),
            status=status,
        )
    answer.headers.update(PRIVATE)
    return answer


async def show_manager_visit(request: Request) -> Response:
    return await manager_page(request, await manager_link(request))


async def create_answer(request: Request) -> Response:
    link = await manager_link(request)
    if link is None:
        return await manager_page(request, None)
    form = await read_form(request, AnswerForm)
    if not form.validate():
        return await manager_page(request, link, form, status=422)
    try:
        await invite.answer(
            link.visit_id,
            VisitState(form.answer.data),
            name=form.name.data or "",
            note=form.note.data or "",
            wish=form.wish.data if form.answer.data == VisitState.OTHER_DATE else None,
        )
    except UserError as error:
        form.answer.errors = [error.message]
        return await manager_page(request, link, form, status=422)
    return RedirectResponse(request.app.url_path_for("manager_visit"), status_code=303)


async def demo_manager(request: Request) -> Response:
    """Demo mode only: opens the link of the next visit that waits for its manager's answer."""
    if not settings().demo:
        raise HTTPException(404)
    ahead = Visit.filter(day__gt=local_now().date(), site__manager_id__not_isnull=True).order_by(
        "day", "start"
    )
    visit = (
        await ahead.filter(state=VisitState.INVITED).first()
        or await ahead.filter(state=VisitState.PROPOSED).first()
    )
    if visit is None:
        raise HTTPException(404)
    return RedirectResponse(
        (await links.make_link(visit)).removeprefix(settings().base_url), status_code=303
    )


async def list_demo_mail(request: Request) -> Response:
    """Demo mode only: the mail that would have left, newest first."""
    if not settings().demo:
        raise HTTPException(404)
    files = sorted(
        settings().mail_dir.glob("*.eml"), key=lambda f: f.stat().st_mtime_ns, reverse=True
    )[:200]
    messages = [(f.stem, message_from_bytes(f.read_bytes(), policy=mail_policy)) for f in files]
    return page(request, "dev/mail.html", messages=messages)


async def show_demo_mail(request: Request) -> Response:
    if not settings().demo:
        raise HTTPException(404)
    path = settings().mail_dir / f"{request.path_params['id']}.eml"
    if not path.exists():
        raise HTTPException(404)
    message = message_from_bytes(path.read_bytes(), policy=mail_policy)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain",))
    text = part.get_content() if part else ""
    return page(request, "dev/message.html", message=message, text=text)


routes = [
    Route("/visits", list_visits, name="visits"),
    Route("/visits/invitations", create_invitations, methods=["POST"], name="invitations"),
    Route("/visits/{id:uuid}", show_visit, name="visit"),
    Route("/visits/{id:uuid}/invitation", create_invitation, methods=["POST"], name="invitation"),
    Route("/v", show_manager_visit, name="manager_visit"),
    Route("/v/answer", create_answer, methods=["POST"], name="manager_answer"),
    Route("/v/{token}", open_manager_link, name="manager_link"),
    Route("/demo/manager", demo_manager, name="demo_manager"),
    Route("/dev/mail", list_demo_mail, name="demo_mail"),
    Route("/dev/mail/{id:uuid}", show_demo_mail, name="demo_message"),
]
