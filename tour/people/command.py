"""The commands ``tour agents …``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from email_validator import EmailNotValidError, validate_email

from tour.audit.record import record
from tour.db import in_database
from tour.errors import UserError
from tour.i18n import language
from tour.people import accounts, sign_in
from tour.people.models import Agent, Role, SignInSession
from tour.people.sessions import living
from tour.settings import settings

ROLE = click.Choice([role.value for role in Role])


@click.group(help="Agents who have an account.")
@click.pass_context
def agents(context: click.Context) -> None:
    # Commands speak English, and so does what they are told in vain.
    before = language.set("en")
    context.call_on_close(lambda: language.reset(before))


@contextmanager
def said_plainly() -> Iterator[None]:
    """What a person can do something about is one line, not a traceback."""
    try:
        yield
    except UserError as error:
        raise click.ClickException(error.message) from None


def roles_option(name: str, help_: str = "", *, required: bool = False) -> Callable[[Any], Any]:
    return click.option(
        f"--{name}",
        "roles" if name == "role" else name,
        multiple=True,
        required=required,
        type=ROLE,
        help=help_,
    )


@agents.command(help="Give an agent an account; they sign in by a mailed link.")
@click.argument("email")
@click.argument("name")
@roles_option("role", required=True)
def add(email: str, name: str, roles: tuple[str, ...]) -> None:
    try:
        address = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise click.BadParameter(str(error), param_hint="EMAIL") from None
    with said_plainly():
        created = in_database(accounts.give)(address, name, [Role(role) for role in roles])
    click.echo(f"{address}: {'added' if created else 'updated'}, {', '.join(roles)}")


@agents.command("list", help="Who has an account, with which roles, and who is signed in.")
def list_() -> None:
    @in_database
    async def read() -> tuple[list[Agent], list[SignInSession]]:
        return await Agent.all().order_by("email"), await living()

    everybody, sessions = read()
    for agent in everybody:
        signed_in = sum(session.agent_id == agent.id for session in sessions)
        words = [
            "open" if agent.active else "closed",
            ", ".join(agent.roles) or "no role",
            agent.name,
            *([f"{signed_in} session{'s' if signed_in > 1 else ''}"] if signed_in else []),
        ]
        click.echo("\t".join([agent.email, *words]))


@agents.command(help="Print a link that signs an agent in, once: no mail server is needed.")
@click.argument("email")
def link(email: str) -> None:
    @in_database
    async def make() -> str:
        agent = await accounts.account_of(email)
        if not agent.active:
            raise UserError(f"{agent.email} is closed: tour agents enable {agent.email}")
        token = await sign_in.token_for(agent)
        await record("sign-in.link-printed", on=accounts.on(agent))
        return f"{settings().base_url}/sign-in/{token}"

    with said_plainly():
        address = make()
    minutes = int(sign_in.LINK_LASTS.total_seconds() // 60)
    click.echo(address)
    click.echo(f"Works once, within {minutes} minutes, for whoever opens it.", err=True)


@agents.command(help="Close an account at once: its sessions, links and calendar address end.")
@click.argument("email")
def disable(email: str) -> None:
    with said_plainly():
        agent = in_database(accounts.close)(email)
    click.echo(f"{agent.email}: closed; sessions, sign-in links and calendar address ended")
    click.echo(
        "Somebody who knows the calendar address of a pair still reads it: renew it on /agenda.",
        err=True,
    )


@agents.command(help="Open a closed account again.")
@click.argument("email")
def enable(email: str) -> None:
    with said_plainly():
        agent = in_database(accounts.reopen)(email)
    click.echo(f"{agent.email}: open, {', '.join(agent.roles) or 'no role'}")


@agents.command("role", help="Give and take roles; both take effect at the agent's next request.")
@click.argument("email")
@roles_option("add")
@roles_option("remove")
def role_(email: str, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    @in_database
    async def change() -> Agent:
        return await accounts.change_roles(
            email, add=[Role(role) for role in add], remove=[Role(role) for role in remove]
        )

    if not add and not remove:
        raise click.UsageError("say --add or --remove, or both")
    with said_plainly():
        agent = change()
    click.echo(f"{agent.email}: {', '.join(agent.roles) or 'no role'}")
