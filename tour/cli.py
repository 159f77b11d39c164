"""The ``tour`` command."""

from __future__ import annotations

import asyncio
import importlib
import logging
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import click

from tour.errors import UserError
from tour.private import keep_private
from tour.settings import settings

log = logging.getLogger("tour")
ON_FILES = {
    "plan",
    "roads",
}  # they change nothing in the database: no need of the map, and they start sooner
ELSEWHERE = {
    "agents": "tour.people.command:agents",
    "audit": "tour.audit.command:audit",
    "import": "tour.sites.command:import_",
    "plan": "tour.planning.command:plan",
    "roads": "tour.travel.command:roads",
    "tablets": "tour.field.command:tablets",
}


class Commands(click.Group):
    """Commands that live with their capability are only imported when asked for: starting stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        if cmd_name not in ON_FILES:
            importlib.import_module("tour.wiring").connect()
            importlib.import_module("tour.audit.record").begin_at_the_shell()
        module, _colon, name = ELSEWHERE[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, help="Plans and runs a Département's smart tour numérique.")
def main() -> None:
    keep_private()


@main.command(help="Serve the pages.")
def web() -> None:
    import uvicorn

    from tour.audit.record import write_log
    from tour.check import warn_at_start

    write_log()
    warn_at_start()
    if not settings().help_contact:
        log.warning("TOUR_HELP_CONTACT is empty: pages and mails tell nobody whom to call")
    uvicorn.run(
        "tour.app:make_app",
        factory=True,
        host=settings().host,
        port=settings().port,
        proxy_headers=True,
        forwarded_allow_ips=settings().trusted_proxies,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=3,
        timeout_keep_alive=10,  # seconds: a line on which nobody asks anything is closed
        limit_concurrency=500,  # lines and requests at once; more are told 503
        h11_max_incomplete_event_size=32_768,  # bytes: of a request's headers
        http="h11",
    )


@main.command(help="Do the jobs: plans, mail, tickets, geocoding.")
@click.option("--processes", default=2, show_default=True)
def worker(processes: int) -> None:
    from tour.check import warn_at_start
    from tour.worker import run

    warn_at_start()
    run(processes)


@main.command(help="Bring the database to the newest schema.")
def migrate() -> None:
    from tour.db import migrate as apply

    with said_in_a_line():
        asyncio.run(apply())


@contextmanager
def said_in_a_line() -> Iterator[None]:
    """What somebody can do something about is said without a traceback."""
    try:
        yield
    except UserError as error:
        raise click.ClickException(error.message) from None


@main.command(help="Say whether what people note is safe here; fails where it is not.")
def check() -> None:
    from tour.check import Level, examine

    found = asyncio.run(examine())
    for line in found:
        click.echo(line)
    if any(line.level is Level.ERROR for line in found):
        sys.exit(1)


@main.command(help="Load the demo Département, planned from this week on (once).")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Play as if today were this day.",
)
def demo(today: object) -> None:
    from tour.db import database, local_now
    from tour.db import migrate as apply
    from tour.demo.play import play
    from tour.wiring import connect

    connect()

    day: date = today.date() if today else local_now().date()  # type: ignore[attr-defined]

    async def load() -> None:
        await apply()
        async with database():
            await play(day)

    with said_in_a_line():
        asyncio.run(load())


@main.command(help="Print the demo's three links, once the server answers.")
@click.option("--wait", default=60, show_default=True, help="seconds to wait for the server")
def links(wait: int) -> None:
    base = settings().base_url
    until = time.monotonic() + wait
    while True:
        try:
            urllib.request.urlopen(f"{base}/readyz", timeout=2)  # noqa: S310
            break
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > until:
                raise click.ClickException(f"no answer from {base}: {error}") from None
            time.sleep(0.1)
    for who in ("planner", "tablet", "manager"):
        click.echo(f"{who}: {base}/demo/{who}")


@main.command(help="Start web and worker as the Procfile says.")
def start() -> None:
    sys.exit(subprocess.call([sys.executable, "-m", "honcho", "start"]))
