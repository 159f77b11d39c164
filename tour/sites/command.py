"""The commands ``tour import …``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from tour.db import database
from tour.i18n import _, ngettext
from tour.sites.geocode import GeocodeReport, geocode_waiting
from tour.sites.importing import ImportCounts, ImportReport, Line, Outcome, apply, dry_run
from tour.sites.importing.columns import label
from tour.tables.table import MAX_BYTES

UNUSABLE_FILE = 2
CANCELLED = 1


@click.group("import")
def import_() -> None:
    """Brings data in from files."""


@import_.command("sites")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--source",
    default=None,
    help="Where the file comes from; with its ids it names a site. Default: FILE's name.",
)
@click.option("--dry-run", "only_look", is_flag=True, help="Say what would change, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def import_sites(file: Path, source: str | None, only_look: bool, yes: bool) -> None:
    """Imports sites from a CSV, XLSX or GeoJSON file.

    Exit status: 0 also when some lines are refused, 1 cancelled, 2 unusable file.
    """
    sys.exit(
        asyncio.run(
            run(file, source or file.stem[:40], only_look=only_look, ask=interactive() and not yes)
        )
    )


def interactive() -> bool:
    return sys.stdin.isatty()


async def run(file: Path, source: str, *, only_look: bool, ask: bool) -> int:
    with file.open("rb") as content:
        data = content.read(MAX_BYTES + 1)
    async with database():
        report = await dry_run(data, file.name, source)
        for error in report.errors:
            click.echo(f"{file.name} : {error}", err=True)
        if report.errors:
            return UNUSABLE_FILE
        print_report(report)
        if only_look:
            return 0
        if ask and not click.confirm(_("Écrire ces changements ?")):
            click.echo(_("Rien n’a été écrit."))
            return CANCELLED
        print_counts(await apply(report))
        print_geocoding(await geocode_waiting())
    return 0


def print_report(report: ImportReport) -> None:
    """Each line that does something, then how many of each; refused lines go to stderr."""
    for line in report.lines:
        match line.outcome:
            case Outcome.CREATED:
                click.echo(f"+ {line.source_id}  {line.name}")
            case Outcome.CHANGED:
                click.echo(f"~ {line.source_id}  {line.name} : {changes_of(line)}")
            case Outcome.REFUSED:
                reasons = "\N{NO-BREAK SPACE}; ".join(line.reasons)
                click.echo(
                    _("ligne %(number)d refusée : %(why)s", number=line.number, why=reasons),
                    err=True,
                )
        for note in line.notes:
            click.echo(_("ligne %(number)d : %(note)s", number=line.number, note=note), err=True)
    if report.ignored_columns:
        click.echo(_("Colonnes ignorées : %(columns)s", columns=", ".join(report.ignored_columns)))
    click.echo(
        _(
            "%(file)s, source « %(source)s » : à créer %(new)d, à modifier %(changed)d, sans changement %(same)d, refusés %(refused)d",
            file=report.filename,
            source=report.source,
            new=report.count(Outcome.CREATED),
            changed=report.count(Outcome.CHANGED),
            same=report.count(Outcome.UNCHANGED),
            refused=report.count(Outcome.REFUSED),
        )
    )


def changes_of(line: Line) -> str:
    return ", ".join(
        f"{label(change.field)} {change.old or '—'} → {change.new or '—'}"
        for change in line.changes
    )


def print_counts(counts: ImportCounts) -> None:
    click.echo(
        _(
            "Écrit : créés %(new)d, modifiés %(changed)d, sans changement %(same)d, refusés %(refused)d",
            new=counts.created,
            changed=counts.changed,
            same=counts.unchanged,
            refused=counts.refused,
        )
    )


def print_geocoding(report: GeocodeReport) -> None:
    """How many sites were placed, and which ones wait."""
    if report.geocoded or report.to_check or report.not_found:
        click.echo(
            _(
                "Positions : trouvées %(good)d, à vérifier %(check)d, introuvables %(none)d",
                good=len(report.geocoded),
                check=len(report.to_check),
                none=len(report.not_found),
            )
        )
    if not report.waiting:
        return
    count = len(report.waiting)
    summary = ngettext(
        "%(num)d site attend sa position", "%(num)d sites attendent leur position", count
    )
    click.echo(f"{summary} : {report.failure}" if report.failure else summary)
    for site in report.waiting:
        why = "" if site.can_be_looked_up else " : " + _("ni adresse ni commune")
        click.echo(f"? {site.source_id}  {site.name}{why}")
