"""Photos between tablets and the server: sent piece by piece, looked at by the tablets that hold their need."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tortoise.expressions import Q

from tour.db import local_now
from tour.errors import NotFound, UserError
from tour.field.kinds import KINDS
from tour.field.pages.tablets import tablet_of
from tour.field.reading import PROTOCOL
from tour.field.window import Window
from tour.i18n import gettext as _
from tour.needs.models import NeedPhoto, Photo, PhotoState
from tour.needs.pages.needs import photo_file
from tour.needs.photos import (
    MOST_BYTES,
    SMALL_SIDE,
    NoRoom,
    NotAnnounced,
    Sender,
    Unusable,
    receive,
)
from tour.pictures import made_anew
from tour.web.bodies import TooLarge, takes

MOST_PIECE = 1_000_000
MOST_PHOTOS = KINDS["need"]["fields"]["photos"]["max"]
RANGE = re.compile(r"bytes (?:([0-9]{1,9})-([0-9]{1,9})|\*)/([0-9]{1,9})")
ON_ITS_WAY = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">'
    '<rect width="96" height="96" fill="#8a9499"/><circle cx="30" cy="48" r="6" fill="#fff"/>'
    '<circle cx="48" cy="48" r="6" fill="#fff"/><circle cx="66" cy="48" r="6" fill="#fff"/></svg>'
)


@takes(MOST_PIECE)
async def update_photo(request: Request) -> Response:
    """One piece of a photo; always answered in JSON. An empty one asks how much is here: see docs/sync.md."""
    tablet = await tablet_of(request)
    if tablet is None:
        return said(401, error=_("Cette tablette n’est pas reconnue."))
    try:
        piece = await request.body()
        start, total = where(request, piece)
        progress = await receive(
            request.path_params["sha256"],
            piece,
            start=start,
            total=total,
            sender=Sender(tablet.id, tablet.pair_id),
        )
    except TooLarge:
        return said(413, error=_("Envoi trop grand : envoyez la photo par morceaux."))
    except (ValueError, ClientDisconnect):
        return said(400, error=_("Envoi illisible."))
    except NotAnnounced:
        return said(404, error=_("Aucun besoin n’annonce cette photo."))
    except NoRoom:
        return said(507, error=_("Le serveur n’a plus de place : la photo reste sur la tablette."))
    except Unusable as error:
        return said(422, error=error.message)
    return said(
        200 if progress.fits else 409, received=progress.received, complete=progress.complete
    )


def said(status: int, **what: object) -> Response:
    return JSONResponse(
        {"protocol": PROTOCOL, **what}, status, headers={"Cache-Control": "no-store"}
    )


def where(request: Request, piece: bytes) -> tuple[int, int]:
    """Where the piece begins and how long the whole is; a request that does not say sends the whole."""
    said_range = request.headers.get("content-range")
    if said_range is None:
        return 0, len(piece)
    matched = RANGE.fullmatch(said_range)
    if not matched:
        raise ValueError("Content-Range")
    first, last, total = matched.groups()
    if first is None:
        if piece:
            raise ValueError("a question has no body")
        return 0, int(total)
    if int(last) - int(first) + 1 != len(piece) or int(last) >= int(total):
        raise ValueError("Content-Range")
    return int(first), int(total)


async def read_files(files: Iterable[UploadFile | str]) -> dict[str, bytes]:
    """Photos that came with a form, by the hash of their content. Raises UserError for one that is no photo."""
    photos = {}
    uploads = [file for file in files if isinstance(file, UploadFile) and file.filename]
    if len(uploads) > MOST_PHOTOS:
        raise UserError(_("%(max)s photos au plus.", max=MOST_PHOTOS), field="photos")
    for file in uploads:
        content = await file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise UserError(_("Cette photo est trop lourde : 12 Mo au plus."), field="photos")
        await asyncio.to_thread(made_anew, content, ((SMALL_SIDE, 78),))
        photos[hashlib.sha256(content).hexdigest()] = content
    return photos


async def show_photo(request: Request) -> Response:
    """A photo of a need that the tablet holds, or of one its pair noted; a sign in its place while it is on its way.

    Only from a need whose pair has brought it: whoever announces a photo by its name alone sees nothing of it.
    """
    tablet = await tablet_of(request)
    sha256 = request.path_params["sha256"]
    photo = await Photo.get_or_none(sha256=sha256) if tablet else None
    if tablet is None or photo is None:
        raise NotFound(_("Cette photo n’existe pas."))
    held = await Window(tablet.pair_id, local_now().date()).needs()
    seen = Q(pair_id=tablet.pair_id) | Q(need_id__in=await held.values_list("id", flat=True))
    shown = await NeedPhoto.filter(seen, photo_id=sha256)
    if not shown:
        raise NotFound(_("Cette photo n’existe pas."))
    if photo.state == PhotoState.EXPECTED or not any(link.brought for link in shown):
        return Response(
            ON_ITS_WAY, media_type="image/svg+xml", headers={"Cache-Control": "no-store"}
        )
    return photo_file(sha256, "-small" if request.url.path.endswith("/small") else "")


routes = [
    Route("/field/photos/{sha256}", update_photo, methods=["PUT"]),
    Route("/field/photos/{sha256}", show_photo),
    Route("/field/photos/{sha256}/small", show_photo),
]
