"""The command ``tour audit``."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from tortoise.expressions import Q

from tour.audit.models import AuditLine
from tour.audit.record import as_json
from tour.db import in_database
from tour.settings import settings

MOST = 1000


@click.command(
    help="Print who did what, latest last. Times are the Département's; --json gives UTC."
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), default=None)
@click.option("--who", default="", help="part of a name, or an id")
@click.option("--what", default="", help="part of what was done, for instance sign-in")
@click.option("--on", "on_what", default="", help="part of what it was done to, for instance an id")
@click.option("--last", type=click.IntRange(1, MOST), default=100, show_default=True)
@click.option("--json", "as_lines", is_flag=True, help="one JSON object a line")
def audit(
    since: datetime | None, who: str, what: str, on_what: str, last: int, as_lines: bool
) -> None:
    @in_database
    async def read() -> list[AuditLine]:
        rows = AuditLine.all()
        if since:
            rows = rows.filter(at__gte=since.replace(tzinfo=settings().tz).astimezone(UTC))
        if who:
            rows = rows.filter(Q(by_label__icontains=who) | Q(by_id=who))
        if what:
            rows = rows.filter(what__icontains=what)
        if on_what:
            rows = rows.filter(on__icontains=on_what)
        return list(reversed(await rows.limit(last)))

    for line in read():
        click.echo(as_json(line) if as_lines else in_words(line))


def in_words(line: AuditLine) -> str:
    when = line.at.astimezone(settings().tz).strftime("%Y-%m-%d %H:%M:%S")
    who = line.by_label or line.by_id or "-"
    details = " ".join(f"{name}={value}" for name, value in line.details.items())
    origin = f"from {line.origin}" if line.origin else ""
    parts = [when, f"{line.by_kind.value}:{who}", line.what, line.on, details, origin]
    return "  ".join(part for part in parts if part)
