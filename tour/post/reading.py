"""Reading a mail that somebody sent, whatever is in it."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage, Message

MOST_BYTES = 2_000_000  # of a mail; what comes after is an attachment, and nobody here reads it
MOST_HEADERS = 64_000  # bytes; parsing addresses takes more than its share of time
MOST_PARTS = 200
CONTENT_FIELD = re.compile(rb"^content-[a-z-]+:[^\n]*(?:\n[ \t][^\n]*)*", re.I | re.M)
LONGEST_FIELD = 2_000  # bytes; the time that its parameters take grows with their square


def within_bounds(raw: bytes) -> bytes:
    """The beginning of a mail: of its headers, of its parts and of the whole no more than a person's mail has."""
    raw = raw[:MOST_BYTES].replace(b"\r\n", b"\n")
    headers, blank, body = raw.partition(b"\n\n")
    if len(headers) > MOST_HEADERS:
        headers = headers[:MOST_HEADERS].rpartition(b"\n")[0]
    pieces = body.split(b"\n--", MOST_PARTS)
    if len(pieces) > MOST_PARTS:
        body = b"\n--".join(pieces[:MOST_PARTS])
    return CONTENT_FIELD.sub(lambda found: found[0][:LONGEST_FIELD], headers + blank + body)


def texts_of(message: Message, name: str) -> list[str]:
    """What each header of that name says; nothing when one does not read."""
    try:
        return [str(value) for value in message.get_all(name, [])]
    except Exception:  # parentheses within parentheses, thousands of times
        return []


def status_fields(message: EmailMessage) -> list[Message]:
    """The groups of fields of the message/delivery-status part."""
    return [
        group
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
        for group in (part.get_payload() if part.is_multipart() else [])
        if isinstance(group, Message)
    ]


def is_failure(group: Message) -> bool:
    return str(group.get("Action", "")).strip().lower() == "failed"


def original_id(message: EmailMessage) -> str:
    """The Message-ID of the mail that came back, from its copy in the report, else from the report's own headers."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, Message) and inner["Message-ID"]:
                return str(inner["Message-ID"]).strip()
        if part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            headers = message_from_bytes(text if isinstance(text, bytes) else b"")
            if headers["Message-ID"]:
                return str(headers["Message-ID"]).strip()
    return str(message["In-Reply-To"] or "").strip()


def text_of(part: Message) -> str:
    """The words of a part, whatever its charset is called: what cannot be read shows as �, and is read by a person."""
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else str(part.get_payload()).encode()
    try:
        text = raw.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        text = raw.decode("utf-8", "replace")
    return text.replace("\0", "")


def without_quotes(text: str) -> str:
    """What was written above the quoted mail."""
    kept = [line for line in text.splitlines() if not line.startswith(">")]
    return "\n".join(kept).strip()
