"""What every answer carries, and which requests are let in."""

from __future__ import annotations

import logging
import uuid
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tour import i18n
from tour.settings import host_name, settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
A_YEAR = 365 * 24 * 3600
FOR_WATCHERS = frozenset(
    {"/healthz", "/readyz"}
)  # asked by address, and they say nothing of anybody
log = logging.getLogger("tour")


def content_policy() -> str:
    """The Content-Security-Policy: our own files only, and the tile server's images."""
    tiles = urlsplit(settings().tile_url)
    tile_host = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data: blob:{tile_host}; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the security headers and a request id; a page may set its own stricter value."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_policy(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "geolocation=(), camera=(self), microphone=(), interest-cohort=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            # What may be kept says so itself; else « back » after signing out would show private pages.
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if settings().base_url.startswith("https:"):
            # Of this name only: the Département's other names are not ours to bind.
            self.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex[:12]
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = request_id
            await send(message)

        await self.app(scope, receive, send_with_headers)


class OwnHosts:
    """Refuses a request for another host's name: nothing here is ever built from a name that a stranger chose."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.hosts = settings().own_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["path"] not in FOR_WATCHERS
            and host_name(Headers(scope=scope).get("host", "")) not in self.hosts
        ):
            log.warning("a request for a host that is not ours: see TOUR_BASE_URL and TOUR_HOSTS")
            why = "Adresse inconnue de ce serveur : voir TOUR_BASE_URL et TOUR_HOSTS."
            await PlainTextResponse(why, 421)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class SameOrigin:
    """Refuses a state-changing request that another site made (CSRF), by the browser's own word.

    Browsers say where a request comes from (``Sec-Fetch-Site``, else ``Origin``), so no form needs a token
    and a form filled in offline never holds a stale one. A client that sends neither has no cookies to abuse.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] not in SAFE_METHODS
            and not self.trusted(Headers(scope=scope))
        ):
            await PlainTextResponse("Requête refusée : elle vient d’un autre site.", 403)(
                scope, receive, send
            )
            return
        await self.app(scope, receive, send)

    @staticmethod
    def trusted(headers: Headers) -> bool:
        if site := headers.get("sec-fetch-site"):
            return site in {"same-origin", "none"}
        if origin := headers.get("origin"):
            return urlsplit(origin).netloc == headers.get("host")
        return "cookie" not in headers


class Language:
    """Chooses the reader's language: the switch's cookie, else ``Accept-Language``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        wish = connection.cookies.get("lang", "")
        if wish not in i18n.LANGUAGES:
            wish = i18n.choose(connection.headers.get("accept-language", ""))
        token = i18n.language.set(wish)
        try:
            await self.app(scope, receive, send)
        finally:
            i18n.language.reset(token)


def peer_of(connection: HTTPConnection) -> str:
    """Whom to count tries against: the client's address, of IPv6 its network (a household has 2⁶⁴ addresses).

    Behind a proxy that ``TOUR_TRUSTED_PROXIES`` names, the server has put the address it was told in its place.
    """
    host = connection.client.host if connection.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return host
