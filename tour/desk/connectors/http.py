"""Requests to a desk: what can go wrong on the way is told apart by whether it may have been carried out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tour.desk.connectors.base import Broken, Denied, DeskError, Refused, Unreachable, Unsure
from tour.desk.secrets import masked
from tour.i18n import gettext as _
from tour.post import outside

TIMEOUT = aiohttp.ClientTimeout(total=25, sock_connect=5)
LONGEST_ANSWER = 8_000_000
LONGEST_TALK = (
    200_000_000  # bytes of all answers of one conversation: lists have no end of their own
)
KEPT = 300  # characters of a desk's own error that are kept for people
ERRORS = ("message", "detail", "error_description", "title", "error")  # where desks put them


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str
    changes: bool = False
    mask: Callable[[str], str] = str

    @property
    def kept(self) -> str:
        """What may be shown and kept of it: its status, and an error that a desk words itself, secrets masked.

        Never the body as it is: a desk's address must not be a window on other servers' pages.
        """
        return f"HTTP {self.status} {self.mask(said_in(self.text))}".strip()

    def json(self) -> Any:
        """The answer's JSON. When it is something else (a portal, a proxy's page) nobody knows what was done."""
        try:
            return json.loads(self.text)
        except ValueError:
            raise (Unsure if self.changes else Unreachable)(
                _("Le guichet a répondu autre chose que du JSON : vérifiez l’adresse."),
                self.kept,
            ) from None


class Http:
    """One server, with the secrets that must never be seen in what is kept of it."""

    def __init__(self, url: str, secrets: Mapping[str, str]) -> None:
        self.url = url.rstrip("/")
        self.secrets = {*secrets.values()}
        self.session: aiohttp.ClientSession | None = None
        self.heard = 0

    async def open(self) -> None:
        self.session = outside.guarded_session(self.url, TIMEOUT)

    async def close(self) -> None:
        if self.session:
            await self.session.close()

    async def send(
        self, method: str, path: str, *, changes: bool | None = None, **how: Any
    ) -> Answer:
        """One request. ``changes``: whether it changes something there (default: anything but GET).

        A redirection is not followed: it would take the credentials along.
        """
        assert self.session
        changes = method != "GET" if changes is None else changes
        url = path if urlsplit(path).scheme else self.url + path
        if outside.origin(url) != outside.origin(self.url):
            raise Refused(_("L’adresse du guichet n’est pas valable."))
        try:
            async with self.session.request(method, url, allow_redirects=False, **how) as response:
                body = await outside.read(response, min(LONGEST_ANSWER, LONGEST_TALK - self.heard))
                self.heard += len(body)
                return Answer(
                    response.status,
                    dict(response.headers),
                    body.decode("utf-8", "replace"),
                    changes,
                    self.mask,
                )
        except outside.TooLong:
            raise Broken(_("La réponse du guichet est démesurée.")) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(
                _("Le guichet est injoignable : %(why)s") % {"why": why_not(error)}
            ) from None
        except aiohttp.InvalidURL:
            raise Refused(_("L’adresse du guichet n’est pas valable.")) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            kind = Unsure if changes else Unreachable
            raise kind(
                _("Pas de réponse du guichet (%(why)s).")
                % {"why": type(error).__name__}  # its text would quote what was answered
            ) from None

    def mask(self, text: str) -> str:
        return masked(text, self.secrets)


def why_not(error: Exception) -> str:
    """Why no connection was made, in words. Not which port of which machine inside answers how."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return _("son certificat n’est pas reconnu ; TOUR_CA_FILE nomme une autorité privée")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _("ce nom n’existe pas")
    if outside.PrivateAddress.__name__ in causes(error):
        return _(
            "cette adresse n’est pas sur le réseau public ; TOUR_PRIVATE_HOSTS dit lesquelles sont permises"
        )
    return _("pas de connexion")


def causes(error: BaseException | None) -> set[str]:
    """The kinds of an error and of those it came from."""
    found = set()
    while error is not None:
        found.add(type(error).__name__)
        error = getattr(error, "os_error", None) or error.__cause__
    return found


def complaint(answer: Answer) -> DeskError:
    """The error of an answer that is not a success. Its words say the status; ``answer`` what the desk worded."""
    status, text = {"status": answer.status}, answer.kept
    if 300 <= answer.status < 400:
        return Refused(
            _("Le guichet renvoie vers une autre adresse (HTTP %(status)s).") % status, text
        )
    if answer.status in {401, 403, 407}:
        return Denied(_("Le guichet refuse l’accès (HTTP %(status)s).") % status, text)
    if answer.status in {425, 429}:
        return Unreachable(_("Le guichet est débordé (HTTP %(status)s).") % status, text)
    if answer.status == 408 or answer.status >= 500:
        return Broken(_("Le guichet est en panne (HTTP %(status)s).") % status, text)
    return Refused(_("Le guichet refuse (HTTP %(status)s).") % status, text)


def said_in(text: str) -> str:
    """The error that a desk words: GLPI's list of two, or a field of an object; empty when it is anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if isinstance(value, list) and value and str(value[0]).startswith("ERROR"):
        return " ".join(str(part) for part in value[:2])[:KEPT]
    if isinstance(value, dict):
        return next((v[:KEPT] for key in ERRORS if isinstance(v := value.get(key), str) and v), "")
    return ""
