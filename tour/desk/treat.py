"""What people at the embedded desk do with tickets."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tour.db import now, transaction
from tour.desk.models import Comment, DeskKind, Ticket
from tour.desk.news import say, set_need_state
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.needs.models import NeedState
from tour.people.models import Agent


async def set_state(ticket_id: UUID, state: NeedState, *, by: str, reason: str = "") -> Ticket:
    """Sets where a ticket's need stands; the tablets that hold it and its visit's page will show it.

    ``reason`` is told to all who wait. Raises UserError for a ticket that another desk treats.
    """
    async with transaction():
        ticket = await ours_to_treat(ticket_id)
        ticket.treated_by, ticket.updated_at = by, now()
        await ticket.save(update_fields=["treated_by", "updated_at"])
        if reason:
            await say(ticket.need, reason, by=by, public=True)
        await set_need_state(ticket.need, state)
    return ticket


async def ours_to_treat(ticket_id: UUID) -> Ticket:
    ticket = await Ticket.get(id=ticket_id).select_related("need")
    if ticket.desk != DeskKind.EMBEDDED:
        raise UserError(_("Ce ticket est traité dans l’autre guichet : changez-le là-bas."))
    return ticket


async def assign(ticket_id: UUID, agent: Agent | None) -> None:
    """Gives a ticket to someone of the desk, or back to all."""
    await Ticket.filter(id=ticket_id).update(
        assignee_id=agent.id if agent else None, updated_at=now()
    )


async def bring(ticket_id: UUID, wanted: bool) -> None:
    """Says that what was asked for is handed over at the site's next visit: the pair's tablet shows it."""
    async with transaction():
        ticket = await Ticket.get(id=ticket_id)
        if bool(ticket.to_bring) == wanted:
            return
        await Ticket.filter(id=ticket.id).update(to_bring=wanted, updated_at=now())


async def comment(ticket_id: UUID, text: str, *, by: str, public: bool) -> Comment:
    """Writes on a ticket. What is public reaches tablet, manager and requester."""
    if not text.strip():
        raise UserError(_("Écrivez le commentaire."), field="text")
    async with transaction():
        ticket = await Ticket.get(id=ticket_id).select_related("need")
        if public and ticket.desk != DeskKind.EMBEDDED:
            raise UserError(
                _("Répondez dans l’autre guichet : la réponse reviendra ici."), field="text"
            )
        await Ticket.filter(id=ticket.id).update(updated_at=now())
        return await say(ticket.need, text.strip(), by=by, public=public)


async def treat_many(
    ticket_ids: Sequence[UUID], action: str, *, by: Agent, to: Agent | None = None, reason: str = ""
) -> tuple[int, list[str]]:
    """One action on several tickets; returns how many it was done to, and why not to the others."""
    done, problems = 0, []
    for ticket in await Ticket.filter(id__in=list(ticket_ids)):
        try:
            if action == "assign":
                await assign(ticket.id, to)
            elif action in {"bring", "leave"}:
                await bring(ticket.id, action == "bring")
            else:
                await set_state(ticket.id, NeedState(action), by=by.name, reason=reason)
            done += 1
        except UserError as error:
            problems.append(f"{ticket.reference} : {error.message}")
    return done, problems
