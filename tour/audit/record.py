"""Writing a line of the audit: in the table, and as a line of JSON in the log."""

from __future__ import annotations

import getpass
import ipaddress
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from tour.audit.models import AuditLine
from tour.audit.who import STRANGER, By, ByKind
from tour.db import after_commit, now

KEPT_FOR = timedelta(days=366)  # the database's own rule says the same: see the migration
log = logging.getLogger("tour.audit")


@dataclass
class Scene:
    """Where an act takes place: one request, one job or one command."""

    by: By = STRANGER
    origin: str = ""
    request_id: str = ""
    lines: int = 0


current: ContextVar[Scene | None] = ContextVar("audit_scene", default=None)


@contextmanager
def scene(by: By = STRANGER, *, origin: str = "", request_id: str = "") -> Iterator[Scene]:
    """What is recorded within the block happens here."""
    here = Scene(by, shortened(origin), request_id)
    token = current.set(here)
    try:
        yield here
    finally:
        current.reset(token)


def begin_at_the_shell() -> None:
    """From here on, whoever typed the command acts."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        user = ""
    current.set(Scene(By(ByKind.SHELL, label=user)))


def acting(by: By) -> None:
    """Says who acts from here on in this scene: found out once the request has shown its link or cookie."""
    if here := current.get():
        here.by = by


async def record(what: str, *, on: str = "", by: By | None = None, **details: Any) -> None:
    """Adds a line, in the caller's transaction when there is one. ``details`` hold no secret and no free text."""
    here = current.get() or Scene()
    here.lines += 1
    who = by or here.by
    line = await AuditLine.create(
        by_kind=who.kind,
        by_id=who.id[:64],
        by_label=who.label[:160],
        what=what[:120],
        on=on[:240],
        origin=here.origin,
        request_id=here.request_id,
        details=details,
    )
    # The log leaves this machine: nothing goes there that is undone afterwards.
    after_commit(partial(log.info, as_json(line)))


def as_json(line: AuditLine) -> str:
    """The line as the log and ``tour audit --json`` write it: UTC, one object a line."""
    return json.dumps(
        {
            "at": line.at.isoformat(timespec="milliseconds"),
            "by": {"kind": line.by_kind.value, "id": line.by_id, "label": line.by_label},
            "what": line.what,
            "on": line.on,
            "from": line.origin,
            "request": line.request_id,
            **({"details": line.details} if line.details else {}),
        },
        ensure_ascii=False,
    )


def shortened(address: str) -> str:
    """A network rather than a machine: /24 of IPv4, /48 of IPv6, as the CNIL advises for what is kept long."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def write_log() -> None:
    """From now on each line goes to standard error too, as JSON, for whatever collects this process's log."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


async def forget() -> int:
    """Removes what is older than a year; the database lets nothing younger go."""
    return await AuditLine.filter(at__lt=now() - KEPT_FOR - timedelta(days=1)).delete()
