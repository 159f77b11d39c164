"""Who may hold a tablet: the agents of its pair, and guests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tour.db import now
from tour.errors import UserError
from tour.field.kinds import iso
from tour.field.models import Tablet, TabletPerson
from tour.i18n import gettext as _
from tour.people.models import Agent, Role

WITH_TEAM = ("pair__hr", "pair__dsn", "persons__agent")  # what must be fetched with a tablet


@dataclass(frozen=True)
class Holder:
    """One who may hold the tablet; ``reset``: when a planner last allowed a new PIN, or empty."""

    id: UUID
    name: str
    guest: bool = False
    reset: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"id": str(self.id), "name": self.name, "reset": self.reset}


def team(tablet: Tablet) -> list[Holder]:
    """The pair's agents, then the guests. The tablet was fetched WITH_TEAM."""
    told = {person.agent_id: person for person in tablet.persons}
    own = {agent.id: agent for agent in (tablet.pair.hr, tablet.pair.dsn) if agent}
    guests = {
        person.agent_id: person.agent
        for person in tablet.persons
        if person.guest and person.agent.active and person.agent_id not in own
    }
    return [
        Holder(
            agent.id,
            agent.name,
            agent.id in guests,
            iso(told[agent.id].pin_reset_at) if agent.id in told else "",
        )
        for agent in (*own.values(), *sorted(guests.values(), key=lambda agent: agent.name))
    ]


def authors(tablet: Tablet) -> dict[str, UUID]:
    """By name, those under whose name the tablet's work may stand: its team, and people known on it before. Fetched WITH_TEAM."""
    before = {person.agent.name: person.agent_id for person in tablet.persons}
    return before | {holder.name: holder.id for holder in team(tablet)}


async def may_visit(tablet: Tablet) -> list[Agent]:
    """Agents who can be added to the tablet as guests."""
    held = {holder.id for holder in team(tablet)}
    agents = await Agent.filter(active=True).order_by("name")
    return [agent for agent in agents if agent.has(Role.TOURER) and agent.id not in held]


async def welcome(tablet: Tablet, agent_id: str) -> None:
    """Adds a guest. Raises UserError when that agent cannot be one."""
    agent = {str(agent.id): agent for agent in await may_visit(tablet)}.get(agent_id)
    if agent is None:
        raise UserError(_("Choisissez une personne de la liste."), field="agent")
    await TabletPerson.update_or_create({"guest": True}, tablet=tablet, agent=agent)


async def part(tablet: Tablet, agent_id: UUID) -> None:
    """The guest leaves; what was noted under that name is still accepted."""
    await TabletPerson.filter(tablet=tablet, agent_id=agent_id).update(guest=False)


async def allow_new_pin(tablet: Tablet, agent_id: UUID) -> None:
    """At its next exchange the tablet lets that person choose a new PIN. Raises UserError for a stranger."""
    if agent_id not in {holder.id for holder in team(tablet)}:
        raise UserError(_("Cette personne n’utilise pas cette tablette."))
    await TabletPerson.update_or_create({"pin_reset_at": now()}, tablet=tablet, agent_id=agent_id)
