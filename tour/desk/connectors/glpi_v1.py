"""GLPI's legacy interface (apirest.php), in every version. The need's id is in ``externalid``.

Where the server cannot search by ``externalid`` (before 10.0.19), a marker in the title takes its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from tour.desk.connectors.base import (
    Broken,
    Choice,
    Denied,
    DeskError,
    Finding,
    Found,
    Note,
    PhotoFile,
    Refused,
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
from tour.desk.connectors.html import paragraphs, plain
from tour.desk.connectors.http import Answer, Http, complaint, said_in
from tour.i18n import gettext as _

CODE = re.compile("ERROR[A-Z_]*")
SESSION_LOST = "ERROR_SESSION_TOKEN_INVALID"
NAME, ID, LAST_UPDATE = 1, 2, 19
A_SECOND = timedelta(seconds=1)


class GlpiV1:
    def __init__(self, url: str, options: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        self.http = Http(url, secrets)
        self.web = web_of(url)
        self.options = options
        self.secrets = secrets
        self.zone = ZoneInfo(str(options.get("zone") or "Europe/Paris"))
        self.session = ""
        self.option: int | None = None  # of externalid, once known
        self.known_option = False

    async def __aenter__(self) -> GlpiV1:
        await self.http.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        try:
            if self.session:
                await self.http.send("GET", "/killSession", headers=self.headers())
        except DeskError:
            pass  # it will lapse by itself
        finally:
            await self.http.close()

    def headers(self) -> dict[str, str]:
        headers = {"Session-Token": self.session} if self.session else {}
        if app := self.secrets.get("app_token"):
            headers["App-Token"] = app
        return headers

    async def sign_in(self) -> None:
        self.session = ""
        headers = {
            **self.headers(),
            "Authorization": f"user_token {self.secrets.get('user_token', '')}",
        }
        answer = await self.http.send("GET", "/initSession", changes=False, headers=headers)
        code = error_of(answer)
        if answer.status != 200 and not code:
            raise complaint(answer)
        if answer.status != 200:
            raise Denied(
                _("GLPI refuse l’accès : %(said)s") % {"said": code[:40]},
                answer.kept,
            )
        self.session = answer.json()["session_token"]
        self.http.secrets.add(self.session)

    async def call(self, method: str, path: str, **how: Any) -> Any:
        answer = await self.answer(method, path, **how)
        return answer.json() if answer.text else None

    async def answer(self, method: str, path: str, *, form: Any = None, **how: Any) -> Answer:
        """One call; a lost session is opened anew once. ``form`` makes a body that is used up when sent."""
        for attempt in (1, 2):
            if not self.session:
                await self.sign_in()
            if form:
                how["data"] = form()
            answer = await self.http.send(method, path, headers=self.headers(), **how)
            code = error_of(answer)
            if code == SESSION_LOST and attempt == 1:
                self.session = ""
                continue
            if code == SESSION_LOST:
                raise Unreachable(_("GLPI perd la session qu’il vient d’ouvrir."), answer.kept)
            if code == "ERROR_RIGHT_MISSING":
                raise Denied(_("Il manque un droit à ce compte GLPI."), answer.kept)
            if answer.status == 207:
                raise Refused(
                    _("GLPI n’a fait qu’une partie de ce qui était demandé."), answer.kept
                )
            if not 200 <= answer.status < 300:
                raise complaint(answer)
            return answer
        raise AssertionError("unreachable")

    async def external_option(self) -> int | None:
        """The number by which ``externalid`` is searched; none where this GLPI does not search it."""
        if not self.known_option:
            options = await self.call("GET", "/listSearchOptions/Ticket")
            numbers = [
                int(number)
                for number, option in options.items()
                if isinstance(option, dict)
                and option.get("field") == "externalid"
                and option.get("table") == "glpi_tickets"
            ]
            self.option = min(numbers, default=None)
            self.known_option = True
        return self.option

    async def search(self, criteria: Mapping[str, Any], *shown: int) -> list[dict[str, Any]]:
        """Rows of /search/Ticket, page after page; keys are option numbers as strings."""
        rows: list[dict[str, Any]] = []
        params = {f"criteria[0][{name}]": str(value) for name, value in criteria.items()}
        params |= {f"forcedisplay[{n}]": str(option) for n, option in enumerate((ID, *shown))}
        while True:
            asked = {
                **params,
                "range": f"{len(rows)}-{len(rows) + 199}",
                "sort": str(ID),
                "order": "ASC",
            }
            try:
                page = await self.call("GET", "/search/Ticket", params=asked)
            except Refused as error:
                if "ERROR_RANGE_EXCEED_TOTAL" in error.answer:
                    return rows
                raise
            found = page.get("data") or []
            rows += found
            if not found or len(rows) >= page["totalcount"]:
                return rows

    async def check(self) -> list[Finding]:
        try:
            await self.sign_in()
        except DeskError as error:
            return [Finding(False, sign_in_trouble(error))]
        findings = [Finding(True, _("GLPI répond et accepte le jeton."))]
        try:
            option = await self.external_option()
        except DeskError as error:
            return [*findings, Finding(False, str(error))]
        if option is None:
            words = _(
                "Ce GLPI ne cherche pas par identifiant externe : un repère est mis dans le titre."
            )
            findings.append(Finding(True, words))
        else:
            words = _("L’identifiant externe se cherche (option %(number)s).")
            findings.append(Finding(True, words % {"number": option}))
        for name, path in (
            (_("tickets"), "/search/Ticket"),
            (_("catégories"), "/ITILCategory"),
            (_("lieux"), "/Location"),
        ):
            try:
                await self.call("GET", path, params={"range": "0-0"})
                findings.append(Finding(True, _("Lecture : %(what)s.") % {"what": name}))
            except DeskError as error:
                words = _("Lecture impossible : %(what)s. Donnez ce droit au profil. (%(why)s)")
                findings.append(Finding(False, words % {"what": name, "why": error}))
        category = self.options.get("category")
        if category:
            try:
                await self.call("GET", f"/ITILCategory/{int(category)}")
            except (DeskError, ValueError):
                words = _("La catégorie par défaut %(id)s n’existe pas.")
                findings.append(Finding(False, words % {"id": category}))
        return findings

    async def find(self, ref: str) -> list[Found]:
        option = await self.external_option()
        if option is None:
            rows = await self.search(
                {"field": NAME, "searchtype": "contains", "value": marker(ref)}, NAME
            )
            rows = [row for row in rows if marker(ref) in plain(str(row.get(str(NAME)) or ""))]
        else:
            rows = await self.search(
                {"field": option, "searchtype": "contains", "value": f"^{ref}$"}, option
            )
            rows = [row for row in rows if str(row.get(str(option)) or "") == ref]
        return [self.found(number) for number in sorted(int(row[str(ID)]) for row in rows)]

    def found(self, ticket: int | str) -> Found:
        return Found(str(ticket), f"{self.web}/front/ticket.form.php?id={ticket}")

    async def create(self, wanted: TicketRequest) -> Found:
        made = await self.call("POST", "/Ticket", json={"input": await self.input_of(wanted)})
        if not isinstance(made, dict) or not made.get("id"):
            raise Broken(_("GLPI a répondu sans numéro de ticket."))
        return self.found(made["id"])

    async def input_of(self, wanted: TicketRequest) -> dict[str, Any]:
        title = wanted.title
        if await self.external_option() is None:
            title = f"{title} {marker(wanted.ref)}"
        values: dict[str, Any] = {
            "name": title,
            "content": paragraphs(wanted.lines),
            "type": INCIDENT if wanted.incident else REQUEST,
            "urgency": wanted.urgency,
            "externalid": wanted.ref,
            "itilcategories_id": number_of(wanted.category or self.options.get("category")),
            "locations_id": number_of(wanted.location),
            "entities_id": number_of(self.options.get("entity")),
        }
        return {name: value for name, value in values.items() if value is not None}

    async def attached(self, ticket: str) -> set[str]:
        links = await self.pages(f"/Ticket/{ticket}/Document_Item")
        names = set()
        for link in links:
            document = await self.call("GET", f"/Document/{link['documents_id']}")
            names |= {document.get("name", ""), document.get("filename", "")}
        return names - {""}

    async def pages(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        while True:
            try:
                found = await self.call(
                    "GET", path, params={"range": f"{len(items)}-{len(items) + 199}"}
                )
            except Refused as error:
                if "ERROR_RANGE_EXCEED_TOTAL" in error.answer:
                    return items
                raise
            items += found
            if len(found) < 200:
                return items

    async def attach(self, ticket: str, photo: PhotoFile) -> None:
        """The file and its link in one call: two calls could leave a document on no ticket."""
        manifest = {
            "input": {
                "name": photo.name,
                "_filename": [photo.name],
                "itemtype": "Ticket",
                "items_id": int(ticket),
                "tickets_id": int(ticket),
            }
        }

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData()
            data.add_field("uploadManifest", json.dumps(manifest), content_type="application/json")
            data.add_field("filename[0]", photo.bytes, filename=photo.name, content_type=photo.type)
            return data

        made = await self.call("POST", "/Document", form=form)
        if photo.name not in await self.attached(ticket):
            link = {"documents_id": made["id"], "itemtype": "Ticket", "items_id": int(ticket)}
            await self.call("POST", "/Document_Item", json={"input": link})

    async def changed(self, since: datetime) -> list[tuple[str, datetime]]:
        asked = (since - A_SECOND).astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")
        rows = await self.search(
            {"field": LAST_UPDATE, "searchtype": "morethan", "value": asked}, LAST_UPDATE
        )
        return [(str(row[str(ID)]), instant(row[str(LAST_UPDATE)], self.zone)) for row in rows]

    async def read(self, ticket: str) -> Status:
        found = await self.call("GET", f"/Ticket/{ticket}")
        notes: list[Note] = []
        for kind in ("ITILFollowup", "ITILSolution"):
            notes += notes_of(kind, await self.pages(f"/Ticket/{ticket}/{kind}"), self.zone)
        return status_of(
            str(ticket), int(found["status"]), instant(found["date_mod"], self.zone), notes
        )

    async def choices(self) -> list[Choice]:
        found = []
        for what, kind in (("category", "ITILCategory"), ("location", "Location")):
            for row in await self.pages(f"/{kind}"):
                if not int(row.get("is_deleted") or 0):
                    name = plain(row.get("completename") or row["name"])
                    found.append(Choice(what, str(row["id"]), name))
        return found


def marker(ref: str) -> str:
    """What takes the place of the external id in a title."""
    return f"[tour {ref}]"


def error_of(answer: Answer) -> str:
    """The code of GLPI's error, a list of two; empty when it is none."""
    code = said_in(answer.text).partition(" ")[0]
    return code if answer.text.lstrip().startswith("[") and CODE.fullmatch(code) else ""


def sign_in_trouble(error: DeskError) -> str:
    """What to do when GLPI does not let us in, by its code."""
    for code, words in {
        "ERROR_APP_TOKEN_PARAMETERS_MISSING": _(
            "Ce client d’API GLPI demande un App-Token : saisissez-le."
        ),
        "ERROR_WRONG_APP_TOKEN_PARAMETER": _(
            "L’App-Token est faux : copiez celui de Configuration > Générale > API."
        ),
        "ERROR_GLPI_LOGIN_USER_TOKEN": _(
            "Le jeton d’utilisateur est faux ou révoqué : copiez celui de ses préférences."
        ),
        "ERROR_LOGIN_PARAMETERS_MISSING": _("Saisissez le jeton d’utilisateur."),
        "ERROR_NOT_ALLOWED_IP": _(
            "L’adresse de ce serveur n’est pas admise par le client d’API de GLPI."
        ),
    }.items():
        if code in error.answer:
            return words
    return str(error)
