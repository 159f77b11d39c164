"""Demo mode only: the mail that would have left."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tour.settings import settings
from tour.web.render import page


async def list_demo_mail(request: Request) -> Response:
    """Newest first."""
    if not settings().demo:
        raise HTTPException(404)
    files = sorted(
        settings().mail_dir.glob("*.eml"), key=lambda f: f.stat().st_mtime_ns, reverse=True
    )[:200]
    messages = [(f.stem, message_from_bytes(f.read_bytes(), policy=mail_policy)) for f in files]
    return page(request, "post/demo_mails.html", messages=messages)


async def show_demo_mail(request: Request) -> Response:
    if not settings().demo:
        raise HTTPException(404)
    path = settings().mail_dir / f"{request.path_params['id']}.eml"
    if not path.exists():
        raise HTTPException(404)
    message = message_from_bytes(path.read_bytes(), policy=mail_policy)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain",))
    text = part.get_content() if part else ""
    return page(request, "post/demo_mail.html", message=message, text=text)


routes = [
    Route("/dev/mail", list_demo_mail, name="demo_mail"),
    Route("/dev/mail/{id:uuid}", show_demo_mail, name="demo_message"),
]
