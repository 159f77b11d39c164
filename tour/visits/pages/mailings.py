"""Inviting many managers: whom, at what pace, and what became of each."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.models import Role
from tour.post.outbox import OutboxKind, OutboxRow, OutboxState
from tour.settings import settings
from tour.templating import html
from tour.visits import mailing
from tour.visits.message_models import Mailing, MailingState
from tour.visits.stranded import why_stranded
from tour.web.bodies import LONG_FORM, MOST_FIELDS, takes
from tour.web.guard import for_roles
from tour.web.render import page
from tour.web.security import content_policy

PACE = 60
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
WHERE = [
    "held",
    "waiting",
    "leaving",
    "silent",
    "answered",
    "bounced",
    "doubtful",
    "passed",
    "dropped",
]


async def new_page(request: Request, error: UserError | None = None) -> Response:
    every = await mailing.to_invite()
    held = await why_stranded(every)
    visits = [v for v in every if v.id not in held]
    reachable = [v for v in visits if v.site.manager and v.site.manager.email]
    form = await request.form() if request.method == "POST" else None
    answer = page(
        request,
        "visits/mailing_new.html",
        status=422 if error else 200,
        visits=reachable,
        unreachable=[v for v in visits if v not in reachable],
        held=[(v, held[v.id]) for v in every if v.id in held],
        chosen={str(v.id) for v in reachable} if form is None else set(form.getlist("visits")),
        per_hour=form.get("per_hour", PACE) if form else PACE,
        mailings=await Mailing.all().limit(10),
        error=error,
    )
    answer.headers["Content-Security-Policy"] = f"{content_policy()}; frame-src 'self'"
    return answer


@for_roles(Role.PLANNER)
async def show_preview(request: Request) -> Response:
    """The invitation as its first reader will see it, with no link that opens anything.

    Mail programs only know styles written on the element. The page that shows them is one of its own, where
    nothing else may be done, so that the policy of all others stays as strict as it is.
    """
    visits = await mailing.to_invite()
    visit = next((v for v in visits if v.site.manager and v.site.manager.email), None)
    if visit is None:
        raise NotFound(_("Aucune visite n’attend d’invitation."))
    mail = html(
        "post/invitation.html",
        visit=visit,
        name=visit.site.manager.name if visit.site.manager else "",
        people=[person.name for person in (visit.pair.hr, visit.pair.dsn) if person],
        link="#",
    )
    return HTMLResponse(mail, headers={"Content-Security-Policy": MAIL_POLICY})


@for_roles(Role.PLANNER)
async def show_new_mailing(request: Request) -> Response:
    return await new_page(request)


@for_roles(Role.PLANNER)
@takes(LONG_FORM)
async def create_mailing(request: Request) -> Response:
    form = await request.form(max_fields=MOST_FIELDS)
    chosen = set(form.getlist("visits"))
    ids = [visit.id for visit in await mailing.to_invite() if str(visit.id) in chosen]
    try:
        made = await mailing.start(
            ids, whole(str(form.get("per_hour", ""))), by=request.state.agent.name
        )
    except UserError as error:
        return await new_page(request, error)
    await mailing.release()
    return RedirectResponse(request.app.url_path_for("mailing", id=made.id), status_code=303)


def whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0


async def mailing_of(request: Request) -> Mailing:
    found = await Mailing.get_or_none(id=request.path_params["id"])
    if found is None:
        raise NotFound(_("Cet envoi n’existe pas."))
    return found


@for_roles(Role.PLANNER)
async def show_mailing(request: Request) -> Response:
    found = await mailing_of(request)
    lines = await mailing.follow(found)
    counts = Counter(line.where for line in lines)
    wanted = request.query_params.get("where", "")
    return page(
        request,
        "visits/mailing.html",
        mailing=found,
        lines=[line for line in lines if wanted in ("", line.where)],
        counts=[(where, counts[where]) for where in WHERE if counts[where]],
        total=len(lines),
        wanted=wanted,
        hours=(settings().send_from, settings().send_to),
        stuck=await OutboxRow.filter(
            kind=OutboxKind.MAIL, state=OutboxState.WAITING, tries__gt=0
        ).count(),
    )


@for_roles(Role.PLANNER)
async def set_mailing_state(request: Request) -> Response:
    found, form = await mailing_of(request), await request.form()
    if form.get("state") in set(MailingState):
        await mailing.set_state(found, MailingState(str(form["state"])))
    return RedirectResponse(request.app.url_path_for("mailing", id=found.id), status_code=303)


routes = [
    Route("/visits/mailings/new", show_new_mailing, name="new_mailing"),
    Route("/visits/mailings/preview", show_preview, name="mailing_preview"),
    Route("/visits/mailings", create_mailing, methods=["POST"], name="mailings"),
    Route("/visits/mailings/{id:uuid}", show_mailing, name="mailing"),
    Route(
        "/visits/mailings/{id:uuid}/state",
        set_mailing_state,
        methods=["POST"],
        name="mailing_state",
    ),
]
