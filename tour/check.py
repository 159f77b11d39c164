"""``tour check``: whether what people note is safe here; also asked, and warned about, when web and worker start."""

from __future__ import annotations

import asyncio
import enum
import logging
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huey import RedisHuey
from tortoise import Tortoise
from tortoise.exceptions import BaseORMException
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from tour import sqlite
from tour.db import database, tortoise_config
from tour.jobs import queue, queue_file
from tour.migrations._previews import HalfwayPreview, refuse_halfway
from tour.settings import settings

SYNCHRONOUS = {"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}
SAFE = {"wal": {"FULL", "EXTRA"}, "delete": {"EXTRA"}}
log = logging.getLogger("tour")


class Level(enum.StrEnum):
    FINE = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found and, where it is not right, what to do."""

    level: Level
    what: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.level:<8}{self.what}: {self.found}" + (
            f" → {self.remedy}" if self.remedy else ""
        )


def finding(fine: bool, what: str, found: str, remedy: str, worst: Level = Level.ERROR) -> Finding:
    return Finding(Level.FINE, what, found) if fine else Finding(worst, what, found, remedy)


async def examine() -> list[Finding]:
    """Everything, in the order of the page of a terminal."""
    return [*await of_database(), *of_queue(), *of_files(), *of_settings()]


async def of_database() -> list[Finding]:
    try:
        async with database():
            connection = Tortoise.get_connection("default")
            if connection.capabilities.dialect == "sqlite":
                found = of_sqlite("database", await pragmas_of(connection))
            else:
                found = await of_postgresql(connection)
            return [*found, await of_migrations(connection)]
    except (BaseORMException, OSError) as error:
        why = f"{type(error).__name__}: {error}"
        return [Finding(Level.ERROR, "database", why, "look at TOUR_DATABASE_URL and TOUR_HOME")]


async def pragmas_of(connection: Any) -> dict[str, str]:
    asked = {}
    for name in ("journal_mode", "synchronous"):
        (row,) = await connection.execute_query_dict(f"PRAGMA {name}")
        asked[name] = str(next(iter(row.values())))
    return asked


def of_sqlite(what: str, pragmas: dict[str, str]) -> list[Finding]:
    """The library that this process uses, and how it writes the file."""
    version, journal = sqlite.version(), pragmas["journal_mode"]
    synchronous = SYNCHRONOUS.get(pragmas["synchronous"], pragmas["synchronous"])
    return [
        finding(
            sqlite.fixed(version) or journal != "wal",
            f"{what}, SQLite",
            f"{version} ({sqlite.source_id()})",
            "in WAL mode this version may drop what was written: install pysqlite3, or a Python with SQLite 3.51.3 or newer",
        ),
        finding(
            synchronous in SAFE.get(journal, set()),
            f"{what}, journal",
            f"{journal}, synchronous={synchronous}",
            f"a power cut may take what was confirmed: the file must be in WAL and is in {journal}; is it on a network share?",
        ),
    ]


async def of_postgresql(connection: Any) -> list[Finding]:
    found = []
    for name, unsafe in (
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
    ):
        (row,) = await connection.execute_query_dict(f"SHOW {name}")
        value = str(row[name])
        remedy = f"a power cut may take what was confirmed: set {name} = on in postgresql.conf"
        found.append(finding(value != unsafe, f"database, {name}", value, remedy))
    return found


async def of_migrations(connection: Any) -> Finding:
    executor = MigrationExecutor(connection, tortoise_config()["apps"])
    try:
        await refuse_halfway(connection)
        plan = await executor.plan([MigrationTarget(app_label="tour", name="__latest__")])
    except HalfwayPreview as error:
        return Finding(Level.ERROR, "migrations", error.found, error.remedy)
    except BaseORMException:
        return Finding(Level.ERROR, "migrations", "the database is empty", "run `tour migrate`")
    waiting = ", ".join(step.migration.name for step in plan)
    return finding(
        not plan, "migrations", f"to do: {waiting}" if plan else "all done", "run `tour migrate`"
    )


def of_queue() -> list[Finding]:
    if isinstance(queue, RedisHuey):
        return [of_redis()]
    try:
        ask = queue.storage.conn.execute
        pragmas = {
            n: str(ask(f"PRAGMA {n}").fetchone()[0]) for n in ("journal_mode", "synchronous")
        }
    except sqlite.module().Error as error:
        why = f"{type(error).__name__}: {error}"
        return [Finding(Level.ERROR, "queue", why, f"look at {queue_file()}")]
    finally:
        queue.storage.close()  # the worker forks: no connection may be carried across
    return of_sqlite("queue", pragmas)


def of_redis() -> Finding:
    remedy = "jobs asked for just before a power cut are lost: set appendonly yes in redis.conf"
    try:
        kept = queue.storage.conn.config_get("appendonly").get("appendonly", "unknown")
    except Exception as error:  # of any kind that the client has; some servers do not let one ask
        return Finding(Level.WARNING, "queue, Redis", f"{type(error).__name__}", remedy)
    return finding(kept == "yes", "queue, Redis", f"appendonly {kept}", remedy, Level.WARNING)


def of_files() -> Iterator[Finding]:
    home = settings().home
    if settings().secret:  # a short one stops the start
        yield finding(True, "secret", f"TOUR_SECRET, {len(settings().secret)} characters", "")
    else:
        yield private("secret", home / "secret", "chmod 600")
    yield private("home", home, "chmod 700")


def private(what: str, path: Path, remedy: str) -> Finding:
    if not path.exists():
        return Finding(Level.WARNING, what, f"{path} is not there yet", "it is made at first start")
    mode = stat.S_IMODE(path.stat().st_mode)
    return finding(not mode & 0o077, what, f"{path}, mode {mode:04o}", f"{remedy} {path}")


def of_settings() -> Iterator[Finding]:
    here = at_home(settings().base_url)
    yield finding(
        bool(settings().smtp_url) or here,
        "mail",
        settings().smtp_url.rpartition("@")[2] or f"files in {settings().mail_dir}",
        "nobody gets these: set TOUR_SMTP_URL",
    )
    yield finding(
        here or settings().base_url.startswith("https:"),
        "address",
        settings().base_url,
        "cookies and links go in clear: put it behind TLS and set TOUR_BASE_URL to https://…",
    )
    yield finding(
        here or not settings().demo,
        "demo mode",
        "on" if settings().demo else "off",
        "anybody signs in as anybody: unset TOUR_DEMO",
    )


def at_home(url: str) -> bool:
    """Whether this address is only for who sits at the machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def warn_at_start() -> None:
    """Logs what is not right; what is unsafe does not keep anybody from working, it is said each time."""
    for found in asyncio.run(examine()):
        if found.level is Level.ERROR:
            log.error("tour check: %s", found)
