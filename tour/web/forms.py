"""Forms: WTForms with its own French messages, read from a request."""

from __future__ import annotations

from typing import Any, TypeVar

from starlette.requests import Request
from wtforms import Form

from tour import i18n

F = TypeVar("F", bound=Form)


async def read_form(request: Request, kind: type[F], **values: Any) -> F:
    """The form as filled in. Check ``form.validate()``; show it again with status 422 when it fails."""
    return kind(formdata=await request.form(), meta={"locales": [i18n.language.get()]}, **values)


def blank_form(kind: type[F], /, **values: Any) -> F:
    """The form before anybody has filled it in, with ``values`` in place."""
    return kind(meta={"locales": [i18n.language.get()]}, **values)
