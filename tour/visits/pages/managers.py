"""The pages of a site's manager, who has no account: a link opens a door for an hour.

GET and HEAD only read, so scanners may come; what changes something is a POST in which a person chose and
signed, and neither is filled in beforehand.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import EmailField, Form, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from tour.audit.record import acting
from tour.audit.who import By, ByKind
from tour.corner.catalogue.models import Item, Space
from tour.db import local_now, now, transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.needs.models import Need
from tour.post import letters, limits, links
from tour.post.links import Link, LinkKind
from tour.post.models import Channel, LetterKind, Preference
from tour.settings import settings
from tour.sites.models import SiteManager
from tour.visits import invite
from tour.visits.calendar import feed_file
from tour.visits.links import is_theirs, make_link
from tour.visits.models import AnnouncementState, Reception, Visit, VisitState
from tour.visits.pages.poster import poster_page
from tour.visits.stranded import why_not_coming
from tour.web.forms import blank_form, read_form
from tour.web.render import page
from tour.web.security import peer_of
from tour.wording import N_

DOOR_LASTS = timedelta(hours=1)
MOST_DOORS = 8  # they live in a cookie
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
A_WHILE = timedelta(minutes=10)
MOST_ANSWERS, MOST_ASKED, WRONG_LINKS = 30, 30, 20  # in a while
MOST_MAILS = 3  # in a while to one address; beyond, those that are there serve


def private(answer: Response) -> Response:
    answer.headers.update(PRIVATE)
    return answer


class AnswerForm(Form):
    answer = RadioField(
        validators=[InputRequired(N_("Choisissez une des trois réponses."))],
        choices=[SelectChoice(state.value) for state in VisitState if state.answers],
    )
    name = StringField(validators=[InputRequired(N_("Indiquez votre nom.")), Length(max=120)])
    note = TextAreaField(validators=[Length(max=1000)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Declining wants a reason: it is what the planner works with."""
        valid = bool(super().validate(extra_validators))
        if self.answer.data == VisitState.DECLINED and not (self.note.data or "").strip():
            self.note.errors = [N_("Dites en quelques mots pourquoi.")]
        return valid and not self.note.errors


class ReceptionForm(Form):
    access = TextAreaField(validators=[Length(max=1000)])
    room = StringField(validators=[Length(max=160)])
    expected = IntegerField(
        validators=[Optional(), NumberRange(0, 5000, N_("Un nombre d’agents, entre 0 et 5000."))]
    )
    ambassador = StringField(validators=[Length(max=160)])
    signed = StringField(validators=[InputRequired(N_("Indiquez votre nom.")), Length(max=120)])


class AddressForm(Form):
    email = EmailField(N_("Votre adresse de messagerie"), [InputRequired(), Email()])


def open_door(request: Request, link: Link) -> None:
    doors = request.session.get("doors", {}) | {str(link.id): int((now() + DOOR_LASTS).timestamp())}
    request.session["doors"] = dict(list(doors.items())[-MOST_DOORS:])


async def doors(request: Request) -> list[Link]:
    """The links this visitor came by, as far as they still hold."""
    fresh = [
        UUID(link_id)
        for link_id, until in request.session.get("doors", {}).items()
        if until > now().timestamp()
    ]
    found = await Link.filter(id__in=fresh) if fresh else []
    return [link for link in found if not links.expired(link)]


def gone(request: Request, status: int = 404) -> Response:
    """Why nothing is shown: the link is over, or the visit is somebody else's by now."""
    former = getattr(request.state, "former_manager", False)
    template = "visits/link_former.html" if former else "visits/link_over.html"
    return private(page(request, template, status=410 if former else status))


async def open_manager_link(request: Request) -> Response:
    """Trades the token for a door and leaves it out of the address. Reads only: scanners may come."""
    token = request.path_params["token"]
    link = await links.open_link(token, LinkKind.VISIT, LinkKind.MANAGER)
    if link is None:
        return await wrong_token(request)
    if links.expired(link):
        return gone(request, 410)
    open_door(request, link)
    url_for = request.app.url_path_for
    to = url_for("manager_visit", id=link.visit_id) if link.visit_id else url_for("manager_home")
    return private(RedirectResponse(to, status_code=303))


