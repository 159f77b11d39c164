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

TIMEOUT = aiohttp.ClientTimeout(total=25, sock_connect=5)
LONGEST_ANSWER = 8_000_000
KEPT = 2_000  # characters of an answer that are kept for people


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str
    changes: bool = False
    mask: Callable[[str], str] = str

    @property
    def kept(self) -> str:
        """What may be shown and kept of it: its beginning, secrets masked."""
        return self.mask(self.text[: 2 * KEPT])[:KEPT]

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

    async def open(self) -> None:
        self.session = aiohttp.ClientSession(timeout=TIMEOUT)

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
        try:
            async with self.session.request(method, url, allow_redirects=False, **how) as response:
                body = await response.content.read(LONGEST_ANSWER)
                while chunk := await response.content.read(LONGEST_ANSWER):
                    body += chunk
                    if len(body) > LONGEST_ANSWER:
                        raise Broken(_("La réponse du guichet est démesurée."))
                return Answer(
                    response.status,
                    dict(response.headers),
                    body.decode("utf-8", "replace"),
                    changes,
                    self.mask,
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(
                _("Le guichet est injoignable : %(why)s") % {"why": self.mask(str(error))}
            ) from None
        except aiohttp.InvalidURL:
            raise Refused(_("L’adresse du guichet n’est pas valable.")) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            kind = Unsure if changes else Unreachable
            raise kind(
                _("Pas de réponse du guichet (%(why)s).")
                % {"why": self.mask(str(error) or type(error).__name__)}
            ) from None

    def mask(self, text: str) -> str:
        return masked(text, self.secrets)


def complaint(answer: Answer, said: str = "") -> DeskError:
    """The error of an answer that is not a success."""
    said = answer.mask(" ".join((said or answer.text).split())[:300])
    text = f"HTTP {answer.status} {answer.kept}"
    if 300 <= answer.status < 400:
        return Refused(
            _("Le guichet renvoie vers une autre adresse : %(where)s")
            % {"where": answer.headers.get("Location", "?")},
            text,
        )
    if answer.status in {401, 403, 407}:
        return Denied(_("Le guichet refuse l’accès : %(said)s") % {"said": said}, text)
    if answer.status in {425, 429}:
        return Unreachable(_("Le guichet est débordé : %(said)s") % {"said": said}, text)
    if answer.status == 408 or answer.status >= 500:
        return Broken(_("Le guichet est en panne : %(said)s") % {"said": said}, text)
    return Refused(_("Le guichet refuse : %(said)s") % {"said": said}, text)
