"""A need and what became of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from tour.errors import NotFound
from tour.i18n import gettext as _
from tour.needs.asked import answers_of
from tour.needs.models import Need, NeedPhoto
from tour.needs.photos import path_of
from tour.people.models import Role
from tour.web.guard import for_roles
from tour.web.render import page


@for_roles(Role.PLANNER, Role.DESK)
async def show_need(request: Request) -> Response:
    need = await Need.get_or_none(id=request.path_params["id"]).prefetch_related(
        "item", "site", "visit__pair", "recorded_by", "ticket", "photos__photo"
    )
    if need is None:
        raise NotFound(_("Ce besoin n’existe pas."))
    return page(request, "needs/show.html", need=need, answers=await answers_of(need))


@for_roles(Role.PLANNER, Role.DESK)
async def show_photo(request: Request) -> Response:
    sha256 = request.path_params["sha256"]
    if not await NeedPhoto.exists(photo_id=sha256):
        raise NotFound(_("Cette photo n’existe pas."))
    return photo_file(sha256, "-small" if request.url.path.endswith("/small") else "")


def photo_file(sha256: str, size: str) -> Response:
    """A photo's file, for the eyes of who asked only."""
    path = path_of(sha256, size)
    if not path.exists():
        raise NotFound(_("Cette photo n’est pas encore arrivée."))
    return FileResponse(
        path,
        media_type="image/jpeg",
        filename=f"photo-{sha256[:12]}.jpg",
        content_disposition_type="inline",
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


routes = [
    Route("/needs/{id:uuid}", show_need, name="need"),
    Route("/photos/{sha256}", show_photo, name="photo"),
    Route("/photos/{sha256}/small", show_photo, name="small_photo"),
]
