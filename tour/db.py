"""The database: Tortoise configuration, transactions, ids, and the feed that tablets read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, time
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlparse
from uuid import UUID

import uuid_utils.compat
from tortoise import Tortoise, fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.executor import MigrationExecutor
from tortoise.models import Model
from tortoise.transactions import in_transaction  # noqa: TID251

from tour import sqlite
from tour.migrations._previews import refuse_halfway
from tour.settings import settings

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("tour")

MODELS = [
    "tour.db",
    "tour.audit.models",
    "tour.post.outbox",
    "tour.post.limits",
    "tour.post.links",
    "tour.post.models",
    "tour.people.models",
    "tour.sites.models",
    "tour.travel.models",
    "tour.corner.catalogue.models",
    "tour.visits.models",
    "tour.visits.message_models",
    "tour.needs.models",
    "tour.planning.models",
    "tour.desk.models",
    "tour.field.models",
]


def uuid7() -> UUID:
    """A new time-ordered id (RFC 9562, version 7)."""
    return uuid_utils.compat.uuid7()


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def local_now() -> datetime:
    """This instant, on the Département's clock."""
    return datetime.now(settings().tz)


def tortoise_config(url: str | None = None) -> dict[str, Any]:
    """Tortoise's configuration for ``url`` (default: the setting)."""
    url = url or settings().db_url
    connection: str | dict[str, Any] = url
    if url.startswith("sqlite:"):
        path = url.removeprefix("sqlite://")
        pragmas = sqlite.pragmas(sqlite.version())
        connection = {
            "engine": "tortoise.backends.sqlite",
            "credentials": {"file_path": path, **pragmas},
        }
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            if pragmas["journal_mode"] != "WAL":
                sqlite.leave_wal(Path(path))
    elif urlparse(url).scheme in {"postgresql", "postgres"}:
        connection = "asyncpg" + url[url.index("://") :]
    return {
        "connections": {"default": connection},
        "apps": {
            "tour": {
                "models": MODELS,
                "default_connection": "default",
                "migrations": "tour.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def __getattr__(name: str) -> Any:
    # Tortoise's own command reads `tour.db.TORTOISE_ORM`; computed late so that importing has no effect.
    if name == "TORTOISE_ORM":
        return tortoise_config()
    raise AttributeError(name)


@asynccontextmanager
async def database(url: str | None = None) -> AsyncIterator[None]:
    """Connects to the database for as long as the block lasts."""
    await Tortoise.init(config=tortoise_config(url), _enable_global_fallback=True)
    try:
        yield
    finally:
        await Tortoise.close_connections()


async def migrate(url: str | None = None) -> None:
    """Brings the database to the newest schema; raises HalfwayPreview for one of before that has no way there."""
    async with database(url):  # closed whatever comes, else a failed migration keeps the process up
        connection = Tortoise.get_connection("default")
        await refuse_halfway(connection)
        await MigrationExecutor(connection, tortoise_config(url)["apps"]).migrate()
        await FeedCounter.get_or_create(id=1, defaults={"value": 0})


def in_database(work: Callable[P, Awaitable[R]]) -> Callable[P, R]:
    """Makes a plain function of an async one, run in a loop of its own with the database open (jobs, commands)."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        async def with_database() -> R:
            async with database():
                return await work(*args, **kwargs)

        return asyncio.run(with_database())

    return run


@asynccontextmanager
async def transaction(*, alone: bool = False) -> AsyncIterator[BaseDBAsyncClient]:
    """One transaction that writes. ``alone``: no other that asks for it goes on meanwhile, on PostgreSQL too.

    On SQLite the write lock is taken first: a transaction that reads and then writes would otherwise
    fail at once when another process wrote in between, whatever the busy timeout. Inside another one it is a
    savepoint: what it wrote can be undone without the rest.
    """
    outer, mine = _after_commit.get(), AfterCommit()
    token = _after_commit.set(mine)
    try:
        async with in_transaction() as connection:
            if alone or (outer is None and connection.capabilities.dialect == "sqlite"):
                await connection.execute_query("UPDATE feedcounter SET value = value WHERE id = 1")
            yield connection
    finally:
        _after_commit.reset(token)
    # Reached only without an error: what was undone asks for nothing.
    if outer is None:
        mine.run()
    else:
        outer.wanted |= mine.wanted


class AfterCommit:
    """What a transaction wants done once it is committed, each thing once, in the order they were asked for."""

    def __init__(self) -> None:
        self.wanted: dict[Callable[[], object], None] = {}

    def run(self) -> None:
        for work in self.wanted:
            try:
                work()
            except Exception:  # the commit stands: whoever asked must not hear that it failed
                log.exception("after a commit")


_after_commit: ContextVar[AfterCommit | None] = ContextVar("after_commit", default=None)


def after_commit(work: Callable[[], object]) -> None:
    """Does ``work`` once the transaction under way is committed, not at all if it is undone; at once outside of one.

    For quick things that may be lost (a process can die in between), like waking a worker that would come by anyway.
    """
    wanted = _after_commit.get()
    if wanted is None:
        wanted = AfterCommit()
        wanted.wanted[work] = None
        wanted.run()
    else:
        wanted.wanted[work] = None


class ClockField(fields.Field[time], time):
    """An hour of the day on the local clock, kept as minutes since midnight.

    Tortoise's TimeField wants a time zone, and SQLite's driver refuses its values; ours has neither problem and
    sorts and compares in SQL.
    """

    SQL_TYPE = "SMALLINT"
    field_type = time

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> int | None:
        return value.hour * 60 + value.minute if isinstance(value, time) else value

    def to_python_value(self, value: Any) -> time | None:
        return time(value // 60, value % 60) if isinstance(value, int) else value


class FeedCounter(Model):
    """One row: the version of the newest document. Taking the next value, as the database does (see tour/feed.py), locks the
    row until commit."""

    id = fields.IntField(primary_key=True)
    value = fields.BigIntField(default=0)


class Counter(Model):
    """The last number given in a series (tickets of a year). It only grows: a number is never given twice."""

    series = fields.CharField(primary_key=True, max_length=32)
    value = fields.BigIntField(default=0)


async def take_numbers(series: str, count: int = 1) -> int:
    """Takes the next numbers of a series, inside the caller's transaction; returns the last.

    The series stays locked until the caller commits: nobody else gets these numbers, and a rollback gives them back.
    """
    if not series.replace("-", "").isalnum() or count < 1:
        raise ValueError(f"{count} numbers of {series!r}")
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(
            f"INSERT INTO counter (series, value) VALUES ('{series}', {count}) "  # noqa: S608
            f"ON CONFLICT (series) DO UPDATE SET value = counter.value + {count} RETURNING value"
        )
    return int(rows[0]["value"])


class Document(Model):
    """The feed's entry of one thing tablets show: its newest version, and the stamp of each field.

    ``stamps`` maps a field to the stamp of the change that last won it (see field.merge).
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharField(max_length=16)
    doc_id = fields.UUIDField()
    version = fields.BigIntField(db_index=True)
    stamps: dict[str, str] = fields.JSONField(default=dict)

    class Meta:
        unique_together = (("kind", "doc_id"),)
