"""What desks tell us: GLPI 11's webhooks, and the way back of the generic one. Signed, recent, safe to repeat.

Nothing in the body of GLPI's is believed but the ticket's number: it is read again by the API.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tour import outbox
from tour.db import now, transaction
from tour.desk.back import ours, take_in
from tour.desk.connectors.base import Note, Status
from tour.desk.desks import secrets_of
from tour.desk.models import Desk, DeskKind
from tour.desk.signature import challenge, good
from tour.needs.models import NeedState
from tour.web.bodies import takes

LARGEST = 1_000_000
GLPI = (DeskKind.GLPI_V1, DeskKind.GLPI_V2)


async def answer_challenge(request: Request) -> Response:
    """GLPI's check that the address is ours (CRA)."""
    desk = await Desk.get_or_none(id=request.path_params["id"], kind__in=GLPI)
    token = request.query_params.get("crc_token", "")
    secret = secrets_of(desk).get("hook_secret", "")
    if not secret or not token:
        return Response(status_code=403)
    return PlainTextResponse(challenge(secret, token))


@takes(LARGEST)
async def hear_glpi(request: Request) -> Response:
    """A ticket of GLPI's changed: it will be read again. A repeat finds the same message in the outbox."""
    desk = await Desk.get_or_none(id=request.path_params["id"], kind__in=GLPI)
    body = await request.body() if desk else b""
    at = request.headers.get("X-GLPI-timestamp", "")
    signature = request.headers.get("X-GLPI-signature", "")
    if desk is None or not good(secrets_of(desk).get("hook_secret", ""), body, at, signature):
        return Response(status_code=403)
    ticket = ticket_in(body)
    if ticket:
        async with transaction():
            await outbox.post(
                "desk_read",
                key=f"hook/{signature.lower()}",
                payload={"desk": str(desk.id), "ticket": ticket},
            )
        outbox.deliver_now()
    return Response(status_code=202)


def ticket_in(body: bytes) -> str:
    """The number of the ticket that GLPI speaks of: of the item itself, or of what the item hangs on."""
    try:
        values = json.loads(body)
        for part in (values.get("parent_item"), values.get("item")):
            if isinstance(part, dict) and str(part.get("id", "")).isdigit():
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
    try:
        status = read_status(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=422)
    tickets = await ours(desk, [status.id])
    if not tickets:
        return JSONResponse({"error": "no such ticket"}, status_code=404)
    await take_in(tickets[0], status)
    return Response(status_code=204)


def read_status(values: dict[str, Any]) -> Status:
    """The status of a message. Raises ValueError, KeyError or TypeError, saying what is wrong."""
    notes = [
        Note(
            str(note["id"])[:64],
            datetime.fromisoformat(note["at"]) if note.get("at") else now(),
            str(note.get("by", ""))[:160],
            str(note["text"])[:10_000],
            bool(note.get("solution")),
        )
        for note in values.get("comments", [])
    ]
    if any(note.at.tzinfo is None for note in notes):
        raise ValueError("a date without its time zone")
    word = str(values.get("status", values["state"]))[:40]
    return Status(str(values["ticket"]), NeedState(values["state"]), word, now(), notes)


routes = [
    Route("/api/hooks/glpi/{id:uuid}", answer_challenge, name="glpi_challenge"),
    Route("/api/hooks/glpi/{id:uuid}", hear_glpi, methods=["POST"], name="glpi_hook"),
    Route("/api/hooks/tickets/{id:uuid}", hear_webhook, methods=["POST"], name="ticket_hook"),
]
