"""The schema grows by migrations that keep what is in the tables."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from tortoise import Tortoise
from tortoise.migrations.api.migrate import migrate as apply_migrations
from tortoise.migrations.autodetector import MigrationAutodetector

from tour.db import migrate, tortoise_config

A_PAIR = """INSERT INTO pair (id, ref, name, base_name, lat, lon, day_start, day_end, days, lunch_min, lunch_from, lunch_to, skills)
            VALUES ('p', 'P1', 'Est', 'Nice', 43.7, 7.2, 540, 1020, 'Mo-Fr', 45, 705, 840, '[]')"""
A_TABLET = "INSERT INTO tablet (id, name, waiting, release, pair_id) VALUES ('t', 'T1', 3, '', 'p')"


async def test_rows_of_the_first_schema_get_the_defaults_of_new_columns(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    config = tortoise_config(f"sqlite://{path}")
    await apply_migrations(config=config, target="tour.0001_initial")
    await Tortoise.close_connections()
    with sqlite3.connect(path) as connection:
        connection.execute(A_PAIR)
        connection.execute(A_TABLET)
    await migrate(f"sqlite://{path}")
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT waiting, account, former, lost FROM tablet").fetchall()
    assert found == [(3, "{}", "[]", 0)]


async def test_ticket_numbers_go_on_from_the_highest_of_each_year(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    config = tortoise_config(f"sqlite://{path}")
    await apply_migrations(config=config, target="tour.0008_photos_listed")
    await Tortoise.close_connections()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for number, reference in enumerate(
            ("T2025-00007", "T2026-00002", "T2026-00009", "T2026-100001", "RT 12", "Trop-3")
        ):
            connection.execute(
                "INSERT INTO ticket (id, need_id, desk, reference, opened_at, updated_at, treated_by) "
                "VALUES (?, ?, 'embedded', ?, '2026-01-01', '2026-01-01', '')",
                [f"t{number}", f"n{number}", reference],
            )
    await migrate(f"sqlite://{path}")
    with sqlite3.connect(path) as connection:
        found = dict(connection.execute("SELECT series, value FROM counter"))
    assert found == {"ticket-2025": 7, "ticket-2026": 100001}


async def test_models_say_nothing_that_migrations_do_not(db: str) -> None:
    config = tortoise_config(db)
    writers = await MigrationAutodetector(Tortoise.apps, config["apps"]).changes()
    assert [str(writer.path()) for writer in writers] == []


async def test_a_manager_s_link_of_before_is_of_who_was_mailed(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    config = tortoise_config(f"sqlite://{path}")
    await apply_migrations(config=config, target="tour.0008_photos_listed")
    await Tortoise.close_connections()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for link, made in (("a", "2026-11-01 08:00:00"), ("b", "2026-11-03 08:00:00"), ("c", "2026-11-05 08:00:00")):  # fmt: skip
            connection.execute(
                "INSERT INTO link (id, kind, token_hash, visit_id, email, created_at) VALUES (?, 'visit', ?, 'v', '', ?)",
                (link, link, made),
            )
        for who, sent in (("First@x.fr", "2026-11-01 08:00:01"), ("second@x.fr", "2026-11-03 08:00:02")):  # fmt: skip
            connection.execute(
                "INSERT INTO receipt (id, key, channel, event, visit_id, recipient, message_id, state, error, created_at, sent_at) "
                "VALUES (?, ?, 'mail', 'invitation', 'v', ?, ?, 'sent', '', ?, ?)",
                (who, who, who, who, sent, sent),
            )
    await migrate(f"sqlite://{path}")
    with sqlite3.connect(path) as connection:
        found = dict(connection.execute("SELECT id, email FROM link").fetchall())
    assert found == {"a": "first@x.fr", "b": "second@x.fr", "c": ""}


A_VISIT = """INSERT INTO visit (id, day, start, "end", drive_before_min, drive_after_min, drive_source, state, part, sequence, report, site_id, pair_id)
             VALUES ('v', '2026-11-24', 540, 600, 0, 0, 0, 'done', 1, 0, '', 's', 'q')"""
A_SITE = "INSERT INTO site (id, source, source_id, name, kind) VALUES ('s', 'test', 's', 'Site', 'college')"
A_CHANGE = """INSERT INTO "change" (id, tablet_id, kind, doc, patch, stamp, by, outcome, refused_field, why, received_at)
              VALUES ('c', 't', 'visit', 'v', '{}', '1', '', 'applied', '', '', '2026-11-24')"""


async def test_who_held_a_visit_before_it_was_written_down_is_told_by_what_was_sent(
    tmp_path: Path,
) -> None:
    path = tmp_path / "old.sqlite3"
    config = tortoise_config(f"sqlite://{path}")
    await apply_migrations(config=config, target="tour.0008_photos_listed")
    await Tortoise.close_connections()
    with sqlite3.connect(path) as connection:
        connection.execute(A_PAIR)
        connection.execute(A_PAIR.replace("'p', 'P1'", "'q', 'P2'"))
        for table, statement in (
            ("tablet", A_TABLET),
            ("site", A_SITE),
            ("visit", A_VISIT),
            ("change", A_CHANGE),
        ):
            connection.execute(with_blanks(connection, table, statement))
    await migrate(f"sqlite://{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE visit SET pair_id = 'p'")
        held = connection.execute("SELECT visit, pair FROM visithold ORDER BY id").fetchall()
    assert (sorted(held[:2]), held[2:]) == ([("v", "p"), ("v", "q")], [("v", "p")])


def with_blanks(connection: sqlite3.Connection, table: str, statement: str) -> str:
    """The statement with a blank in each column of the table that needs a value and is not named."""
    head, _values, tail = re.sub(r"\s+", " ", statement).partition(" VALUES ")
    named = {name.strip(' "') for name in head.partition("(")[2].rpartition(")")[0].split(",")}
    lacking = [
        (name, "'[]'" if kind == "JSON" else "0" if "INT" in kind else "''")
        for _n, name, kind, needed, default, key in connection.execute(
            f'PRAGMA table_info("{table}")'
        )
        if needed and default is None and not key and name not in named
    ]
    names, blanks = ("".join(f", {row[side]}" for row in lacking) for side in (0, 1))
    return f"{head.rpartition(')')[0]}{names}) VALUES {tail.rpartition(')')[0]}{blanks})"
