"""What tablets ask of the server: the field pages, for browsers whose worker is not there yet, and the synchronisation.

The pages themselves are in the page table; the worker answers the same addresses from the same templates.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Route

from tour import i18n
from tour.corner.catalogue import questions
from tour.corner.catalogue.models import Item
from tour.db import local_now, now, uuid7
from tour.errors import UserError
from tour.field.documents import shelf
from tour.field.kinds import KINDS, faults, is_id, iso, read_form, shown_before
from tour.field.merge import make_stamp
from tour.field.models import Tablet
from tour.field.pages import photos as photo_pages
from tour.field.pages.tablets import tablet_of
from tour.field.reading import PROTOCOL, TooMuch, Unreadable
from tour.field.render import render
from tour.field.sync import MOST_BYTES, base_of, sync, take
from tour.field.table import WORDS_OF, Entry, documents_shown, form_values, pages, week_of
from tour.field.team import team
from tour.field.window import Window
from tour.i18n import gettext as _
from tour.needs.models import Need
from tour.needs.photos import Sender, receive_whole
from tour.settings import settings
from tour.templating import DIST, asset
from tour.templating import manifest as built
from tour.web.bodies import TooLarge, takes
from tour.web.render import page

MOST_WITH_PHOTOS = 60_000_000  # what a form takes whose photos no worker has made smaller
QUERY = ("q", "item", "visit", "noted", "again", "who", "back", "space", "week")
PIN_FIELDS = ("pin", "pin_again", "old_pin")
NO_ERRORS = dict.fromkeys(
    ["", *PIN_FIELDS, *(field for kind in KINDS.values() for field in kind["fields"])], ""
)
Handler = Callable[[Request], Awaitable[Response]]


def for_tablets(handler: Handler) -> Handler:
    """Only enrolled tablets get in; others are told how to become one."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        request.state.tablet = await tablet_of(request)
        if request.state.tablet is None:
            return page(request, "tablets/stranger.html", status=401)
        return await handler(request)

    return guarded


def show(entry: Entry) -> Handler:
    @for_tablets
    async def show_page(request: Request) -> Response:
        return await answer(request, entry, request.path_params, request.query_params)

    return show_page


async def answer(
    request: Request,
    entry: Entry,
    params: Mapping[str, str],
    query: Mapping[str, str],
    *,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    before: Mapping[str, Any] | None = None,
) -> Response:
    """A page of the table; with ``typed``, ``errors`` and ``before``, its form as filled in, what is wrong with it, and what it showed at first."""
    tablet: Tablet = request.state.tablet
    asked = {name: query.get(name, "") for name in QUERY}
    values = form_values(entry, typed or {}, query)
    today = local_now().date()
    week = week_of(query.get("week", ""), today)
    names = {
        **{k: v for k, v in values.items() if isinstance(v, str)},
        **asked,
        **params,
        "today": today.isoformat(),
        "week.before": week["before"],
        "week.after": week["after"],
    }
    if values.get("item"):
        names["item"] = values["item"]
    shown = documents_shown(entry, await shelf(Window(tablet.pair_id, today), entry.kinds), names)
    chosen = (shown or {}).get("chosen")
    values = form_values(entry, typed or {}, query, (shown or {}).get(entry.form) or {})
    # What the form begins from. A field already typed in began from what its first page showed.
    touched = {name: value for name, value in (before or {}).items() if name in (typed or {})}
    was = form_values(entry, touched, (shown or {}).get(entry.form) or {})
    context = {
        "path": entry.path,
        "tab": entry.tab,
        "today": today.isoformat(),
        "week": week,
        "query": asked,
        "values": values,
        "was": was,
        "sealed_here": 0,  # what waits on the tablet, only its worker knows
        "questions": questions.asked(chosen["questions"], values["answers"], errors or {})
        if chosen and entry.form == "need"
        else [],
        "words_of": WORDS_OF,
        "errors": {**NO_ERRORS, **(errors or {})},
        "typed": typed is not None,
        "faulty": bool(errors),
        "new_id": str(uuid7()),
        "status": status_of(tablet),
    }
    if shown is None:
        return HTMLResponse(render("field/unknown.html", context), 404)
    return HTMLResponse(render(entry.template, context | shown), 422 if errors else 200)


def status_of(tablet: Tablet) -> dict[str, Any]:
    """What the status chip says when the server answers: there is a network, and nothing waits here."""
    return {
        "online": True,
        "waiting": 0,
        "photos": 0,
        "worker": False,
        "refused": 0,
        "trouble": "",
        "last_sync": iso(tablet.last_sync_at),
        "demo": bool(settings().demo),
        "pair": tablet.pair.name,
        "people": [holder.name for holder in team(tablet)],
        # Who holds the tablet is the worker's business: without it there is nothing here to lock.
        "holder": "",
        "own_pin": False,
        "whole_pair": False,
        "lock_minutes": 0,
        "pin": "",
        "team": [],
        "locked": False,
        "sealed": 0,
        "base": base_of(tablet.pair),
        "author": tablet.pair.name,
        "ready": False,
        "checked": {"at": "", "pages": 0, "missing": 0, "map": False},
        "plan": {"bytes": 0, "held": 0},
        "stuck": False,
    }


