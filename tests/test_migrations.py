"""Migrations make the schema that the models say, and never change with the application."""

from __future__ import annotations

import ast
import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest
from tortoise import Tortoise, fields
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from tour.audit.record import KEPT_FOR
from tour.check import Level, of_migrations
from tour.db import database, migrate, tortoise_config, transaction
from tour.feed import triggers
from tour.field.documents import watched
from tour.migrations import _adding
from tour.migrations._next import Detector
from tour.migrations._previews import FIRST, STEPS, HalfwayPreview
from tour.visits.passages import rules

FOLDER = Path(_adding.__file__).parent
MIGRATIONS = sorted(FOLDER.glob("0*.py"))
HELPERS = {"_adding", "_creating", "_fields"}  # what a migration may use, nothing else of ours
NOT_OF_MIGRATIONS = {"_next", "_previews"}


async def test_models_say_nothing_that_migrations_do_not(db: str) -> None:
    writers = await Detector(Tortoise.apps, tortoise_config(db)["apps"]).changes()
    assert [writer.as_string() for writer in writers] == [], (
        "the models have changed: `make migration` writes the next migration"
    )


# What has been applied somewhere is done: it must do the same tomorrow.


@pytest.mark.parametrize(
    "path",
    [*MIGRATIONS, *(FOLDER / f"{name}.py" for name in sorted(HELPERS))],
    ids=lambda p: p.stem,
)
def test_a_migration_imports_nothing_that_changes_with_the_application(path: Path) -> None:
    ours = {name for name in imported(path) if name.split(".")[0] == "tour"}
    allowed = {f"tour.migrations.{helper}" for helper in HELPERS}
    assert ours <= allowed, f"{path.name}: write as it is today what {ours - allowed} says"


def imported(path: Path) -> Iterator[str]:
    """The modules that a file names in its imports, wherever they stand in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: imports by their whole names"
            if node.module in {"tour", "tour.migrations"}:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield str(node.module)


def test_each_file_beside_the_migrations_is_theirs_or_not() -> None:
    beside = {path.stem for path in FOLDER.glob("_*.py")} - {"__init__"}
    assert beside == HELPERS | NOT_OF_MIGRATIONS


def test_no_migration_takes_the_name_of_a_preview_s_step() -> None:
    assert not {path.stem for path in MIGRATIONS} & STEPS


# The rules that the database keeps stand twice: as the application says them, and frozen in a migration.


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_the_database_keeps_the_passages_that_we_say(dialect: str) -> None:
    for statement in rules(dialect):
        where, frozen = newest(statement)
        assert frozen == statement, (
            f"{where} makes another {name_of(statement)} than passages.py says: leave it, and write"
            " a new migration that drops the trigger (and its function) and makes them as rules() says now"
        )


async def test_the_database_has_no_rule_on_visits_that_we_do_not_say(db: str) -> None:
    ours = {name_of(statement) for statement in rules("sqlite")}
    made = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('visit', 'visitevent')"
    found = {
        row["name"] for row in await Tortoise.get_connection("default").execute_query_dict(made)
    }
    feed = {name for name in found if name.startswith("feed_")}
    assert found - feed - {"visit_held_first", "visit_held_next"} == ours, (
        "passages.py and the triggers have drifted apart: write a new migration that drops or makes them"
    )


@pytest.mark.usefixtures("db")  # what relates the models is known once Tortoise is
@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
async def test_the_database_keeps_the_feed_that_kinds_of_documents_declare(dialect: str) -> None:
    for statement in triggers(dialect, watched()):
        where, frozen = newest(statement)
        assert frozen == statement, (
            f"{where} makes another {name_of(statement)} than the kinds' depends_on says: leave it, and write a new"
            " migration that drops the trigger (and its function) and makes them as feed.triggers() says now"
        )


async def test_the_database_keeps_nothing_in_the_feed_that_no_kind_declares(db: str) -> None:
    ours = {name_of(statement) for statement in triggers("sqlite", watched())}
    made = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'feed%'"
    found = await Tortoise.get_connection("default").execute_query_dict(made)
    assert {row["name"] for row in found} == ours, (
        "the kinds' depends_on and the triggers have drifted apart: write a new migration that drops or makes them"
    )


def test_the_database_keeps_the_audit_as_long_as_we_say() -> None:
    said = {"-{} days": "CREATE TRIGGER auditline_stays", "'{} days'": "CREATE FUNCTION auditline_stays()"}  # fmt: skip
    for days, head in said.items():
        where, frozen = newest(head)
        assert days.format(KEPT_FOR.days) in frozen, (
            f"{where} keeps the audit for another time than audit/record.py says: write a new migration"
        )


def newest(statement: str) -> tuple[str, str]:
    """The newest migration that makes this trigger or function, for the same database, and how it does."""
    for path in reversed(MIGRATIONS):
        for made in strings(path):
            if name_of(made) == name_of(statement) and kind_of(made) == kind_of(statement):
                return path.name, made
    return "no migration", ""


@cache
def strings(path: Path) -> list[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def name_of(statement: str) -> str:
    """Of ``CREATE TRIGGER name …`` and ``CREATE FUNCTION name() …``."""
    words = statement.replace("OR REPLACE ", "").split()
    return words[2].partition("(")[0] if words[:1] == ["CREATE"] and len(words) > 2 else ""


def kind_of(statement: str) -> str:
    if "FUNCTION" not in statement:
        return "a trigger of SQLite"
    made = statement.replace("OR REPLACE ", "").split()[1]
    return f"a {made.lower()} of PostgreSQL"


# Rows stay.


async def test_rows_that_stand_get_the_default_of_a_new_column(db: str) -> None:
    connection = Tortoise.get_connection("default")
    await connection.execute_query("INSERT INTO counter (series, value) VALUES ('ticket-2026', 7)")
    steps = Migration("0002_of_the_test", "tour")
    steps.operations = [
        _adding.AddField("Counter", "held", fields.IntField(default=3)),
        _adding.AddField("Counter", "said", fields.JSONField(default=dict)),
        _adding.AddField("Counter", "until", fields.DatetimeField(null=True)),
    ]
    executor = MigrationExecutor(connection, tortoise_config(db)["apps"])
    await executor.loader.build_graph()
    state = State(models={}, apps=StateApps({"tour": "default"}))
    first = executor.loader.graph.nodes[MigrationKey("tour", FIRST)]
    assert first
    await first.apply(state, dry_run=True)
    async with transaction() as held:
        editor = executor._schema_editor()
        editor.client = held
        await steps.apply(state, schema_editor=editor)
    found = await connection.execute_query_dict("SELECT * FROM counter")
    assert found == [{"series": "ticket-2026", "value": 7, "held": 3, "said": "{}", "until": None}]


# Databases of before 0.1.0.


def preview(migrated: Path, path: Path, steps: Iterable[str]) -> Path:
    """A database with today's schema whose record says that a preview made it by these steps."""
    shutil.copy(migrated, path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO counter (series, value) VALUES ('ticket-2026', 7)")
        connection.executemany(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('tour', ?, '2026-11-20')",
            [(step,) for step in sorted(steps)],
        )
    return path


def first_of_previews(path: Path) -> Path:
    """A database where a preview made its first step, which had the name of today's."""
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE tortoise_migrations (id INTEGER PRIMARY KEY, app, name, applied_at);"
            f"INSERT INTO tortoise_migrations VALUES (1, 'tour', '{FIRST}', '2026-11-20');"
            "CREATE TABLE agent (id, name); INSERT INTO agent VALUES ('a', 'Léa')"
        )
    return path


