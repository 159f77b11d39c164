"""What desks tell us: GLPI 11's webhooks, and the way back of the generic one. Signed, recent, safe to repeat.

Nothing in the body of GLPI's is believed but the ticket's number: it is read again by the API.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tour.audit.record import acting
from tour.audit.who import By, ByKind
from tour.db import now, transaction
from tour.desk.back import ours, receive_status
from tour.desk.connectors.base import Note, Status
from tour.desk.desks import secrets_of
from tour.desk.models import Desk, DeskKind, Ticket
from tour.desk.signature import challenge, good
from tour.i18n import gettext as _
from tour.needs.models import NeedState
from tour.post import outbox
from tour.post.outbox import OutboxKind
from tour.web.bodies import takes

LARGEST = 1_000_000  # bytes
MOST_COMMENTS = 500  # in one message
NUMBER = re.compile(r"[0-9]{1,20}")
log = logging.getLogger("tour")
GLPI = (DeskKind.GLPI_V1, DeskKind.GLPI_V2)


async def answer_challenge(request: Request) -> Response:
    """GLPI's check that the address is ours (CRA)."""
    desk = await Desk.get_or_none(id=request.path_params["id"], kind__in=GLPI)
    said = challenge(
        secrets_of(desk).get("hook_secret", ""), request.query_params.get("crc_token", "")
    )
    return PlainTextResponse(said) if said else Response(status_code=403)


@takes(LARGEST)
async def hear_glpi(request: Request) -> Response:
    """A ticket of GLPI's changed: it will be read again. A repeat finds the same message in the outbox."""
    desk = await Desk.get_or_none(id=request.path_params["id"], kind__in=GLPI)
    body = await request.body() if desk else b""
    at = request.headers.get("X-GLPI-timestamp", "")
    signature = request.headers.get("X-GLPI-signature", "")
    if desk is None or not good(secrets_of(desk).get("hook_secret", ""), body, at, signature):
        return Response(status_code=403)
    acting(By(ByKind.DESK, str(desk.id), desk.name))
    if ticket := ticket_in(body):
        async with transaction():
            await outbox.post(
                OutboxKind.DESK_READ,
                key=f"hook/{signature.lower()}",
                payload={"desk": str(desk.id), "ticket": ticket},
            )
    return Response(status_code=202)


def ticket_in(body: bytes) -> str:
    """The number of the ticket that GLPI speaks of: of the item itself, or of what the item hangs on."""
    try:
        values = json.loads(body)
        for part in (values.get("parent_item"), values.get("item")):
            if isinstance(part, dict) and NUMBER.fullmatch(str(part.get("id", ""))):
                return str(part["id"])
    except (ValueError, AttributeError, RecursionError):
        pass
    return ""


@takes(LARGEST)
async def hear_webhook(request: Request) -> Response:
    """The generic desk tells where a need stands (docs/desk-webhook.md). What is repeated changes nothing."""
    desk = await Desk.get_or_none(id=request.path_params["id"], kind=DeskKind.WEBHOOK)
    body = await request.body() if desk else b""
    at = request.headers.get("X-Tour-Timestamp", "")
    signature = request.headers.get("X-Tour-Signature", "")
    if desk is None or not good(secrets_of(desk).get("secret", ""), body, at, signature):
        return Response(status_code=403)
    acting(By(ByKind.DESK, str(desk.id), desk.name))
    try:
        status = read_status(json.loads(body), datetime.fromtimestamp(int(at), UTC))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"[:200]
        await not_read(desk, why)
        return JSONResponse({"error": why}, status_code=422)
    tickets = await ours(desk, [status.id])
    if not tickets:
        return JSONResponse({"error": "no such ticket"}, status_code=404)
    await receive_status(tickets[0], not_backwards(tickets[0], status))
    return Response(status_code=204)


async def not_read(desk: Desk, why: str) -> None:
    """Its sender is told, and so are people here: news that nobody can read are news all the same."""
    log.warning("desk %s: a signed message could not be read: %s", desk.name, why)
    words = _("Un message signé de ce guichet ne se lit pas (%(why)s).", why=why)
    await Desk.filter(id=desk.id).update(trouble=words)


def not_backwards(ticket: Ticket, status: Status) -> Status:
    """A message older than what is known already, come late or replayed, adds its comments and takes nothing back."""
    if ticket.remote_at is None or status.updated_at >= ticket.remote_at:
        return status
    word = ticket.remote_status or ""
    return replace(status, state=ticket.need.state, word=word, updated_at=ticket.remote_at)


def read_status(values: dict[str, Any], at: datetime) -> Status:
    """The status of a message sent at that moment. Raises ValueError, KeyError or TypeError, saying what is wrong."""
    comments = values.get("comments") or []
    if not isinstance(comments, list) or len(comments) > MOST_COMMENTS:
        raise ValueError(f"comments: a list of at most {MOST_COMMENTS}")
    notes = {note.id: note for note in map(read_note, comments)}  # the same id twice is one comment
    word = str(values.get("status", values["state"]))
    return Status(
        name_in(values["ticket"]),
        NeedState(values["state"]),
        clean(word)[:40],
        at,
        [*notes.values()],
    )


def read_note(values: dict[str, Any]) -> Note:
    at = datetime.fromisoformat(values["at"]) if values.get("at") else now()
    if at.tzinfo is None:
        raise ValueError("a date without its time zone")
    if not 2000 <= at.year < 2200:
        raise ValueError("a date out of this world")
    return Note(
        name_in(values["id"]),
        at,
        clean(str(values.get("by") or ""))[:160],
        clean(str(values["text"]))[:10_000],
        bool(values.get("solution")),
    )


def name_in(value: Any) -> str:
    """A number or a name by which something is found again."""
    text = str(value)
    if not text or len(text) > 64 or not text.isprintable():
        raise ValueError("an id of 1 to 64 characters that can be seen")
    return text


def clean(text: str) -> str:
    """Text that can be stored and sent on: no NUL, no half of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


routes = [
    Route("/api/hooks/glpi/{id:uuid}", answer_challenge, name="glpi_challenge"),
    Route("/api/hooks/glpi/{id:uuid}", hear_glpi, methods=["POST"], name="glpi_hook"),
    Route("/api/hooks/tickets/{id:uuid}", hear_webhook, methods=["POST"], name="ticket_hook"),
]
