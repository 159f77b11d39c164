"""TOUR_HOME is nobody's but the service's: the database, mails, imports, photos and the queue are readable by it alone."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from tour.settings import settings

log = logging.getLogger("tour")
OTHERS = 0o077  # what group and others may do


def keep_private() -> list[str]:
    """From now on, files are made for their owner only; those of TOUR_HOME that others may open are mended.

    Gives, and logs, what cannot be: a file of another owner, a file system without owners.
    """
    if os.name == "nt":  # there, folders take the rights of the one they are in
        return []
    os.umask(OTHERS)
    settings().home.mkdir(parents=True, exist_ok=True)
    left = [fault for path in ours() if (fault := close(path))]
    for fault in left:
        log.warning("others on this machine may read %s: close it by hand (chmod go=)", fault)
    return left


def ours() -> Iterator[Path]:
    """The home and all in it; nothing below it when it was closed already: nobody gets there. The database, wherever it is."""
    home = settings().home
    was_open = bool(home.stat().st_mode & OTHERS)
    yield home
    if was_open:
        yield from sorted(home.rglob("*"))
    database = settings().db_url
    if database.startswith("sqlite://") and ":memory:" not in database:
        path = Path(database.removeprefix("sqlite://").partition("?")[0])
        yield from (p for p in path.parent.glob(f"{path.name}*") if p.is_file())


def close(path: Path) -> str:
    """Takes the rights of group and others away; says which path kept them."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) or not mode & OTHERS:
            return ""
        path.chmod(stat.S_IMODE(mode) & ~OTHERS)
        return str(path) if path.lstat().st_mode & OTHERS else ""
    except FileNotFoundError:  # gone meanwhile
        return ""
    except OSError as error:
        return f"{path} ({error.strerror})"
