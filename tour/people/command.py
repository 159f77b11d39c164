"""The commands ``tour agents …``."""

from __future__ import annotations

import click
from email_validator import EmailNotValidError, validate_email

from tour.db import in_database
from tour.people.models import Agent, Role


@click.group(help="Agents who have an account.")
def agents() -> None:
    pass


@agents.command(help="Give an agent an account; they sign in by a mailed link.")
@click.argument("email")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
)
def add(email: str, name: str, roles: tuple[str, ...]) -> None:
    try:
        address = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise click.BadParameter(str(error), param_hint="EMAIL") from None

    @in_database
    async def save() -> bool:
        _agent, created = await Agent.update_or_create(
            {"name": name, "roles": list(roles), "active": True}, email=address
        )
        return created

    click.echo(f"{address}: {'added' if save() else 'updated'}, {', '.join(roles)}")
