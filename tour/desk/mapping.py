"""What the catalogue's items and the sites are at a desk outside: kept by hand, helped by what was imported."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from tour.corner.catalogue.models import Item
from tour.db import transaction
from tour.desk.models import Desk, ItemMapping, SiteMapping
from tour.sites.models import Site

TYPES = ("", "incident", "request")
URGENCIES = ("", "1", "2", "3", "4", "5")


async def save_items(desk: Desk, form: Mapping[str, str]) -> None:
    """Fields ``category-ID``, ``type-ID``, ``urgency-ID``, ``queue-ID`` for each item; all empty is no mapping."""
    async with transaction():
        known = {m.item_id: m for m in await ItemMapping.filter(desk_id=desk.id)}
        for item_id in await Item.all().values_list("id", flat=True):
            assert isinstance(item_id, UUID)
            names = ("category", "type", "urgency", "queue")
            if not any(f"{name}-{item_id}" in form for name in names):
                continue  # not on this form
            values = {name: form.get(f"{name}-{item_id}", "")[:64] for name in names}
            values["type"] = values["type"] if values["type"] in TYPES else ""
            values["urgency"] = values["urgency"] if values["urgency"] in URGENCIES else ""
            old = known.get(item_id)
            if not any(values.values()):
                if old:
                    await old.delete()
            elif old:
                await old.update_from_dict(values).save()
            else:
                await ItemMapping.create(desk_id=desk.id, item_id=item_id, **values)


async def save_sites(desk: Desk, form: Mapping[str, str]) -> None:
    """Fields ``location-ID`` for each site; empty is no mapping."""
    async with transaction():
        known = {m.site_id: m for m in await SiteMapping.filter(desk_id=desk.id)}
        for site_id in await Site.all().values_list("id", flat=True):
            assert isinstance(site_id, UUID)
            location = form.get(f"location-{site_id}")
            if location is None:
                continue
            old = known.get(site_id)
            if not location:
                if old:
                    await old.delete()
            elif old:
                old.location = location[:64]
                await old.save(update_fields=["location"])
            else:
                await SiteMapping.create(desk_id=desk.id, site_id=site_id, location=location[:64])
