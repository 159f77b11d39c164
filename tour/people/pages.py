"""Signing in and out, language, pairs."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import EmailField, Form
from wtforms.validators import Email, InputRequired

from tour import i18n
from tour.people import sign_in
from tour.people.models import Agent, Role
from tour.settings import settings
from tour.web.forms import blank_form, read_form
from tour.web.render import page
from tour.wording import N_

YEAR = 365 * 24 * 3600


class SignInForm(Form):
    email = EmailField(N_("Adresse de messagerie professionnelle"), [InputRequired(), Email()])


async def show_sign_in(request: Request) -> Response:
    return page(request, "people/sign_in.html", form=blank_form(SignInForm), sent=False)


async def create_sign_in_link(request: Request) -> Response:
    form = await read_form(request, SignInForm)
    if not form.validate():
        return page(request, "people/sign_in.html", form=form, sent=False, status=422)
    await sign_in.mail_link(form.email.data or "")
    return page(request, "people/sign_in.html", form=form, sent=True)


async def show_sign_in_link(request: Request) -> Response:
    """Shows a button: mail scanners follow links, only a person's POST signs in."""
    return page(request, "people/sign_in_link.html", token=request.path_params["token"])


async def create_session(request: Request) -> Response:
    agent = await sign_in.agent_of(request.path_params["token"])
    if agent is None:
        return page(
            request,
            "people/sign_in.html",
            form=blank_form(SignInForm),
            sent=False,
            expired=True,
            status=422,
        )
    request.session.clear()
    request.session["agent"] = str(agent.id)
    return RedirectResponse("/", status_code=303)


async def delete_session(request: Request) -> Response:
    request.session.clear()
    return RedirectResponse("/sign-in", status_code=303)


async def set_language(request: Request) -> Response:
    code = request.path_params["code"]
    if code not in i18n.LANGUAGES:
        raise HTTPException(404)
    back = request.headers.get("referer", "/")
    answer = RedirectResponse(
        back if back.startswith(str(request.base_url)) else "/", status_code=303
    )
    answer.set_cookie("lang", code, max_age=YEAR, samesite="lax", httponly=True)
    return answer


async def demo_planner(request: Request) -> Response:
    """Demo mode only: signs the first planner in."""
    return await sign_in_as(Role.PLANNER, request, "/")


async def demo_desk(request: Request) -> Response:
    """Demo mode only: signs the first agent of the desk in."""
    return await sign_in_as(Role.DESK, request, "/desk")


async def demo_admin(request: Request) -> Response:
    """Demo mode only: signs the first admin in, whose the desk's settings are."""
    return await sign_in_as(Role.ADMIN, request, "/desk/settings")


async def sign_in_as(role: Role, request: Request, address: str) -> Response:
    if not settings().demo:
        raise HTTPException(404)
    agents = await Agent.filter(active=True).order_by("id")
    agent = next((a for a in agents if a.has(role)), None)
    if agent is None:
        raise HTTPException(404)
    request.session["agent"] = str(agent.id)
    return RedirectResponse(address, status_code=303)


routes = [
    Route("/sign-in", show_sign_in, name="sign_in"),
    Route("/sign-in", create_sign_in_link, methods=["POST"]),
    Route("/sign-in/{token}", show_sign_in_link, name="sign_in_link"),
    Route("/sign-in/{token}", create_session, methods=["POST"]),
    Route("/sign-out", delete_session, methods=["POST"], name="sign_out"),
    Route("/language/{code}", set_language, methods=["POST"], name="language"),
    Route("/demo/planner", demo_planner, name="demo_planner"),
    Route("/demo/desk", demo_desk),
    Route("/demo/admin", demo_admin),
]