@for_tablets
@takes(MOST_WITH_PHOTOS)
async def create_change(request: Request) -> Response:
    """A form of a field page, where no worker has answered it."""
    tablet: Tablet = request.state.tablet
    kind, doc = request.path_params["kind"], request.path_params["doc"]
    if kind not in KINDS:
        raise HTTPException(404)
    filled = await request.form(max_files=2 * photo_pages.MOST_PHOTOS)
    form = texts_of(filled)
    item = await Item.get_or_none(id=form["item"]) if is_id(form.get("item")) else None
    article = None if item is None else {"questions": item.questions, "version": item.version}
    patch = read_form(kind, form, iso(now()), article)
    photos: dict[str, bytes] = {}
    try:
        if kind == "need":
            photos = await photo_pages.read_files(filled.getlist("files"))
    except UserError as error:
        return await show_again(request, form, patch, {"photos": error.message})
    if photos or "photos" in patch:
        without = filled.getlist("without")
        held = patch.get("photos") or []
        kept = [
            one for one in held if not isinstance(one, dict) or one.get("sha256") not in without
        ]
        patch["photos"] = kept + [
            {"sha256": sha256, "size": len(content), "caption": ""}
            for sha256, content in photos.items()
            if sha256 not in {one["sha256"] for one in kept if isinstance(one, dict)}
        ]
    new = bool(KINDS[kind].get("create")) and not await Need.exists(id=doc)
    if wrong := faults(kind, patch, item.questions if item else None, new=new):
        return await show_again(request, form, patch, wrong)
    if not patch:  # saved as it was shown
        return RedirectResponse(inside(form.get("back", "")), status_code=303)
    change = {
        "id": str(uuid7()),
        "kind": kind,
        "doc": str(doc),
        "patch": patch,
        "stamp": make_stamp(now(), str(tablet.id)),
    }
    taken = await take([change], tablet)
    for refusal in taken.refused:
        return await show_again(request, form, patch, {refusal["field"]: refusal["why"]})
    for sha256, content in photos.items():
        await receive_whole(sha256, content, Sender(tablet.id, tablet.pair_id))
    return RedirectResponse(inside(form.get("back", "")), status_code=303)


def texts_of(filled: FormData) -> dict[str, str]:
    """A form's fields; of several values of one name, each is a line."""
    form: dict[str, str] = {}
    for name, value in filled.multi_items():
        if isinstance(value, str):
            form[name] = f"{form[name]}\n{value}" if name in form else value
    return form


async def show_again(
    request: Request, form: Mapping[str, str], typed: Mapping[str, Any], errors: Mapping[str, str]
) -> Response:
    """The page the form stands on, with what was typed and what is wrong."""
    scope = {"type": "http", "method": "GET", "path": urlsplit(form.get("page", "")).path}
    for entry, route in PAGES:
        matched, found = route.matches(scope)
        if matched == Match.FULL:
            before = shown_before(entry.form, form) if entry.form else {}
            return await answer(
                request, entry, found["path_params"], {}, typed=typed, errors=errors, before=before
            )
    raise HTTPException(422, " ".join(errors.values()))


def inside(address: str) -> str:
    """The address if it is one of the field app's own, else its first page."""
    return address if address.startswith("/field/") and "\\" not in address else "/field/"


@takes(MOST_BYTES)
async def create_sync(request: Request) -> Response:
    """The one request by which tablets synchronise; always answered in JSON, never by a redirect."""
    tablet = await tablet_of(request)
    if tablet is None:
        return trouble(
            401, _("Cette tablette n’est pas reconnue. Demandez un lien au planificateur.")
        )
    try:
        return JSONResponse(
            await sync(await request.body(), tablet), headers={"Cache-Control": "no-store"}
        )
    except (TooMuch, TooLarge):
        return trouble(413, _("Envoi trop grand : envoyez moins de saisies à la fois."))
    except Unreadable:
        return trouble(400, _("Envoi illisible : il est gardé tel quel."))


def trouble(status: int, why: str) -> Response:
    return JSONResponse(
        {"protocol": PROTOCOL, "error": why}, status, headers={"Cache-Control": "no-store"}
    )


async def show_worker(request: Request) -> Response:
    return FileResponse(
        DIST / "sw.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


async def show_codes_reader(request: Request) -> Response:
    """The script that reads codes: the one place where WebAssembly may run, by a policy of its own.

    It lies below ``/field/`` so that the tablet's worker can give it when there is no network.
    """
    if request.path_params["name"] != built()["codes-reader.js"]:
        raise HTTPException(404)
    return FileResponse(
        DIST / built()["codes-reader.js"],
        media_type="text/javascript",
        headers={
            "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
            "Cache-Control": "public, max-age=31536000, immutable",
        },
    )


async def show_manifest(request: Request) -> Response:
    """What the browser needs to install the field app on the home screen."""
    icons = [
        {"src": asset("img/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": asset("img/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {
            "src": asset("img/icon-maskable-512.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
    manifest = {
        "id": "/field/",
        "name": _("Smart tour numérique"),
        "short_name": "Smart tour",
        "lang": i18n.language.get(),
        "start_url": "/field/",
        "scope": "/field/",
        "display": "standalone",
        "background_color": "#f7f6f2",
        "theme_color": "#0b5878",
        "icons": icons,
    }
    return JSONResponse(manifest, media_type="application/manifest+json")


PAGES = [(entry, Route(entry.path, show(entry))) for entry in pages()]

routes = [
    Route("/field", lambda request: RedirectResponse("/field/", status_code=308)),
    *(route for _entry, route in PAGES),
    Route("/field/changes/{kind}/{doc:uuid}", create_change, methods=["POST"]),
    Route("/field/sync", create_sync, methods=["POST"]),
    Route("/field/sw.js", show_worker),
    Route("/field/reader/{name}", show_codes_reader),
    Route("/field/manifest.webmanifest", show_manifest),
]
