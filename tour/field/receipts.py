"""Receipts: the server's signed word that a change was applied, and what was stored."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import cache
from pathlib import Path

from tour.field.kinds import iso
from tour.field.models import Change
from tour.settings import settings


def receipt(change: Change) -> dict[str, str]:
    """``{at, hash, sign}``: when it was received, SHA-256 of what is in the journal, HMAC-SHA-256 of id, time and hash.

    The same change gives the same receipt each time it is asked for.
    """
    stored = {
        "id": str(change.id),
        "kind": change.kind,
        "doc": str(change.doc),
        "patch": change.patch,
        "stamp": change.stamp,
        "by": change.by,
    }
    text = json.dumps(stored, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    at = iso(change.received_at)
    return {"at": at, "hash": digest, "sign": sign(f"{change.id} {at} {digest}")}


def sign(text: str) -> str:
    return hmac.new(
        key_for(settings().secret, settings().home), text.encode(), hashlib.sha256
    ).hexdigest()


@cache
def key_for(secret: str, home: Path) -> bytes:
    """The key of receipts under these settings, read once: a batch has as many receipts as changes."""
    return hashlib.sha256(f"receipt {settings().signing_secret()}".encode()).digest()
