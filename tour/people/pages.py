"""Signing in and out, one's own account, language."""

from __future__ import annotations

import re
import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import EmailField, Form, HiddenField, StringField
from wtforms.validators import Email, InputRequired

from tour import i18n
from tour.audit.record import record
from tour.i18n import gettext as _
from tour.people import sessions, sign_in
from tour.people.models import Agent, Role, SignInLink
from tour.people.sign_in import LinkOver, LinkState, WrongCode
from tour.post import limits
from tour.settings import settings
from tour.web.addresses import nearest_page, own_address
from tour.web.cookies import drop_cookie, read_cookie, set_cookie
from tour.web.forms import blank_form, read_form
from tour.web.guard import ACCOUNT, for_agents, home_of
from tour.web.render import page
from tour.web.security import peer_of
from tour.wording import N_

YEAR = 365 * 24 * 3600
ASKED = "tour-asked"  # marks the browser that asked for a link
A_MARK = re.compile(r"[\w-]{43}", re.ASCII)


class SignInForm(Form):
    email = EmailField(N_("Adresse de messagerie professionnelle"), [InputRequired(), Email()])
    next = HiddenField()


class CodeForm(Form):
    code = StringField(
        N_("Code à six chiffres"),
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 9},
    )


async def show_sign_in(request: Request) -> Response:
    wanted = own_address(request.query_params.get("next", ""))
    return page(request, "people/sign_in.html", form=blank_form(SignInForm, next=wanted))


async def create_sign_in_link(request: Request) -> Response:
    form = await read_form(request, SignInForm)
    if not form.validate():
        return page(request, "people/sign_in.html", form=form, status=422)
    mark = read_cookie(request, ASKED)
    mark = mark if A_MARK.fullmatch(mark) else secrets.token_urlsafe(32)
    try:
        await sign_in.ask(
            form.email.data or "",
            origin=peer_of(request),
            browser=mark,
            next_path=own_address(form.next.data or ""),
        )
    except limits.TooOften as error:
        form.email.errors = [error.message]
        return page(request, "people/sign_in.html", form=form, status=429)
    code = sign_in.code_of(sessions.hashed(mark))
    answer = page(request, "people/sign_in.html", form=form, code=code)
    # Kept a little longer than the link, so that an expired one is still told apart from another browser's.
    set_cookie(answer, ASKED, mark, max_age=2 * int(sign_in.LINK_LASTS.total_seconds()))
    return answer


async def show_sign_in_link(request: Request) -> Response:
    """Shows a button: mail scanners follow links, only a person's POST signs in."""
    link = await sign_in.link_of(request.path_params["token"])
    state = sign_in.state_of(link)
    if link is None or state != LinkState.LIVING:
        return link_over(request, state, link)
    return link_page(request, link, blank_form(CodeForm))


def link_page(request: Request, link: SignInLink, form: Form, status: int = 200) -> Response:
    elsewhere = not sign_in.asked_in(read_cookie(request, ASKED), link)
    return page(request, "people/sign_in_link.html", form=form, elsewhere=elsewhere, status=status)


def link_over(request: Request, state: LinkState, link: SignInLink | None) -> Response:
    """Says why the link opens nothing, and offers a new one to the same page."""
    form = blank_form(SignInForm, next=own_address(link.next_path) if link else "")
    return page(request, "people/sign_in.html", form=form, over=state.value, status=422)


async def create_session(request: Request) -> Response:
    link = await sign_in.link_of(request.path_params["token"])
    form = await read_form(request, CodeForm)
    typed = form.code.data or ""
    try:
        token = await sign_in.use(
            link,
            browser=read_cookie(request, ASKED),
            code=typed,
            user_agent=request.headers.get("user-agent", ""),
        )
    except LinkOver as over:
        request.state.refused_sign_in = over.state.value
        return link_over(request, over.state, link)
    except WrongCode:
        assert link
        if typed.strip():
            await record("sign-in.refused", on=f"/agents/{link.agent_id}", why="wrong code")
        form.code.errors = [
            _("Ce n’est pas le code affiché.") if typed.strip() else _("Tapez le code affiché.")
        ]
        return link_page(request, link, form, 422)
    assert link
    agent = await Agent.get(id=link.agent_id)
    answer = await enter(request, token, own_address(link.next_path) or home_of(agent))
    drop_cookie(answer, ASKED)
    return answer


