"""GLPI's high-level interface (api.php/v2), GLPI 11 and later. The need's id is in ``external_id``.

It takes no files: photos go through the legacy interface of the same GLPI.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tour.desk.connectors.base import (
    Broken,
    Choice,
    Denied,
    DeskError,
    Finding,
    Found,
    Note,
    PhotoFile,
    Status,
    TicketRequest,
    Unreachable,
)
from tour.desk.connectors.glpi import (
    INCIDENT,
    REQUEST,
    instant,
    notes_of,
    number_of,
    status_of,
    web_of,
)
from tour.desk.connectors.glpi_v1 import GlpiV1
from tour.desk.connectors.html import paragraphs, plain
from tour.desk.connectors.http import Http, complaint
from tour.i18n import gettext as _

TICKET = "/Assistance/Ticket"
PAGE = 100


class GlpiV2:
    def __init__(self, url: str, options: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        self.web = web_of(url)
        self.http = Http(url if "/api.php" in url else f"{self.web}/api.php/v2", secrets)
        self.options = options
        self.secrets = secrets
        self.zone = ZoneInfo(str(options.get("zone") or "Europe/Paris"))
        self.token = ""
        self.files = GlpiV1(f"{self.web}/api.php/v1", options, secrets)

    async def __aenter__(self) -> GlpiV2:
        await self.http.open()
        await self.files.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.files.__aexit__(*error)
        await self.http.close()

    async def sign_in(self) -> None:
        self.token = ""
        form = {
            "grant_type": "password",
            "client_id": self.secrets.get("client_id", ""),
            "client_secret": self.secrets.get("client_secret", ""),
            "username": self.secrets.get("username", ""),
            "password": self.secrets.get("password", ""),
            "scope": "api",
        }
        answer = await self.http.send("POST", "/token", changes=False, data=form)
        if answer.status >= 500:
            raise complaint(answer)
        if answer.status != 200:
            raise Denied(
                _("GLPI refuse l’accès : %(said)s") % {"said": f"HTTP {answer.status}"}, answer.kept
            )
        self.token = answer.json()["access_token"]
        self.http.secrets.add(self.token)

    async def call(self, method: str, path: str, **how: Any) -> Any:
        """One call; a lost token is renewed once. GLPI says 401, or 400 « Invalid OAuth token »."""
        for attempt in (1, 2):
            if not self.token:
                await self.sign_in()
            headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "fr_FR"}
            if entity := self.options.get("entity"):
                headers["GLPI-Entity"] = str(entity)
            answer = await self.http.send(method, path, headers=headers, **how)
            lost = answer.status == 401 or (answer.status == 400 and "OAuth token" in answer.text)
            if lost and attempt == 1:
                self.token = ""
                continue
            if lost:
                raise Unreachable(
                    _("GLPI n’accepte plus le jeton qu’il vient de donner."), answer.kept
                )
            if not 200 <= answer.status < 300:
                raise complaint(answer)
            return answer.json() if answer.text else None
        raise AssertionError("unreachable")

    async def check(self) -> list[Finding]:
        try:
            await self.sign_in()
        except DeskError as error:
            return [Finding(False, str(error))]
        findings = [Finding(True, _("GLPI répond et donne un jeton."))]
        for name, path in (
            (_("tickets"), TICKET),
            (_("catégories"), "/Dropdowns/ITILCategory"),
            (_("lieux"), "/Dropdowns/Location"),
        ):
            try:
                await self.call("GET", path, params={"limit": "1"})
                findings.append(Finding(True, _("Lecture : %(what)s.") % {"what": name}))
            except DeskError as error:
                words = _("Lecture impossible : %(what)s. Donnez ce droit au profil. (%(why)s)")
                findings.append(Finding(False, words % {"what": name, "why": error}))
        try:
            await self.files.sign_in()
            findings.append(Finding(True, _("L’ancienne interface accepte le jeton (photos).")))
        except DeskError as error:
            words = _("Les photos passent par l’ancienne interface, qui refuse : %(why)s")
            findings.append(Finding(False, words % {"why": error}))
        return findings

    async def find(self, ref: str) -> list[Found]:
        """GLPI ignores a filter it does not know and gives the whole table: each row is looked at again."""
        params = {
            "filter": f'external_id=="{ref}"',
            "start": "0",
            "limit": str(PAGE),
            "sort": "date_mod:desc",
        }
        rows = await self.call("GET", TICKET, params=params)
        if len(rows) >= PAGE and any(row.get("external_id") != ref for row in rows):
            raise Denied(_("Ce GLPI ne filtre pas par external_id : choisissez l’interface v1."))
        return [
            self.found(number)
            for number in sorted(int(r["id"]) for r in rows if r.get("external_id") == ref)
        ]

    def found(self, ticket: int | str) -> Found:
        return Found(str(ticket), f"{self.web}/front/ticket.form.php?id={ticket}")

    async def create(self, wanted: TicketRequest) -> Found:
        values: dict[str, Any] = {
            "name": wanted.title,
            "content": paragraphs(wanted.lines),
            "type": INCIDENT if wanted.incident else REQUEST,
            "urgency": wanted.urgency,
            "external_id": wanted.ref,
            "category": reference(wanted.category or self.options.get("category")),
            "location": reference(wanted.location),
            "entity": reference(self.options.get("entity")),
        }
        sent = {name: value for name, value in values.items() if value is not None}
        made = await self.call("POST", TICKET, json=sent)
        if not isinstance(made, dict) or not made.get("id"):
            raise Broken(_("GLPI a répondu sans numéro de ticket."))
        return self.found(made["id"])

    async def attached(self, ticket: str) -> set[str]:
        return await self.files.attached(ticket)

    async def attach(self, ticket: str, photo: PhotoFile) -> None:
        await self.files.attach(ticket, photo)

    async def changed(self, since: datetime) -> list[tuple[str, datetime]]:
        asked = (since - timedelta(seconds=1)).astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")
        found: list[tuple[str, datetime]] = []
        start = 0
        while True:
            params = {
                "filter": f"date_mod=ge={asked}",
                "start": str(start),
                "limit": str(PAGE),
                "sort": "date_mod:desc",
            }
            rows = await self.call("GET", TICKET, params=params)
            updated = [(str(row["id"]), instant(row["date_mod"], self.zone)) for row in rows]
            found += [(ticket, at) for ticket, at in updated if at >= since]
            # Newest first: where the filter was ignored, the first that is too old ends the list.
            if len(rows) < PAGE or any(at < since for _ticket, at in updated):
                return found
            start += PAGE

    async def read(self, ticket: str) -> Status:
        found = await self.call("GET", f"{TICKET}/{ticket}")
        status = found["status"]
        notes: list[Note] = []
        for kind in ("Followup", "Solution"):
            entries = await self.call("GET", f"{TICKET}/{ticket}/Timeline/{kind}")
            # The list wraps what its contract says it gives.
            said = [entry.get("item", entry) for entry in entries]
            notes += notes_of(f"ITIL{kind}", said, self.zone)
        return status_of(
            str(ticket),
            int(status["id"] if isinstance(status, dict) else status),
            instant(found["date_mod"], self.zone),
            notes,
        )

    async def choices(self) -> list[Choice]:
        found = []
        for what, path in (
            ("category", "/Dropdowns/ITILCategory"),
            ("location", "/Dropdowns/Location"),
        ):
            start = 0
            while True:
                params = {"start": str(start), "limit": str(PAGE)}
                rows = await self.call("GET", path, params=params)
                found += [
                    Choice(what, str(r["id"]), plain(r.get("completename") or r["name"]))
                    for r in rows
                ]
                start += PAGE
                if len(rows) < PAGE:
                    break
        return found


def reference(value: Any) -> dict[str, int] | None:
    number = number_of(value)
    return None if number is None else {"id": number}