async def wrong_token(request: Request) -> Response:
    """A guess, or an address cut in two. Only these are counted here: a right link always opens."""
    who = peer_of(request)
    try:
        await limits.allow("wrong link", who, most=WRONG_LINKS, within=A_WHILE)
    except limits.TooOften:
        return gone(request, 429)
    return gone(request)


async def visit_by_door(request: Request) -> Visit | None:
    """The visit asked for, when one of this visitor's links opens it and is still its manager's."""
    visit = await Visit.get_or_none(id=request.path_params["id"]).prefetch_related(
        "site__manager",
        "site__ambassadors",
        "pair__hr",
        "pair__dsn",
        "proposed_dates__pair",
        "announcements__item",
    )
    if visit is None:
        return None
    for link in await doors(request):
        if link.visit_id not in (None, visit.id):
            continue
        if is_theirs(link, visit.site.manager):
            request.state.door = link
            manager = visit.site.manager
            acting(By(ByKind.MANAGER, str(link.id), manager.name if manager else ""))
            return visit
        if link.visit_id or await was_theirs(link, visit):
            request.state.former_manager = True
    return None


async def was_theirs(link: Link, visit: Visit) -> bool:
    """Whether this visit's own link was once mailed to who has this link to all of theirs."""
    return bool(link.email) and await Link.exists(
        kind=LinkKind.VISIT, visit_id=visit.id, email=link.email
    )


async def not_too_often(request: Request, visit: Visit) -> None:
    """Generous: who came by a right link is a person. By link and by where it is used from."""
    who = peer_of(request)
    await limits.allow(
        "answer", f"{request.state.door.id}/{who}", most=MOST_ANSWERS, within=A_WHILE
    )
    await limits.allow("answer to", str(visit.id), most=10 * MOST_ANSWERS, within=A_WHILE)


def status_of(error: UserError) -> int:
    return 429 if isinstance(error, limits.TooOften) else 422


def changeable(visit: Visit) -> bool:
    return visit.day > local_now().date() and visit.state.answerable


