"""Cookies that say who somebody is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from tour.settings import settings


def over_https() -> bool:
    return settings().base_url.startswith("https:")


def cookie_name(name: str) -> str:
    """Over https with the prefix by which browsers see to it that no other host of the domain can set it."""
    return f"__Host-{name}" if over_https() else name


def read_cookie(request: Request, name: str) -> str:
    return request.cookies.get(cookie_name(name), "")


def set_cookie(answer: Response, name: str, value: str, *, max_age: int) -> None:
    answer.set_cookie(
        cookie_name(name),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=over_https(),
    )


def drop_cookie(answer: Response, name: str) -> None:
    answer.delete_cookie(
        cookie_name(name), path="/", httponly=True, samesite="lax", secure=over_https()
    )