async def enter(request: Request, token: str, to: str) -> Response:
    """Lets the browser in with a new session; the one it had, and what links had opened in it, end."""
    await leave(request)
    answer = RedirectResponse(to, status_code=303)
    set_cookie(answer, sessions.COOKIE, token, max_age=settings().session_hours * 3600)
    return answer


async def leave(request: Request) -> None:
    if signed_in := request.state.signed_in:
        await record("sign-out")
        await sessions.end(signed_in.id, signed_in.agent_id)
    request.session.clear()


async def delete_session(request: Request) -> Response:
    await leave(request)
    return out(request)


def out(request: Request) -> Response:
    answer = RedirectResponse(request.app.url_path_for("sign_in"), status_code=303)
    drop_cookie(answer, sessions.COOKIE)
    return answer


@for_agents
async def show_account(request: Request) -> Response:
    """Who one is here, and where one is signed in."""
    living = await sessions.of_agent(request.state.agent.id)
    return page(request, "people/account.html", sessions=living, this=request.state.signed_in)


@for_agents
async def delete_one_session(request: Request) -> Response:
    """« Mettre fin » to one of one's own sessions."""
    ended = request.path_params["id"]
    if ended == request.state.signed_in.id:
        return await delete_session(request)
    await sessions.end(ended, request.state.agent.id)
    return RedirectResponse(ACCOUNT, status_code=303)


@for_agents
async def delete_all_sessions(request: Request) -> Response:
    """« Quitter partout »."""
    await sessions.end_all(request.state.agent.id)
    return await delete_session(request)


async def set_language(request: Request) -> Response:
    """Changes the language and comes back to the page the switch stood on (it says so itself: some pages give no Referer)."""
    code = request.path_params["code"]
    if code not in i18n.LANGUAGES:
        raise HTTPException(404)
    back = own_address(str((await request.form()).get("back", ""))) or "/"
    answer = RedirectResponse(nearest_page(request.app, back), status_code=303)
    answer.set_cookie("lang", code, max_age=YEAR, samesite="lax", httponly=True)
    return answer


async def demo_planner(request: Request) -> Response:
    """Demo mode only: signs the first planner in."""
    return await sign_in_as(Role.PLANNER, request)


async def demo_desk(request: Request) -> Response:
    """Demo mode only: signs the first agent of the desk in."""
    return await sign_in_as(Role.DESK, request)


async def demo_admin(request: Request) -> Response:
    """Demo mode only: signs the first admin in, whose the desk's settings are."""
    return await sign_in_as(Role.ADMIN, request)


async def sign_in_as(role: Role, request: Request) -> Response:
    if not settings().demo:
        raise HTTPException(404)
    agents = await Agent.filter(active=True).order_by("id")
    agent = next((a for a in agents if a.has(role)), None)
    if agent is None:
        raise HTTPException(404)
    token = await sessions.begin(agent, user_agent=request.headers.get("user-agent", ""))
    return await enter(request, token, home_of(agent))


routes = [
    Route("/sign-in", show_sign_in, name="sign_in"),
    Route("/sign-in", create_sign_in_link, methods=["POST"]),
    Route("/sign-in/{token}", show_sign_in_link, name="sign_in_link"),
    Route("/sign-in/{token}", create_session, methods=["POST"]),
    Route("/sign-out", delete_session, methods=["POST"], name="sign_out"),
    Route(ACCOUNT, show_account, name="account"),
    Route(
        "/account/sessions/removal", delete_all_sessions, methods=["POST"], name="all_sessions_end"
    ),
    Route(
        "/account/sessions/{id:uuid}/removal",
        delete_one_session,
        methods=["POST"],
        name="session_end",
    ),
    Route("/language/{code}", set_language, methods=["POST"], name="language"),
    Route("/demo/planner", demo_planner, name="demo_planner"),
    Route("/demo/desk", demo_desk),
    Route("/demo/admin", demo_admin),
]