async def visit_page(
    request: Request,
    visit: Visit,
    *,
    form: Form | None = None,
    reception_form: Form | None = None,
    checked: list[str] | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    reception = await Reception.get_or_none(visit_id=visit.id)
    items = await Item.filter(active=True).order_by("position", "name")
    chosen = checked if checked is not None else (reception.items if reception else [])
    manager = visit.site.manager
    return private(
        page(
            request,
            "visits/manager.html",
            status=status,
            visit=visit,
            needs=await Need.filter(visit_id=visit.id, withdrawn=False).select_related("item"),
            announcements=[
                one for one in visit.announcements if one.state == AnnouncementState.KEPT
            ],
            form=form or blank_form(AnswerForm),
            changeable=changeable(visit),
            in_doubt=bool(await why_not_coming(visit)),
            reception=reception,
            reception_form=reception_form or reception_values(visit, reception),
            spaces=[(space, [i for i in items if i.space == space]) for space in Space],
            chosen=chosen,
            expected_items=[item for item in items if item.ref in chosen],
            preference=await letters.preference_of(manager.email) if manager else None,
            ahead=visit.day >= local_now().date(),
            error=error,
        )
    )


def reception_values(visit: Visit, reception: Reception | None) -> Form:
    ambassadors = ", ".join(person.name for person in visit.site.ambassadors)
    return blank_form(
        ReceptionForm,
        access=reception.access if reception else visit.site.access,
        room=reception.room if reception else "",
        expected=reception.expected if reception else None,
        ambassador=reception.ambassador if reception else ambassadors,
    )


async def show_manager_visit(request: Request) -> Response:
    visit = await visit_by_door(request)
    return await visit_page(request, visit) if visit else gone(request)


async def create_answer(request: Request) -> Response:
    """« Je confirme » or « Impossible »; « Autre date » goes on to the dates, and changes nothing yet."""
    visit = await visit_by_door(request)
    if visit is None:
        return gone(request)
    form = await read_form(request, AnswerForm)
    if not form.validate():
        return await visit_page(request, visit, form=form, status=422)
    name, state = form.name.data or "", VisitState(form.answer.data)
    url_for = request.app.url_path_for
    if state == VisitState.OTHER_DATE:
        request.session["signed"] = name
        return private(RedirectResponse(url_for("manager_dates", id=visit.id), status_code=303))
    try:
        await not_too_often(request, visit)
        await invite.answer(visit.id, state, name=name, note=(form.note.data or "").strip())
    except UserError as error:
        form.answer.errors = [error.message]
        return await visit_page(request, visit, form=form, status=status_of(error))
    return private(RedirectResponse(url_for("manager_visit", id=visit.id), status_code=303))


async def create_reception(request: Request) -> Response:
    """« Préparer la visite »: access, room, how many, what they will ask for."""
    visit = await visit_by_door(request)
    if visit is None:
        return gone(request)
    form = await read_form(request, ReceptionForm)
    known = set(await Item.filter(active=True).values_list("ref", flat=True))
    checked = [str(ref) for ref in (await request.form()).getlist("items") if ref in known]
    if not form.validate():
        return await visit_page(request, visit, reception_form=form, checked=checked, status=422)
    try:
        await not_too_often(request, visit)
    except UserError as error:
        return await visit_page(
            request, visit, reception_form=form, checked=checked, error=error.message, status=429
        )
    await Reception.update_or_create(
        visit_id=visit.id,
        defaults={
            "access": form.access.data or "",
            "room": form.room.data or "",
            "expected": form.expected.data,
            "ambassador": form.ambassador.data or "",
            "items": checked,
            "by": form.signed.data,
            "at": now(),
        },
    )
    to = request.app.url_path_for("manager_visit", id=visit.id)
    return private(RedirectResponse(f"{to}#welcome", status_code=303))


async def create_preference(request: Request) -> Response:
    """Reminders and calendar files are two different wishes."""
    visit = await visit_by_door(request)
    if visit is None or visit.site.manager is None:
        return gone(request)
    try:
        await not_too_often(request, visit)
    except UserError as error:
        return await visit_page(request, visit, error=error.message, status=429)
    data = await request.form()
    await Preference.update_or_create(
        email=visit.site.manager.email.lower(),
        defaults={"reminders": "reminders" in data, "calendar": "calendar" in data},
    )
    to = request.app.url_path_for("manager_visit", id=visit.id)
    return private(RedirectResponse(to, status_code=303))


async def create_manager_poster(request: Request) -> Response:
    visit = await visit_by_door(request)
    return private(await poster_page(request, visit)) if visit else gone(request)


async def show_manager_calendar(request: Request) -> Response:
    visit = await visit_by_door(request)
    if visit is None:
        return gone(request)
    file = feed_file([visit], _("Smart tour numérique"))
    return private(
        Response(
            file,
            media_type="text/calendar; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="visite.ics"'},
        )
    )


async def show_manager_home(request: Request) -> Response:
    """« Mes visites » for who came by such a link; else the way to ask for one."""
    managers = await managers_by_door(request)
    if not managers:
        return private(
            page(request, "visits/ask_link.html", form=blank_form(AddressForm), sent=False)
        )
    visits = await (
        Visit.filter(site__manager_id__in=list(managers))
        .exclude(state=VisitState.PROPOSED)
        .select_related("site", "pair")
    )
    today = local_now().date()
    return private(
        page(
            request,
            "visits/mine.html",
            ahead=[visit for visit in visits if visit.day >= today],
            past=[visit for visit in reversed(visits) if visit.day < today],
        )
    )


async def managers_by_door(request: Request) -> set[UUID]:
    """Whose visits this visitor may see all of."""
    found = [link for link in await doors(request) if link.kind == LinkKind.MANAGER]
    people = await SiteManager.filter(id__in=[link.manager_id for link in found])
    return {m.id for m in people for link in found if is_theirs(link, m)}


async def create_manager_link(request: Request) -> Response:
    """Mails the link to « mes visites ». An unknown address is not told apart."""
    form = await read_form(request, AddressForm)
    who = peer_of(request)
    if not form.validate():
        return private(page(request, "visits/ask_link.html", form=form, sent=False, status=422))
    address = (form.email.data or "").strip()
    try:
        await limits.allow("links from", who, most=MOST_ASKED, within=A_WHILE)
    except limits.TooOften as error:
        form.email.errors = [error.message]
        return private(page(request, "visits/ask_link.html", form=form, sent=False, status=429))
    manager = await SiteManager.filter(email__iexact=address).first()
    if manager and await more_mail_for(address):
        await mail_visits_link(manager)
    return private(page(request, "visits/ask_link.html", form=form, sent=True))


async def more_mail_for(address: str) -> bool:
    """Whether another link may be mailed there. Nobody is locked out by who asks in their name: the last ones open."""
    try:
        await limits.allow("links to", address.lower(), most=MOST_MAILS, within=A_WHILE)
    except limits.TooOften:
        return False
    return True


async def mail_visits_link(manager: SiteManager) -> None:
    key = f"visits/{manager.id}/{now().isoformat()}"
    payload = {
        "template": LetterKind.VISITS,
        "to": manager.email,
        "name": manager.name,
        "manager": str(manager.id),
    }
    async with transaction():
        await letters.write(
            Channel.MAIL, LetterKind.VISITS, manager.email, key=key, payload=payload
        )


async def show_reminders(request: Request) -> Response:
    """Asks before it changes anything: mail scanners open every link."""
    link = await links.open_link(request.path_params["token"], LinkKind.REMINDERS)
    if link is None or links.expired(link):
        return gone(request, 404 if link is None else 410)
    wanted = (await letters.preference_of(link.email)).reminders
    return private(page(request, "visits/reminders.html", wanted=wanted))


async def delete_reminders(request: Request) -> Response:
    """« Plus de rappels »: the button of the page, or the mail program's own (RFC 8058)."""
    link = await links.open_link(request.path_params["token"], LinkKind.REMINDERS)
    if link is None or links.expired(link):
        return gone(request, 404 if link is None else 410)
    await Preference.update_or_create(email=link.email, defaults={"reminders": False})
    return private(page(request, "visits/reminders.html", wanted=False))


async def demo_manager(request: Request) -> Response:
    """Demo mode only: opens the link of the next visit that waits for its manager's answer."""
    if not settings().demo:
        return gone(request)
    ahead = Visit.filter(day__gt=local_now().date(), site__manager_id__not_isnull=True).order_by(
        "day", "start"
    )
    visit = (
        await ahead.filter(state=VisitState.INVITED).first()
        or await ahead.filter(state=VisitState.PROPOSED).first()
    )
    if visit is None:
        return gone(request)
    link = await make_link(visit)
    return RedirectResponse(link.removeprefix(settings().base_url), status_code=303)


routes = [
    Route("/v", show_manager_home, name="manager_home"),
    Route("/v", create_manager_link, methods=["POST"]),
    Route("/v/visits/{id:uuid}", show_manager_visit, name="manager_visit"),
    Route("/v/visits/{id:uuid}/answer", create_answer, methods=["POST"], name="manager_answer"),
    Route(
        "/v/visits/{id:uuid}/welcome", create_reception, methods=["POST"], name="manager_reception"
    ),
    Route(
        "/v/visits/{id:uuid}/preference",
        create_preference,
        methods=["POST"],
        name="manager_preference",
    ),
    Route(
        "/v/visits/{id:uuid}/poster",
        create_manager_poster,
        methods=["POST"],
        name="manager_poster",
    ),
    Route("/v/visits/{id:uuid}/visite.ics", show_manager_calendar, name="manager_calendar"),
    Route("/v/reminders/{token}", show_reminders, name="reminders"),
    Route("/v/reminders/{token}", delete_reminders, methods=["POST"]),
    Route("/v/{token}", open_manager_link, name="manager_link"),
    Route("/demo/manager", demo_manager, name="demo_manager"),
]
