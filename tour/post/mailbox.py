"""The functional mailbox, read by IMAP."""

from __future__ import annotations

import asyncio
import imaplib
from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

from tour.post.outside import is_this_machine, tls_context
from tour.post.reading import MOST_BYTES
from tour.settings import settings

SEEN_BY_US = "tour-read"  # a keyword of our own: people who read the mailbox keep their « unread »


async def read_new(take: Callable[[bytes], Awaitable[bool]]) -> int:
    """Gives ``take`` each mail that it was not given before; returns how many told something."""
    told = 0
    box = await asyncio.to_thread(open_box)
    try:
        for number in await asyncio.to_thread(unread_by_us, box):
            told += await take(await asyncio.to_thread(read_one, box, number))
            await asyncio.to_thread(box.store, number, "+FLAGS", f"({SEEN_BY_US})")
    finally:
        await asyncio.to_thread(box.logout)
    return told


def open_box() -> imaplib.IMAP4:
    """The mailbox, by TLS from the start (imaps), or by STARTTLS, without which no password leaves this machine."""
    url = urlsplit(settings().imap_url)
    host = url.hostname or ""
    if url.scheme == "imaps":
        box: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            host, url.port or 993, ssl_context=tls_context(), timeout=30
        )
    else:
        box = imaplib.IMAP4(host, url.port or 143, timeout=30)
        if not is_this_machine(host):
            box.starttls(tls_context())
    box.login(unquote(url.username or ""), unquote(url.password or ""))
    status, said = box.select(f'"{unquote(url.path.strip("/")) or "INBOX"}"')
    if status != "OK":
        raise ConnectionError(f"the mailbox does not open: {said!r}")
    return box


def unread_by_us(box: imaplib.IMAP4) -> list[str]:
    _status, found = box.search(None, "UNKEYWORD", SEEN_BY_US)
    return found[0].decode().split() if found and found[0] else []


def read_one(box: imaplib.IMAP4, number: str) -> bytes:
    _status, parts = box.fetch(number, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")
