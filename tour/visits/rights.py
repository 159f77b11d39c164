"""What an agent reads of visits: asked of the visit or pair in question, here and nowhere else.

Planners read all. A tourer reads the visits of the pairs they travel in, and those where they noted something
while they did; never what people wrote by mail. The desk reads what a need's ticket needs, which is the
site and whom to call there: no visit's page.
"""

from __future__ import annotations

from uuid import UUID

from tour.needs.models import Need
from tour.people.models import Agent, Pair, Role
from tour.visits.models import Actor, Visit, VisitEvent


async def may_read(agent: Agent, visit: Visit) -> bool:
    """Whether this agent may open the pages of a visit."""
    if agent.has(Role.PLANNER):
        return True
    if not agent.has(Role.TOURER):
        return False
    return visit.pair_id in await own_pairs(agent) or await was_there(agent, visit)


def may_read_letters(agent: Agent) -> bool:
    """Whether this agent may read what people wrote and were written around a visit."""
    return agent.has(Role.PLANNER)


def may_read_note(agent: Agent, event: VisitEvent) -> bool:
    """Whether this agent may read the words of a passage: a manager's reason is for who plans."""
    return agent.has(Role.PLANNER) or event.actor in {Actor.TOURER, Actor.CLOCK}


async def may_read_pair(agent: Agent, pair_id: UUID) -> bool:
    """Whether this agent may read a pair's days: its roadmaps and calendars."""
    if agent.has(Role.PLANNER):
        return True
    return agent.has(Role.TOURER) and pair_id in await own_pairs(agent)


async def own_pairs(agent: Agent) -> set[UUID]:
    """The pairs this agent travels in."""
    ids = [
        *await Pair.filter(hr_id=agent.id).values_list("id", flat=True),
        *await Pair.filter(dsn_id=agent.id).values_list("id", flat=True),
    ]
    return {UUID(str(one)) for one in ids}


async def was_there(agent: Agent, visit: Visit) -> bool:
    """Whether this agent noted something at this visit, in whatever pair it was."""
    return await Need.exists(visit_id=visit.id, recorded_by_id=agent.id)
