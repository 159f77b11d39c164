"""Any other system: each need is posted as JSON, signed (docs/desk-webhook.md). Ours to receive comes back the same way.

Exactly once is shared work here: the same need always bears the same Idempotency-Key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tour.db import now
from tour.desk.connectors.base import (
    Choice,
    Denied,
    DeskError,
    Finding,
    Found,
    PhotoFile,
    Refused,
    Status,
    TicketRequest,
    Unsure,
)
from tour.desk.connectors.http import Http, complaint
from tour.desk.signature import sign
from tour.i18n import gettext as _


class Webhook:
    def __init__(self, url: str, options: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        self.http = Http(url, secrets)
        self.secret = secrets.get("secret", "")

    async def __aenter__(self) -> Webhook:
        await self.http.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.http.close()

    async def post(self, event: str, key: str, values: Mapping[str, Any]) -> Any:
        if not self.secret:  # nothing leaves unsigned, wherever the address leads
            raise Denied(_("Saisissez le secret partagé : sans lui rien n’est signé."))
        body = json.dumps({"event": event, **values}, ensure_ascii=False).encode()
        at = str(int(now().timestamp()))
        answer = await self.http.send(
            "POST",
            "",
            data=body,
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": key,
                "X-Tour-Timestamp": at,
                "X-Tour-Signature": sign(self.secret, body, at),
            },
        )
        if not 200 <= answer.status < 300:
            raise complaint(answer)
        values = answer.json()
        if not isinstance(values, dict):
            raise Unsure(_("Le guichet doit répondre un objet JSON."), answer.kept)
        return values

    async def check(self) -> list[Finding]:
        if not self.secret:
            return [Finding(False, _("Saisissez le secret partagé : sans lui rien n’est signé."))]
        try:
            await self.post("ping", f"ping-{now().timestamp()}", {})
        except DeskError as error:
            return [Finding(False, str(error))]
        return [Finding(True, _("L’adresse répond au message d’essai (event « ping »)."))]

    async def find(self, ref: str) -> list[Found]:
        return []  # the receiver knows by the Idempotency-Key

    async def create(self, wanted: TicketRequest) -> Found:
        made = await self.post(
            "need",
            wanted.ref,
            {
                "reference": wanted.ref,
                "title": wanted.title,
                "text": "\n".join(wanted.lines),
                "type": "incident" if wanted.incident else "request",
                "urgency": wanted.urgency,
                "category": wanted.category,
                "queue": wanted.queue,
                "location": wanted.location,
                "requester_email": wanted.requester_email,
            },
        )
        return Found(str(made.get("id") or wanted.ref), str(made.get("url") or ""))

    async def attached(self, ticket: str) -> set[str]:
        return set()

    async def attach(self, ticket: str, photo: PhotoFile) -> None:
        await self.post(
            "photo",
            f"{ticket}/{photo.name}",
            {
                "ticket": ticket,
                "name": photo.name,
                "type": photo.type,
                "content": base64.b64encode(photo.bytes).decode(),
            },
        )

    async def changed(self, since: datetime) -> list[tuple[str, datetime]]:
        return []  # it tells us (POST /api/hooks/tickets/…)

    async def read(self, ticket: str) -> Status:
        raise Refused(_("Ce guichet ne se relit pas."))

    async def choices(self) -> list[Choice]:
        return []