def dump(path: Path) -> list[object]:
    """Its schema and all its rows (pysqlite3 has no ``iterdump``)."""
    with closing(sqlite3.connect(path)) as connection:
        schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name")
        found: list[object] = schema.fetchall()
        tables = [name for kind, name, _sql in found if kind == "table"]  # type: ignore[misc]
        return found + [connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables]


def test_a_preview_s_database_that_has_all_steps_goes_on(migrated: Path, tmp_path: Path) -> None:
    path = preview(migrated, tmp_path / "tour.sqlite3", STEPS)
    before = dump(path)
    asyncio.run(migrate(f"sqlite://{path}"))
    assert dump(path) == before


@pytest.mark.parametrize("done", [0, 1, 6, len(STEPS) - 1])
def test_a_preview_s_database_that_lacks_steps_is_left_as_it_is(
    done: int, migrated: Path, tmp_path: Path
) -> None:
    path, steps = tmp_path / "tour.sqlite3", sorted(STEPS)[:done]
    _made = preview(migrated, path, steps) if steps else first_of_previews(path)
    before = dump(path)
    with pytest.raises(HalfwayPreview, match=f"stands at its {max(steps, default=FIRST)},"):
        asyncio.run(migrate(f"sqlite://{path}"))
    assert dump(path) == before


@pytest.mark.parametrize("command", ["migrate", "demo"])
def test_commands_say_that_it_is_a_preview_s(command: str, tmp_path: Path) -> None:
    path = first_of_previews(tmp_path / "tour.sqlite3")
    before = dump(path)
    said = subprocess.run(
        [sys.executable, "-m", "tour", command],
        env={"PATH": os.environ["PATH"], "TOUR_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("Error: the database was made by a preview of 0.1.0")
    assert "begin with an empty one" in said.stderr
    assert "Traceback" not in said.stderr
    assert dump(path) == before


async def test_check_says_that_a_database_is_of_a_preview(migrated: Path, tmp_path: Path) -> None:
    path = preview(migrated, tmp_path / "tour.sqlite3", sorted(STEPS)[:6])
    async with database(f"sqlite://{path}"):
        found = await of_migrations(Tortoise.get_connection("default"))
    assert (found.level, found.what) == (Level.ERROR, "migrations")
    assert "preview" in found.found
