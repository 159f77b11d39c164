"""Signatures of webhooks, ours and GLPI's: hexadecimal HMAC-SHA256 of the body followed by the timestamp."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import timedelta

from tour.db import now

OLDEST = timedelta(minutes=5)
SECONDS = re.compile(r"[0-9]{1,12}")
TOKEN = re.compile(r"[0-9A-Za-z]{1,128}")


def sign(secret: str, body: bytes, at: str) -> str:
    return hmac.new(secret.encode(), body + at.encode(), hashlib.sha256).hexdigest()


def good(secret: str, body: bytes, at: str, signature: str) -> bool:
    """Whether the signature is right and not too old to be believed."""
    if not secret or not SECONDS.fullmatch(at):
        return False
    if abs(now().timestamp() - int(at)) > OLDEST.total_seconds():
        return False
    return hmac.compare_digest(sign(secret, body, at).encode(), signature.lower().encode())


def challenge(secret: str, token: str) -> str:
    """The answer to GLPI's CRA check; empty for a token that GLPI would not send.

    The answer is made with the key that signs webhooks: a token that could be a message would come back as a
    signed message. GLPI's own are hexadecimal, which no message of GLPI's, a JSON object, can be.
    """
    if not secret or not TOKEN.fullmatch(token):
        return ""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
