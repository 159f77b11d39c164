"""The dry run: a file compared with the database, line by line. Writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from tour.i18n import _
from tour.sites.importing.columns import (
    Recognised,
    check_required,
    count_known,
    label,
    position_label,
    recognise,
)
from tour.sites.importing.values import Reading, read_row
from tour.sites.models import PositionState, Site, SiteManager
from tour.tables.read import read_table
from tour.tables.report import Change, ImportReport, Line, Outcome
from tour.tables.table import Table, UnusableFile, clean

MANAGER_FIELDS = {"manager_email": "email", "manager_name": "name", "manager_phone": "phone"}
WHERE = ("address", "postcode", "commune", "insee")


async def dry_run(data: bytes, filename: str, source: str) -> ImportReport:
    """Says what importing this file would do; ``source`` names where it comes from (40 characters at most)."""
    report = ImportReport(source=clean(source), filename=clean(filename))
    try:
        check_source(report.source)
        table = await asyncio.to_thread(read_table, data, filename, count_known)
        recognised = recognise(table.columns)
        check_required(recognised, table.columns)
        check_rows(table)
    except UnusableFile as error:
        report.errors.append(error.message)
        return report
    report.columns, report.ignored_columns = recognised.fields, recognised.ignored
    report.lines = await asyncio.to_thread(
        judge_lines, table, recognised, await sites_of(report.source), await managers_by_email()
    )
    return report


def check_source(source: str) -> None:
    if not 1 <= len(source) <= 40:
        raise UnusableFile(_("Le nom de la source doit avoir de 1 à 40 caractères."))


def check_rows(table: Table) -> None:
    if not table.rows:
        raise UnusableFile(_("Le fichier ne contient aucune ligne de site."))


async def sites_of(source: str) -> dict[str, Site]:
    """The sites that came from ``source``, by their id there, with their managers."""
    return {
        site.source_id: site
        for site in await Site.filter(source=source).prefetch_related("manager")
    }


async def managers_by_email() -> dict[str, SiteManager]:
    """Managers by lower-case e-mail; the oldest of two with the same."""
    managers: dict[str, SiteManager] = {}
    for manager in await SiteManager.all().order_by("id"):
        managers.setdefault(manager.email.lower(), manager)
    return managers


def judge_lines(
    table: Table,
    recognised: Recognised,
    known: Mapping[str, Site],
    managers: Mapping[str, SiteManager],
) -> list[Line]:
    first_line: dict[str, int] = {}
    spoken_for: dict[str, dict[str, str]] = {}
    lines = []
    for row in table.rows:
        reading = read_row(row, recognised.fields)
        source_id = reading.values.get("source_id", "")
        if source_id and (first := first_line.setdefault(source_id, row.number)) != row.number:
            reading.reasons.append(
                _("identifiant « %(id)s » déjà à la ligne %(line)d", id=source_id, line=first)
            )
        notes = agree_on_manager(reading, spoken_for)
        lines.append(judge(row.number, reading, notes, known.get(source_id), managers))
    return lines


def agree_on_manager(reading: Reading, spoken_for: dict[str, dict[str, str]]) -> list[str]:
    """One person, one name: what the first accepted line says of a manager holds for the whole file.

    Otherwise two lines that disagree would undo each other at every import. Returns notes for the line.
    """
    values, notes = reading.values, []
    name = values.get("manager_name", "")
    email = values.get("manager_email", "")
    if reading.reasons or not email:
        if name and not email:
            notes.append(
                _("responsable « %(name)s » laissé de côté : sans adresse électronique", name=name)
            )
        return notes
    said = spoken_for.setdefault(email, {})
    for field in ("manager_name", "manager_phone"):
        if value := values.get(field):
            if said.setdefault(field, value) != value:
                notes.append(
                    _(
                        "%(field)s « %(value)s » laissé de côté : « %(said)s » plus haut",
                        field=label(field),
                        value=value,
                        said=said[field],
                    )
                )
            values[field] = said[field]
    return notes


def judge(
    number: int,
    reading: Reading,
    notes: list[str],
    site: Site | None,
    managers: Mapping[str, SiteManager],
) -> Line:
    values = reading.values
    reasons = reading.reasons or missing(values, site)
    line = Line(
        number=number,
        source_id=values.get("source_id", ""),
        name=values.get("name") or (site.name if site else ""),
        outcome=Outcome.REFUSED,
        reasons=reasons,
    )
    if reasons:
        return line
    line.values, line.notes = values, notes
    if site is None:
        line.outcome = Outcome.CREATED
        return line
    fresh = differences(site, values, managers)
    line.changes = [
        Change(field, in_words(current(site, field)), in_words(value))
        for field, value in fresh.items()
    ]
    line.outcome = Outcome.CHANGED if fresh else Outcome.UNCHANGED
    return line


def missing(values: dict[str, Any], site: Site | None) -> list[str]:
    """Why a line does not make a site: no name, nowhere to be."""
    reasons = []
    if not values.get("name") and site is None:
        reasons.append(_("nom vide"))
    placed = "lat" in values or (site is not None and site.lat is not None)
    if not placed and not any(
        values.get(field, getattr(site, field, "")) for field in ("address", "commune")
    ):
        reasons.append(_("ni coordonnées, ni adresse, ni commune"))
    return reasons


def differences(
    site: Site, values: Mapping[str, Any], managers: Mapping[str, SiteManager]
) -> dict[str, Any]:
    """The fields in which ``site`` differs from what a line says, with the values it should have."""
    fresh = {
        field: value
        for field, value in (dict(values) | position(site, values)).items()
        if field not in MANAGER_FIELDS and field != "source_id" and current(site, field) != value
    }
    return fresh | manager_differences(site, values, managers)


def position(site: Site, values: Mapping[str, Any]) -> dict[str, Any]:
    """How the site's position is known after this line. An address that changed is looked up again."""
    if "lat" in values:
        return {"position_state": PositionState.GIVEN}
    moved = any(field in values and values[field] != getattr(site, field) for field in WHERE)
    if moved and site.position_state != PositionState.GIVEN:
        return {"position_state": PositionState.WAITING}
    return {}


def manager_differences(
    site: Site, values: Mapping[str, Any], managers: Mapping[str, SiteManager]
) -> dict[str, Any]:
    if "manager_email" not in values:
        return {}
    email = values["manager_email"]
    fresh = {} if current(site, "manager_email") == email else {"manager_email": email}
    person = managers.get(email)
    for field in ("manager_name", "manager_phone"):
        value = values.get(field)
        if email and value and value != (getattr(person, MANAGER_FIELDS[field]) if person else ""):
            fresh[field] = value
    return fresh


def current(site: Site, field: str) -> Any:
    """A field of a site as the plain value a line would give."""
    if field in MANAGER_FIELDS:
        value = getattr(site.manager, MANAGER_FIELDS[field]) if site.manager else ""
        return value.lower() if field == "manager_email" else value
    value = getattr(site, field)
    return value.isoformat() if isinstance(value, date) else value


def in_words(value: Any) -> str:
    if isinstance(value, PositionState):
        return position_label(value)
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)
