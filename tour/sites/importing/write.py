"""Applying a report: what the dry run said, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from tour.db import now, transaction
from tour.errors import UserError
from tour.i18n import _
from tour.sites.importing.compare import MANAGER_FIELDS, differences, managers_by_email, sites_of
from tour.sites.models import PositionState, Site, SiteManager
from tour.tables.report import ImportReport, Line, Outcome

# Fields that are written together, whichever of them changed.
TOGETHER = ({"lat", "lon", "position_state"}, set(MANAGER_FIELDS))


@dataclass
class ImportCounts:
    """What applying a report did. ``changed_sites`` are those whose visits' pages are out of date."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    created_sites: list[UUID] = field(default_factory=list)
    changed_sites: list[UUID] = field(default_factory=list)


@dataclass
class Update:
    """A known site and the values it should take."""

    site: Site
    values: dict[str, Any]


async def apply(report: ImportReport) -> ImportCounts:
    """Writes what a report says: all of it or, on any failure, nothing.

    A line known to change writes only the fields it showed, so that what someone edited since then stands;
    applying the same report twice changes nothing the second time. Raises UserError on an unusable file's report.
    """
    if report.errors:
        raise UserError(_("Ce fichier ne peut pas être importé."))
    counts = ImportCounts(
        refused=report.count(Outcome.REFUSED), unchanged=report.count(Outcome.UNCHANGED)
    )
    async with transaction():
        managers = await managers_by_email()
        new, updates = await sort_out(report, managers, counts)
        await save_managers(
            [line.values for line in new] + [update.values for update in updates], managers
        )
        await create_sites(report.source, new, managers, counts)
        for update in updates:
            await update_site(update, managers)
            counts.changed_sites.append(update.site.id)
    counts.created, counts.changed = len(new), len(updates)
    return counts


async def sort_out(
    report: ImportReport, managers: dict[str, SiteManager], counts: ImportCounts
) -> tuple[list[Line], list[Update]]:
    """Lines that make a site and sites to change, as the database stands now and not as it stood at the dry run."""
    known = await sites_of(report.source)
    new, updates = [], []
    for line in report.of(Outcome.CREATED) + report.of(Outcome.CHANGED):
        site = known.get(line.source_id)
        if site is None and line.values.get("name"):
            new.append(line)
        elif site is None:
            counts.refused += (
                1  # it was there at the dry run, and the line alone does not make a site
            )
        elif fresh := differences(site, to_write(line), managers):
            updates.append(Update(site, fresh | manager_of(line, fresh)))
        else:
            counts.unchanged += 1
    return new, updates


def to_write(line: Line) -> dict[str, Any]:
    if line.outcome == Outcome.CREATED:
        return line.values
    fields = {change.field for change in line.changes}
    for group in TOGETHER:
        fields |= group if fields & group else set()
    return {field: value for field, value in line.values.items() if field in fields}


def manager_of(line: Line, fresh: dict[str, Any]) -> dict[str, Any]:
    """The whole of the manager as soon as a part of it changes: the e-mail says who it is."""
    if not fresh.keys() & MANAGER_FIELDS.keys():
        return {}
    return {field: line.values[field] for field in MANAGER_FIELDS if field in line.values}


async def save_managers(wanted: Iterable[dict[str, Any]], managers: dict[str, SiteManager]) -> None:
    """Creates or updates the managers these values name, and adds the new ones to ``managers``."""
    for values in wanted:
        email = values.get("manager_email")
        if not email:
            continue
        # A functional mailbox without a person's name is called by its address.
        said = {"name": values.get("manager_name"), "phone": values.get("manager_phone")}
        said = {field: value for field, value in said.items() if value}
        person = managers.get(email)
        if person is None:
            managers[email] = await SiteManager.create(
                **({"name": email[:120], "email": email} | said)
            )
        elif any(getattr(person, field) != value for field, value in said.items()):
            await person.update_from_dict(said).save(update_fields=list(said))


async def create_sites(
    source: str, lines: list[Line], managers: dict[str, SiteManager], counts: ImportCounts
) -> None:
    sites = []
    for line in lines:
        state = PositionState.GIVEN if "lat" in line.values else PositionState.WAITING
        sites.append(Site(source=source, position_state=state, **columns(line.values, managers)))
    await Site.bulk_create(sites, batch_size=500)
    counts.created_sites = [site.id for site in sites]


async def update_site(update: Update, managers: dict[str, SiteManager]) -> None:
    changed = columns(update.values, managers) | {"updated_at": now()}
    if "position_state" in changed:
        changed["position_score"] = None
    await Site.filter(id=update.site.id).update(**changed)


def columns(values: dict[str, Any], managers: dict[str, SiteManager]) -> dict[str, Any]:
    """A line's values as the model's columns."""
    row = {field: value for field, value in values.items() if field not in MANAGER_FIELDS}
    for name in ("not_before", "deadline"):
        if row.get(name):
            row[name] = date.fromisoformat(row[name])
    if "manager_email" in values:
        person = managers.get(values["manager_email"])
        row["manager_id"] = person.id if person else None
    return row
