"""The poster of a visit: A4, with a code that opens the page where a site's agents say what they need."""

from __future__ import annotations

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from tour.post.links import LinkKind
from tour.visits import links
from tour.visits.models import Visit
from tour.web.render import page


async def poster_page(request: Request, visit: Visit) -> Response:
    """A new poster, with a link of its own; earlier posters keep theirs."""
    link = await links.make_link(visit, LinkKind.POSTER)
    code = segno.make(link, micro=False, error="m")
    svg = code.svg_inline(border=2, light="white", svgclass="qr", lineclass=None, omitsize=True)
    return page(request, "visits/poster.html", visit=visit, link=link, code=Markup(svg))  # noqa: S704
