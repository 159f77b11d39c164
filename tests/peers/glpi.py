"""A GLPI that speaks both its interfaces, with the traps that GLPI has (shared wire notes; sources of GLPI 10 and 11).

It is proven by driving it with two clients written by others (test_the_glpi_double.py). ``Glpi.traps`` makes it behave
worse: sessions lost, answers that come after the work is done or not at all, slow commits.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

ZONE = ZoneInfo("Europe/Paris")
APP_TOKEN = "a" * 40
USER_TOKEN = "u-s3cret-user-token"
CLIENT = ("client-id", "client-s3cret", "tour", "tour-p4ssword")
EXTERNAL = 87
OPTIONS = {1: "name", 2: "id", 12: "status", 19: "date_mod", 21: "content", EXTERNAL: "externalid"}
RSQL = re.compile(r"^(\w+(?:\.\w+)?)(==|!=|=ge=|=gt=|=lt=|=le=|=like=)(.+)$")


@dataclass
class Traps:
    """How badly it behaves, each a share of the requests."""

    session_lost: float = 0
    broken_after: float = 0  # 500, the work done
    slow_commit_s: float = 0  # at most, before a ticket is there
    old: bool = False  # before 10.0.19: no search by externalid
    no_right: frozenset[str] = frozenset()  # itemtypes that the profile may not create
    ignores_filters: bool = False  # v2: as it does for a field it does not know


@dataclass
class Glpi:
    url: str = ""
    traps: Traps = field(default_factory=Traps)
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    rows: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    files: dict[int, bytes] = field(default_factory=dict)
    requests: int = 0

    def table(self, kind: str) -> dict[int, dict[str, Any]]:
        return self.rows.setdefault(kind, {})

    def add(self, kind: str, values: dict[str, Any]) -> int:
        table = self.table(kind)
        number = max(table, default=0) + 1
        base = {
            "id": number,
            "date_creation": local_time(),
            "date_mod": local_time(),
            "is_deleted": 0,
        }
        if kind == "Ticket":
            base |= {"status": 1, "entities_id": 0, "externalid": None, "urgency": 3, "type": 1}
        table[number] = base | values
        if kind in {"ITILFollowup", "ITILSolution"} and values.get("itemtype") == "Ticket":
            self.touch(int(values["items_id"]), **({"status": 5} if kind == "ITILSolution" else {}))
        return number

    def touch(self, ticket: int, **values: Any) -> None:
        self.table("Ticket")[ticket] |= {"date_mod": local_time(), **values}

    def bearing(self, reference: str) -> list[dict[str, Any]]:
        """The tickets with this reference, wherever it is kept."""
        return [
            t
            for t in self.table("Ticket").values()
            if (t.get("externalid") == reference and not self.traps.old)
            or f"[tour {reference}]" in t["name"]
        ]

    def documents_of(self, ticket: int) -> list[str]:
        return [
            self.table("Document")[link["documents_id"]]["filename"]
            for link in self.table("Document_Item").values()
            if link["itemtype"] == "Ticket" and link["items_id"] == ticket
        ]


def local_time() -> str:
    """GLPI's dates: the server's clock, no offset."""
    return datetime.now(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def error(status: int, code: str, words: str = "") -> web.Response:
    said = f"{words or code}; view documentation in your browser at http://glpi/apirest.php/#{code}"
    return web.json_response([code, said], status=status)


def app_of(glpi: Glpi) -> web.Application:
    app = web.Application(client_max_size=30_000_000, middlewares=[counted(glpi)])
    v1, v2 = V1(glpi), V2(glpi)
    for base in ("/apirest.php", "/api.php/v1"):
        app.router.add_get(f"{base}/initSession", v1.init)
        app.router.add_get(f"{base}/initSession/", v1.init)
        app.router.add_route("*", base + "/{path:.*}", v1.answer)
    app.router.add_post("/api.php/v2/token", v2.token)
    app.router.add_post("/api.php/token", v2.token)
    app.router.add_route("*", "/api.php/v2/{path:.*}", v2.answer)
    return app


def counted(glpi: Glpi) -> Any:
    @web.middleware
    async def count(request: web.Request, handler: Any) -> web.StreamResponse:
        glpi.requests += 1
        response: web.StreamResponse = await handler(request)
        if request.method == "POST" and glpi.dice.random() < glpi.traps.broken_after:
            return web.Response(status=500, text="<html>Internal Server Error</html>")
        return response

    return count


class V1:
    """apirest.php"""

    def __init__(self, glpi: Glpi) -> None:
        self.glpi = glpi

    async def init(self, request: web.Request) -> web.Response:
        if request.headers.get("App-Token") != APP_TOKEN:
            return error(400, "ERROR_WRONG_APP_TOKEN_PARAMETER")
        how = request.headers.get("Authorization", "")
        if not how.startswith("user_token ") and "user_token" not in request.query:
            return error(400, "ERROR_LOGIN_PARAMETERS_MISSING")
        given = how.removeprefix("user_token ") or request.query.get("user_token", "")
        if given != USER_TOKEN:
            return error(401, "ERROR_GLPI_LOGIN_USER_TOKEN")
        token = f"{self.glpi.dice.getrandbits(104):026x}"
        self.glpi.sessions.add(token)
        return web.json_response({"session_token": token})

    async def answer(self, request: web.Request) -> web.Response:
        glpi = self.glpi
        token = request.headers.get("Session-Token", "")
        if not token:
            return error(400, "ERROR_SESSION_TOKEN_MISSING")
        if glpi.dice.random() < glpi.traps.session_lost:
            glpi.sessions.discard(token)
        if token not in glpi.sessions:
            return error(401, "ERROR_SESSION_TOKEN_INVALID", "session_token semble incorrect")
        form = request.content_type == "multipart/form-data"
        body = b"" if form else await request.read()
        if request.method == "GET" and body:
            return error(400, "ERROR_JSON_PAYLOAD_FORBIDDEN")
        parts = request.match_info["path"].strip("/").split("/")
        match (request.method, parts):
            case ("GET", ["killSession"]):
                glpi.sessions.discard(token)
                return web.json_response(True)
            case ("GET", ["listSearchOptions", "Ticket"]):
                return web.json_response(self.options())
            case ("GET", ["search", "Ticket"]):
                return self.search(request)
            case ("POST", ["Document"]) if form:
                return await self.upload(request)
            case ("POST", [kind]):
                return await self.create(kind, body)
            case ("PUT", [kind, number]):
                values = json.loads(body)["input"]
                glpi.table(kind)[int(number)] |= {**values, "date_mod": local_time()}
                return web.json_response([{number: True, "message": ""}])
            case ("PUT", [kind]):
                given = json.loads(body)["input"]
                for values in given:
                    glpi.table(kind)[int(values["id"])] |= {**values, "date_mod": local_time()}
                return web.json_response([{str(v["id"]): True, "message": ""} for v in given])
            case ("GET", [kind]):
                return self.listing(request, [*glpi.table(kind).values()], kind)
            case ("GET", [kind, number]):
                row = glpi.table(kind).get(int(number)) if number.isdigit() else None
                return (
                    web.json_response(encoded(row)) if row else error(404, "ERROR_ITEM_NOT_FOUND")
                )
            case ("GET", ["Ticket", number, child]):
                rows = [
                    row
                    for row in glpi.table(child).values()
                    if row.get("itemtype") == "Ticket" and row.get("items_id") == int(number)
                ]
                return self.listing(request, rows, child)
        return error(405, "ERROR_METHOD_NOT_ALLOWED")

    def options(self) -> dict[str, Any]:
        return {
            "common": "Caractéristiques",
            **{
                str(number): {"name": name, "table": "glpi_tickets", "field": name, "datatype": "string", "uid": f"Ticket.{name}"}
                for number, name in OPTIONS.items()
                if not (self.glpi.traps.old and number == EXTERNAL)
            },
        }  # fmt: skip

    def search(self, request: web.Request) -> web.Response:
        query, rows = request.query, [*self.glpi.table("Ticket").values()]
        number = 0
        while f"criteria[{number}][field]" in query:
            option = query[f"criteria[{number}][field]"]
            if not option.isdigit() or option not in self.options():
                return error(400, "ERROR", "option de recherche inconnue")
            how, value = (
                query[f"criteria[{number}][searchtype]"],
                query[f"criteria[{number}][value]"],
            )
            name = OPTIONS[int(option)]
            rows = [row for row in rows if holds(str(row.get(name) or ""), how, value)]
            number += 1
        shown = {int(v) for k, v in query.items() if k.startswith("forcedisplay")} | {1, 2}
        first, last = (int(n) for n in query.get("range", "0-49").split("-"))
        if rows and first >= len(rows):
            return error(400, "ERROR_RANGE_EXCEED_TOTAL")
        page = sorted(rows, key=lambda row: row["id"])[first : last + 1]
        answer: dict[str, Any] = {
            "totalcount": len(rows),
            "count": len(page),
            "sort": [1],
            "order": ["ASC"],
        }
        if page:
            answer["data"] = [{str(n): encoded(row).get(OPTIONS[n]) for n in shown} for row in page]
            answer["content-range"] = f"{first}-{first + len(page) - 1}/{len(rows)}"
        return web.json_response(answer, status=206 if len(page) < len(rows) else 200)

    def listing(self, request: web.Request, rows: list[dict[str, Any]], kind: str) -> web.Response:
        first, last = (int(n) for n in request.query.get("range", "0-49").split("-"))
        if first and first >= len(rows):
            return error(400, "ERROR_RANGE_EXCEED_TOTAL")
        page = rows[first : last + 1]
        headers = {
            "Content-Range": f"{first}-{max(first, first + len(page) - 1)}/{len(rows)}",
            "Accept-Range": f"{kind} 1000",
        }
        return web.json_response([encoded(row) for row in page], status=206 if len(page) < len(rows) else 200, headers=headers)  # fmt: skip

    async def create(self, kind: str, body: bytes) -> web.Response:
        glpi = self.glpi
        try:
            given = json.loads(body)["input"]
        except (ValueError, KeyError, TypeError):
            return error(400, "ERROR_JSON_PAYLOAD_INVALID")
        if kind in glpi.traps.no_right:
            return error(403, "ERROR_RIGHT_MISSING", "Vous n’avez pas les droits requis")
        await asyncio.sleep(glpi.dice.uniform(0, glpi.traps.slow_commit_s))
        many = given if isinstance(given, list) else [given]
        made = [
            {"id": glpi.add(kind, one), "message": ""} if one.get("name") or kind != "Ticket" else {"id": False, "message": "le titre est obligatoire"}
            for one in many
        ]  # fmt: skip
        bad = sum(1 for one in made if one["id"] is False)
        if bad == len(made):
            return error(400, "ERROR_GLPI_ADD", "le titre est obligatoire")
        if bad:
            return web.json_response(["ERROR_GLPI_PARTIAL_ADD", made], status=207)
        headers = {"Location": f"{glpi.url}/apirest.php/{kind}/{made[0]['id']}"}
        return web.json_response(made if isinstance(given, list) else made[0], status=201, headers=headers)  # fmt: skip

    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        given: Any = form["uploadManifest"]  # text, or bytes where its type is JSON
        manifest = json.loads(given.file.read() if isinstance(given, web.FileField) else given)[
            "input"
        ]
        sent = [v for k, v in form.items() if k.startswith("filename")]
        if not sent:
            return error(400, "ERROR_UPLOAD_FILE_TOO_BIG_POST_MAX_SIZE")
        file = sent[0]
        assert isinstance(file, web.FileField)
        number = self.glpi.add("Document", {"name": manifest["name"], "filename": file.filename, "mime": file.content_type})  # fmt: skip
        self.glpi.files[number] = file.file.read()
        if manifest.get("itemtype"):
            link = {
                "documents_id": number,
                "itemtype": manifest["itemtype"],
                "items_id": int(manifest["items_id"]),
            }
            self.glpi.add("Document_Item", link)
        return web.json_response({"id": number, "message": "", "upload_result": {"filename": [{"name": file.filename}]}}, status=201)  # fmt: skip


def holds(text: str, how: str, value: str) -> bool:
    match how:
        case "contains":
            start, end = value.startswith("^"), value.endswith("$")
            bare = value.removeprefix("^").removesuffix("$").lower()
            text = text.lower()
            if start and end:
                return text == bare
            return text.startswith(bare) if start else text.endswith(bare) if end else bare in text
        case "equals":
            return text == value
        case "morethan":
            return text > value
        case "lessthan":
            return text < value
    return True


def encoded(row: dict[str, Any]) -> dict[str, Any]:
    """As GLPI 10 keeps rich text: its own HTML encoded once more."""
    return {
        name: value.replace("&", "&#38;").replace("<", "&#60;").replace(">", "&#62;")
        if name in {"content", "name"} and isinstance(value, str)
        else value
        for name, value in row.items()
    }


class V2:
    """api.php/v2"""

    def __init__(self, glpi: Glpi) -> None:
        self.glpi = glpi

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = (
            form.get("client_id"),
            form.get("client_secret"),
            form.get("username"),
            form.get("password"),
        )
        if form.get("grant_type") != "password" or given != CLIENT:
            return web.json_response({"error": "invalid_client", "error_description": "Client authentication failed"}, status=401)  # fmt: skip
        token = f"{self.glpi.dice.getrandbits(160):040x}"
        self.glpi.tokens.add(token)
        return web.json_response({"token_type": "Bearer", "expires_in": 3600, "access_token": token, "refresh_token": token})  # fmt: skip

    async def answer(self, request: web.Request) -> web.Response:
        glpi = self.glpi
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not bearer:
            return trouble(401, "ERROR_UNAUTHENTICATED", "You are not authenticated")
        if glpi.dice.random() < glpi.traps.session_lost:
            glpi.tokens.discard(bearer)
        if bearer not in glpi.tokens:
            return trouble(400, "ERROR_INVALID_PARAMETER", "Invalid OAuth token")
        parts = request.match_info["path"].strip("/").split("/")
        match (request.method, parts):
            case ("GET", ["Assistance", "Ticket"]):
                return self.listing(request, [shown(t) for t in glpi.table("Ticket").values()])
            case ("GET", ["Dropdowns", kind]):
                return self.listing(request, [*glpi.table(kind).values()])
            case ("POST", ["Assistance", "Ticket"]):
                if "Ticket" in glpi.traps.no_right:
                    return trouble(403, "ERROR_RIGHT_MISSING", "You don't have permission")
                await asyncio.sleep(glpi.dice.uniform(0, glpi.traps.slow_commit_s))
                return self.made(glpi.add("Ticket", taken(await request.json())))
            case ("POST", ["Assistance", "Ticket", number, "Timeline", kind]):
                values = {**(await request.json()), "itemtype": "Ticket", "items_id": int(number)}
                return self.made(glpi.add(f"ITIL{kind}", values))
            case ("GET", ["Assistance", "Ticket", number, "Timeline", kind]):
                rows = [
                    {"type": f"ITIL{kind}", "item": timed(row)}
                    for row in glpi.table(f"ITIL{kind}").values()
                    if row["items_id"] == int(number)
                ]
                return web.json_response(rows)
            case ("PATCH", ["Assistance", "Ticket", number]):
                glpi.touch(int(number), **taken(await request.json()))
                return web.json_response(shown(glpi.table("Ticket")[int(number)]))
            case ("GET", ["Assistance", "Ticket", number]):
                row = glpi.table("Ticket").get(int(number))
                return web.json_response(shown(row)) if row else trouble(404, "ERROR_ITEM_NOT_FOUND", "Item not found")  # fmt: skip
        return trouble(404, "ERROR_ITEM_NOT_FOUND", "Not found")

    def made(self, number: int) -> web.Response:
        href = f"/Assistance/Ticket/{number}"
        return web.json_response({"id": number, "href": href}, headers={"Location": href})

    def listing(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        wanted = request.query.get("filter", "")
        for term in wanted.split(";") if wanted and not self.glpi.traps.ignores_filters else []:
            read = RSQL.match(term)
            if read is None:
                return trouble(400, "ERROR_INVALID_PARAMETER", "Invalid RSQL")
            name, how, value = read[1], read[2], read[3].strip("\"'")
            if name not in shown(blank()):
                continue  # the trap: a field it does not know is ignored, and all is given
            rows = [row for row in rows if compares(str(row.get(name)), how, value)]
        sort = request.query.get("sort", "")
        if " " in sort:
            return trouble(400, "ERROR_INVALID_PARAMETER", "Invalid property for sorting")
        if sort:
            name, _colon, way = sort.partition(":")
            rows = sorted(rows, key=lambda row: str(row.get(name)), reverse=way == "desc")
        start, limit = int(request.query.get("start", 0)), int(request.query.get("limit", 100))
        page = rows[start : start + limit]
        headers = {"Content-Range": f"{start}-{start + len(page) - 1}/{len(rows)}"}
        return web.json_response(page, status=206 if len(page) < len(rows) else 200, headers=headers)  # fmt: skip


def trouble(status: int, code: str, detail: str) -> web.Response:
    return web.json_response({"status": code, "title": code, "detail": detail, "additional_messages": []}, status=status)  # fmt: skip


def blank() -> dict[str, Any]:
    now = local_time()
    return {"id": 0, "name": "", "content": "", "status": 1, "type": 1, "urgency": 3, "externalid": None, "date_mod": now, "date_creation": now}  # fmt: skip


def timed(row: dict[str, Any]) -> dict[str, Any]:
    """v2's dates: ISO form, still with no offset."""
    return {k: v.replace(" ", "T") if k.startswith("date") and v else v for k, v in row.items()}


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A ticket as v2 shows it."""
    values = timed(row)
    values["external_id"] = values.pop("externalid")
    values["status"] = {"id": row["status"], "name": f"status {row['status']}"}
    for name, key in (
        ("category", "itilcategories_id"),
        ("location", "locations_id"),
        ("entity", "entities_id"),
    ):
        if number := values.pop(key, None):
            values[name] = {"id": number, "name": escape(f"{name} {number}")}
    return values


def taken(values: dict[str, Any]) -> dict[str, Any]:
    """A ticket as v2 is given it."""
    row = dict(values)
    if "external_id" in row:
        row["externalid"] = row.pop("external_id")
    for name, key in (
        ("category", "itilcategories_id"),
        ("location", "locations_id"),
        ("entity", "entities_id"),
        ("status", "status"),
    ):
        if isinstance(row.get(name), dict):
            row[key] = row.pop(name)["id"]
    return row


def compares(text: str, how: str, value: str) -> bool:
    match how:
        case "==":
            return text == value
        case "!=":
            return text != value
        case "=like=":
            return value.replace("*", "") in text
        case "=ge=":
            return text >= value
        case "=gt=":
            return text > value
        case "=le=":
            return text <= value
    return text < value


@contextmanager
def running_glpi(**traps: Any) -> Iterator[Glpi]:
    """A GLPI in a thread of its own, for as long as the block lasts; one later second at least between updates is yours."""
    glpi = Glpi(traps=Traps(**traps))
    for name in ("Matériel", "Formation > Bureautique", "Idées"):
        glpi.add("ITILCategory", {"name": name, "completename": escape(name)})
    for name in ("Collège & lycée", "Port"):
        glpi.add("Location", {"name": name, "completename": name})
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(app_of(glpi), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        glpi.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield glpi
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
