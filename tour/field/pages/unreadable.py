"""The planner's list of what could not be read: to download, and to file away."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tour.field import unreadable
from tour.people.models import Role
from tour.web.guard import for_roles


@for_roles(Role.PLANNER, Role.ADMIN)
async def show_content(request: Request) -> Response:
    """The bytes as they came. A file to keep, whatever they are: never a page of ours."""
    row = await unreadable.one(request.path_params["id"])
    return Response(
        await unreadable.content(row),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="tablette-{row.sha256[:12]}.bin"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


@for_roles(Role.PLANNER, Role.ADMIN)
async def create_filing(request: Request) -> Response:
    row = await unreadable.one(request.path_params["id"])
    await unreadable.file_away(row, request.state.agent.name)
    return RedirectResponse(request.app.url_path_for("tablets"), status_code=303)


routes = [
    Route("/tablets/unreadable/{id:uuid}", show_content, name="unreadable"),
    Route(
        "/tablets/unreadable/{id:uuid}/filing",
        create_filing,
        methods=["POST"],
        name="unreadable_filing",
    ),
]
