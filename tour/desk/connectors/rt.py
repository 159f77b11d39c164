"""Request Tracker 5, by its REST2 interface. The need's id is in the custom field TourRef.

Seen on RT 5.0.3: an unknown custom field and an invalid status are answered 201 and 200, so both are read
again; dates in a query are read in the user's time zone, so they are filtered here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from tour.desk.connectors.base import (
    Choice,
    DeskError,
    Finding,
    Found,
    Note,
    PhotoFile,
    Refused,
    Status,
    TicketRequest,
)
from tour.desk.connectors.http import Http, complaint
from tour.i18n import gettext as _
from tour.needs.models import NeedState

FIELD = "TourRef"
STATES = {
    "new": NeedState.RECEIVED,
    "open": NeedState.IN_PROGRESS,
    "stalled": NeedState.IN_PROGRESS,
    "resolved": NeedState.DELIVERED,
    "rejected": NeedState.REFUSED,
    "deleted": NeedState.REFUSED,
}
ANY_ZONE = timedelta(hours=14)
NEEDED_RIGHTS = "CreateTicket, ShowTicket, ModifyTicket, CommentOnTicket, SeeQueue, SeeCustomField, ModifyCustomField"


class RequestTracker:
    def __init__(self, url: str, options: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        url = url.rstrip("/")
        self.web = url.removesuffix("/REST/2.0")
        self.http = Http(f"{self.web}/REST/2.0", secrets)
        self.headers = {"Authorization": f"token {secrets.get('token', '')}"}
        self.queue = str(options.get("queue") or "")

    async def __aenter__(self) -> RequestTracker:
        await self.http.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.http.close()

    async def call(self, method: str, path: str, *, changes: bool | None = None, **how: Any) -> Any:
        answer = await self.http.send(method, path, changes=changes, headers=self.headers, **how)
        if not 200 <= answer.status < 300:
            raise complaint(answer)
        return answer.json()

    async def pages(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All items of a list, page after page."""
        items: list[dict[str, Any]] = []
        for number in range(1, 200):
            found = await self.call("GET", path, params={**params, "per_page": 100, "page": number})
            items += found["items"]
            if len(found["items"]) < 100 and not (found.get("pages") or 0) > number:
                break
        return items

    async def check(self) -> list[Finding]:
        try:
            version = word((await self.call("GET", "/rt"))["Version"])
        except DeskError as error:
            return [Finding(False, str(error))]
        findings = [Finding(True, _("Request Tracker %(version)s répond.") % {"version": version})]
        if not self.queue:
            return [*findings, Finding(False, _("Choisissez la file par défaut."))]
        try:
            queue = await self.call("GET", f"/queue/{self.queue}")
        except DeskError:
            words = _("La file « %(queue)s » n’existe pas, ou le droit SeeQueue manque.")
            return [*findings, Finding(False, words % {"queue": self.queue})]
        findings.append(Finding(True, _("La file « %(q)s » existe.") % {"q": self.queue}))
        fields = {field["name"] for field in queue.get("TicketCustomFields", [])}
        if FIELD not in fields:
            words = _(
                "Le champ personnalisé %(field)s manque sur cette file (ou le droit SeeCustomField) : "
                "sans lui un besoin pourrait être créé deux fois."
            )
            return [*findings, Finding(False, words % {"field": FIELD})]
        findings.append(Finding(True, _("Le champ %(field)s est là.") % {"field": FIELD}))
        try:
            await self.find("00000000")
            may = any(link["ref"] == "create" for link in queue.get("_hyperlinks", []))
        except DeskError as error:
            return [*findings, Finding(False, str(error))]
        if not may:
            words = _("Droits à donner à ce compte sur la file : %(rights)s.")
            findings.append(Finding(False, words % {"rights": NEEDED_RIGHTS}))
        else:
            findings.append(Finding(True, _("Ce compte peut y créer des tickets.")))
        return findings

    async def find(self, ref: str) -> list[Found]:
        query = f"'CF.{{{FIELD}}}' = '{quoted(ref)}'"
        items = await self.pages("/tickets", query=query, fields="CustomFields", orderby="id")
        return [
            self.found(i["id"])
            for i in sorted(items, key=lambda i: int(i["id"]))
            if ref in values_of(i)
        ]

    def found(self, ticket: str) -> Found:
        return Found(str(ticket), f"{self.web}/Ticket/Display.html?id={ticket}")

    async def create(self, wanted: TicketRequest) -> Found:
        queue = wanted.queue or self.queue
        made = await self.call(
            "POST",
            "/ticket",
            json={
                "Queue": queue,
                "Subject": wanted.title,
                "Content": "\n".join(wanted.lines),
                "ContentType": "text/plain",
                "CustomFields": {FIELD: wanted.ref},
                "Priority": wanted.urgency * 20 - 20,
            }
            | ({"Requestor": wanted.requester_email} if wanted.requester_email else {}),
        )
        ticket = await self.call("GET", f"/ticket/{made['id']}")
        if wanted.ref not in values_of(ticket):
            words = _("Le ticket %(id)s a été créé sans %(field)s : donnez ModifyCustomField.")
            raise Refused(words % {"id": made["id"], "field": FIELD})
        return self.found(made["id"])

    async def attached(self, ticket: str) -> set[str]:
        files = await self.pages(f"/ticket/{ticket}/attachments", fields="Filename")
        return {file["Filename"] for file in files if file.get("Filename")}

    async def attach(self, ticket: str, photo: PhotoFile) -> None:
        form = aiohttp.FormData()
        form.add_field(
            "JSON",
            '{"Content": "Photo du besoin", "ContentType": "text/plain"}',
            content_type="application/json",
        )
        form.add_field("Attachments", photo.bytes, filename=photo.name, content_type=photo.type)
        await self.call("POST", f"/ticket/{ticket}/comment", data=form)

    async def changed(self, since: datetime) -> list[tuple[str, datetime]]:
        asked = (since - ANY_ZONE).strftime("%Y-%m-%d %H:%M:%S")
        items = await self.pages(
            "/tickets",
            query=f"LastUpdated > '{asked}' AND 'CF.{{{FIELD}}}' IS NOT NULL",
            fields="LastUpdated",
            orderby="LastUpdated",
        )
        updated = [(str(i["id"]), datetime.fromisoformat(i["LastUpdated"])) for i in items]
        return [(ticket, at) for ticket, at in updated if at >= since]

    async def read(self, ticket: str) -> Status:
        found = await self.call("GET", f"/ticket/{ticket}")
        word = found["Status"]
        history = await self.pages(f"/ticket/{ticket}/history", fields="Type,Created,Creator")
        said = {t["id"]: t for t in history if t["Type"] == "Correspond"}
        notes = []
        if said:
            parts = await self.pages(
                f"/ticket/{ticket}/attachments", fields="ContentType,TransactionId,Filename"
            )
            for part in parts:
                worded = part["ContentType"].startswith("text/") and not part.get("Filename")
                transaction = said.pop(str(part["TransactionId"]), None) if worded else None
                if transaction is None:
                    continue
                notes.append(
                    Note(
                        transaction["id"],
                        datetime.fromisoformat(transaction["Created"]),
                        transaction["Creator"]["id"],
                        text_of(await self.call("GET", f"/attachment/{part['id']}")),
                    )
                )
        return Status(
            str(ticket),
            STATES.get(word, NeedState.IN_PROGRESS),
            word,
            datetime.fromisoformat(found["LastUpdated"]),
            notes,
        )

    async def choices(self) -> list[Choice]:
        queues = await self.pages("/queues/all", fields="Name")
        return [Choice("queue", q["Name"], q["Name"]) for q in queues]


def word(value: Any) -> str:
    """A version as it may be shown: digits, letters, dots."""
    return "".join(re.findall(r"[\w.-]", str(value)))[:20]


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def values_of(ticket: Mapping[str, Any]) -> list[str]:
    """The values of our custom field."""
    return [
        value
        for field in ticket.get("CustomFields", [])
        if field["name"] == FIELD
        for value in field["values"]
    ]


def text_of(part: Mapping[str, Any]) -> str:
    """The words of one attachment, which comes in base64; HTML loses its tags."""
    text = base64.b64decode(part["Content"]).decode("utf-8", "replace")
    if part.get("ContentType") == "text/html":
        text = re.sub(r"<[^>]+>", "", re.sub(r"<(?:br|/p|/div)[^>]*>", "\n", text))
    return text.strip()
