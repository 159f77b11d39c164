"""Desk credentials: encrypted at rest, masked wherever text from a server is kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tour.errors import UserError
from tour.i18n import gettext as _
from tour.settings import settings

MASK = "••••••"
SHORTEST = 4  # shorter values would mask ordinary text


def cipher() -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tour desk credentials").derive(
        settings().sealing_key().encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(values: Mapping[str, str]) -> str:
    """These credentials as one encrypted text."""
    return cipher().encrypt(json.dumps(dict(values)).encode()).decode()


def unseal(text: str) -> dict[str, str]:
    """The credentials of a sealed text. Raises UserError when the key has changed since."""
    if not text:
        return {}
    try:
        values: dict[str, str] = json.loads(cipher().decrypt(text.encode()))
    except InvalidToken:
        raise UserError(
            _("Les identifiants de ce guichet ne se lisent plus (clé changée) : saisissez-les.")
        ) from None
    return values


def masked(text: str, values: Iterable[str]) -> str:
    """``text`` with each of these secrets replaced, also as it reads inside an Authorization: Basic."""
    for value in sorted({v for v in values if len(v) >= SHORTEST}, key=len, reverse=True):
        text = text.replace(value, MASK)
        text = text.replace(base64.b64encode(value.encode()).decode().rstrip("="), MASK)
        text = text.replace(json.dumps(value)[1:-1], MASK)
    return text
