"""Which SQLite this process uses, and how it writes: chosen once, before anything imports sqlite3.

SQLite before 3.51.3 may drop committed pages when several processes share a file in WAL mode
(https://www.sqlite.org/wal.html, « The WAL-reset bug »). Interpreters come with what their system has, so
pysqlite3, which carries its own SQLite, takes the place of the module ``sqlite3`` for all: Tortoise's
aiosqlite, huey, our commands and our tests. All or none: a file opened by two copies of SQLite in one process
loses its locks when either of them closes it.
"""

from __future__ import annotations

import importlib
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

FIXED = (3, 51, 3)
BACK_PORTS = {(3, 44): 6, (3, 50): 7}
BUSY_S = 15
THAT_HOLD_ON = ("aiosqlite", "huey.storage")


def fixed(version: str) -> bool:
    """Whether this version of SQLite has no WAL-reset bug."""
    major, minor, patch = (int(part) for part in (*version.split("."), "0")[:3])
    return (major, minor, patch) >= FIXED or patch >= BACK_PORTS.get((major, minor), patch + 1)


def use_a_fixed_one() -> None:
    """Puts pysqlite3 in the place of ``sqlite3`` when the interpreter's own is not fixed and pysqlite3's is."""
    if fixed(sqlite3.sqlite_version):
        return
    try:
        better = importlib.import_module("pysqlite3")
    except ImportError:  # no wheel for this machine: the rollback journal serves instead
        return
    if not fixed(better.sqlite_version):
        return
    if early := [name for name in THAT_HOLD_ON if name in sys.modules]:
        raise ImportError(f"import tour before {' and '.join(early)}: they hold another SQLite")
    sys.modules["sqlite3"] = better
    sys.modules["sqlite3.dbapi2"] = importlib.import_module("pysqlite3.dbapi2")


def module() -> Any:
    """The module that ``import sqlite3`` gives from now on."""
    return sys.modules["sqlite3"]


def version() -> str:
    return str(module().sqlite_version)


def source_id() -> str:
    with closing(module().connect(":memory:")) as memory:
        return str(memory.execute("SELECT sqlite_source_id()").fetchone()[0])


def pragmas(version: str) -> dict[str, str]:
    """How a database is written with this version, so that what is committed outlasts the power.

    The WAL is synced at each commit by FULL. A rollback journal commits by vanishing, and only EXTRA syncs the folder
    it vanishes from. ``fullfsync`` matters on macOS alone, where fsync stops at the disk's own memory.
    """
    wal = fixed(version)
    return {
        "busy_timeout": str(BUSY_S * 1000),
        "journal_mode": "WAL" if wal else "DELETE",
        "synchronous": "FULL" if wal else "EXTRA",
        "fullfsync": "ON",
    }


def leave_wal(path: Path) -> None:
    """Takes an existing database out of WAL; nobody else may have it open. Nothing when it is in another mode."""
    if not path.exists():
        return
    for _ in range(BUSY_S):
        with closing(module().connect(path, timeout=1)) as database:
            try:
                if database.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                    return
                database.execute("PRAGMA journal_mode=DELETE")
                return
            except module().OperationalError as error:
                trouble = error
        time.sleep(0.1)  # closed meanwhile, so that another that tries the same gets through
    raise SystemExit(
        f"{path} is in WAL mode, in use, and cannot leave it ({trouble}): stop every `tour` process"
    )
