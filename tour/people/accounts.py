"""Accounts: given, closed, reopened, and their roles. What is taken away is gone at the agent's next request."""

from __future__ import annotations

from collections.abc import Iterable

from tour.audit.record import record
from tour.db import transaction
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people import sessions, sign_in
from tour.people.models import Agent, Role


async def account_of(email: str) -> Agent:
    """The agent of an address. Raises NotFound."""
    agent = await Agent.get_or_none(email=email.strip().lower())
    if agent is None:
        raise NotFound(_("Personne n’a de compte à l’adresse %(email)s.", email=email))
    return agent


async def give(email: str, name: str, roles: Iterable[Role]) -> bool:
    """Gives an account, or renews it with these roles; true when it is a new one. Raises UserError."""
    async with transaction(alone=True):
        agent = await Agent.get_or_none(email=email)
        if agent is None:
            agent = await Agent.create(email=email, name=name, roles=[*roles])
            await record("account.given", on=on(agent), roles=agent.roles)
            return True
        await set_roles(agent, roles)
        if not agent.active:
            await open_again(agent)
        agent.name = name
        await agent.save(update_fields=["name"])
        await record("account.renewed", on=on(agent), roles=agent.roles)
        return False


async def close(email: str) -> Agent:
    """Closes an account: sessions, sign-in links and the calendar address end with it. Raises UserError."""
    async with transaction(alone=True):
        agent = await account_of(email)
        await keep_an_admin(agent, [])
        agent.active = False
        await agent.save(update_fields=["active"])
        await sessions.end_all(agent.id)
        await sign_in.close_links(agent.id)
        await forget_calendar(agent)
        await record("account.closed", on=on(agent))
    return agent


async def reopen(email: str) -> Agent:
    """Opens a closed account again; what ended with it stays ended."""
    async with transaction(alone=True):
        agent = await account_of(email)
        await open_again(agent)
        await record("account.reopened", on=on(agent))
    return agent


async def open_again(agent: Agent) -> None:
    # Who was let in at the very moment of closing has a session that only the closed account held back.
    await sessions.end_all(agent.id)
    await sign_in.close_links(agent.id)
    agent.active = True
    await agent.save(update_fields=["active"])


async def change_roles(
    email: str, *, add: Iterable[Role] = (), remove: Iterable[Role] = ()
) -> Agent:
    """Gives and takes roles. Raises UserError when nobody would be left to administer."""
    async with transaction(alone=True):
        agent = await account_of(email)
        taken = set(remove)
        kept = [role for role in agent.roles if role not in taken]
        before = agent.roles
        await set_roles(agent, dict.fromkeys([*kept, *add]))
        await record("account.roles", on=on(agent), before=before, after=agent.roles)
    return agent


def on(agent: Agent) -> str:
    """An account as the audit names it."""
    return f"/agents/{agent.id} {agent.email}"


async def set_roles(agent: Agent, roles: Iterable[str]) -> None:
    wanted = [str(role) for role in roles]
    await keep_an_admin(agent, wanted)
    agent.roles = wanted
    await agent.save(update_fields=["roles"])
    if not agent.has(Role.PLANNER):
        await forget_calendar(agent)


async def forget_calendar(agent: Agent) -> None:
    """The address by which the agent subscribed to all visits answers no more."""
    for link in await agent.links.all():
        await link.delete()


async def keep_an_admin(agent: Agent, roles: Iterable[str]) -> None:
    """Raises UserError when this agent is the last active admin, and with these roles would be one no more."""
    if not agent.active or Role.ADMIN not in agent.roles or Role.ADMIN in roles:
        return
    others = await Agent.filter(active=True).exclude(id=agent.id)
    if not any(Role.ADMIN in other.roles for other in others):
        raise UserError(
            _(
                "%(name)s est la dernière personne active à administrer : donnez d’abord ce rôle à quelqu’un d’autre.",
                name=agent.name,
            )
        )
