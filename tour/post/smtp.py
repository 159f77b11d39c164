"""Mail handed to a server by SMTP, or written to a folder when none is set."""

from __future__ import annotations

import ssl
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib

from tour.db import now
from tour.i18n import gettext as _
from tour.post import letters
from tour.post.models import Receipt, ReceiptState
from tour.post.outbox import CannotDeliver, Later, OutboxRow
from tour.post.outside import is_this_machine, tls_context
from tour.settings import settings


class LinksAsTheyAre(EmailPolicy):
    """Python would write an address longer than a line as encoded words, which mail programs do not undo there."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


AS_IT_IS = LinksAsTheyAre(**{name: getattr(SMTP, name) for name in ("linesep", "max_line_length")})
UNSAFE_WAITS = timedelta(minutes=15)
# By QP, mail of any length passes any server; in the folder the bytes stay as they are, for people to read.
PASSES_ANYWHERE, READABLE = "quoted-printable", "8bit"


def encoding() -> str:
    """How the words of a mail are written for where it goes."""
    return PASSES_ANYWHERE if settings().smtp_url else READABLE


async def hand_over(row: OutboxRow, receipt: Receipt, message: EmailMessage) -> None:
    """Hands a message to the server, or to the folder; its receipt says what became of it."""
    if settings().smtp_url:
        await send_by_smtp(row, receipt, message)
    else:
        write_to_folder(message, settings().mail_dir, str(receipt.id))
    await letters.mark(receipt, ReceiptState.SENT)


async def send_by_smtp(row: OutboxRow, receipt: Receipt, message: EmailMessage) -> None:
    """Hands a message to the server of ``TOUR_SMTP_URL``.

    What the server refuses for good is given up, what it cannot take now is tried again. When the connection
    breaks after the message has begun to go, nobody knows whether it left: the receipt says so. A server that
    offers no TLS, or another's certificate, costs no try: the message waits until that is mended.
    """
    try:
        async with smtp_client() as client:
            await client.mail(settings().mail_address)
            await client.rcpt(row.payload["to"])
            await letters.mark(receipt, ReceiptState.HANDING)
            await client.data(message.as_bytes())
            await letters.mark(receipt, ReceiptState.SENT)
    except aiosmtplib.SMTPResponseException as error:
        if receipt.state == ReceiptState.SENT:
            return
        if error.code >= 500 and not isinstance(error, aiosmtplib.SMTPAuthenticationError):
            await letters.give_up(receipt, f"{error.code} {error.message}")
        await letters.try_later(row, receipt, error)
    except (aiosmtplib.SMTPException, OSError) as error:
        if receipt.state == ReceiptState.SENT:  # it only failed to say goodbye
            return
        if receipt.state == ReceiptState.HANDING:
            await letters.mark(receipt, ReceiptState.UNSURE, f"{type(error).__name__}: {error}")
            raise CannotDeliver("may have left already: not sent twice") from error
        if words := not_safe(error):
            await letters.mark(receipt, ReceiptState.WAITING, words)
            raise Later(now() + UNSAFE_WAITS, words) from error
        await letters.try_later(row, receipt, error)


def smtp_client() -> aiosmtplib.SMTP:
    """A client of the settings' server. smtps: TLS from the start; smtp: STARTTLS.

    STARTTLS may only be missing where no password is sent and the server is this machine, or where the
    address ends with ``?tls=optional``: a relay inside that has none.
    """
    url = urlsplit(settings().smtp_url)
    tls, host = url.scheme == "smtps", url.hostname or "localhost"
    plain = not url.username and (is_this_machine(host) or url.query == "tls=optional")
    return aiosmtplib.SMTP(
        hostname=host,
        port=url.port or (465 if tls else 25),
        use_tls=tls,
        start_tls=False if tls else (None if plain else True),
        tls_context=tls_context(),
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password or "") if url.username else None,
        timeout=30,
    )


def not_safe(error: Exception) -> str:
    """In words, when the way to the server is not private; empty for any other error."""
    if "STARTTLS" in str(error):
        return _(
            "Le serveur de messagerie ne propose pas STARTTLS : rien ne lui est confié en clair."
        )
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return _(
                "Le certificat du serveur de messagerie n’est pas reconnu : rien ne lui est confié."
            )
        cause = cause.__cause__ or cause.__context__
    return ""


def write_to_folder(message: EmailMessage, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.eml").write_bytes(message.as_bytes())
