"""What a need is at a desk: its words, its category, its urgency, its place."""

from __future__ import annotations

import re

from tour.corner.catalogue.models import NeedKind
from tour.desk.connectors.base import TicketRequest
from tour.desk.models import Desk, ItemMapping, SiteMapping
from tour.i18n import gettext as _
from tour.needs.asked import answers_of
from tour.needs.models import Need, Urgency
from tour.settings import settings
from tour.wording import instant, words

URGENCIES = {Urgency.LOW: 2, Urgency.NORMAL: 3, Urgency.HIGH: 5}
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


async def ticket_request_of(need: Need, desk: Desk) -> TicketRequest:
    """The request to open a ticket at a desk. ``need`` comes with its item, site, visit's pair and author."""
    of_item = (
        await ItemMapping.get_or_none(desk_id=desk.id, item_id=need.item_id)
        if need.item_id
        else None
    )
    of_site = await SiteMapping.get_or_none(desk_id=desk.id, site_id=need.site_id)
    incident = need.kind == NeedKind.INCIDENT
    urgency = URGENCIES[need.urgency]
    if of_item and of_item.type:
        incident = of_item.type == NeedKind.INCIDENT
    if of_item and of_item.urgency and need.urgency == Urgency.NORMAL:
        urgency = int(of_item.urgency)
    return TicketRequest(
        ref=str(need.id),
        title=title_of(need),
        lines=lines_of(need, await answers_of(need)),
        incident=incident,
        urgency=urgency,
        category=of_item.category if of_item else "",
        queue=of_item.queue if of_item else "",
        location=of_site.location if of_site else "",
        requester_email=address_of(need),
    )


def title_of(need: Need) -> str:
    """One line: what, where."""
    what = need.item.name if need.item else words(need.kind)
    text = " ".join(f"{what} – {need.site.name}".split())
    return text if len(text) <= 180 else f"{text[:179]}…"


def lines_of(need: Need, answers: list[dict[str, str]]) -> list[str]:
    site, visit = need.site, need.visit
    lines = need.text.splitlines() or []
    for one in answers:
        colon = "" if one["label"].endswith(("?", ":")) else " :"
        lines.append(f"{one['label']}{colon} {one['text']}")
    place = " ".join(f"{site.name}, {site.address} {site.postcode} {site.commune}".split())
    lines.append(_("Site : %(place)s") % {"place": place})
    if need.asset:
        lines.append(_("Numéro d’inventaire : %(asset)s") % {"asset": need.asset})
    if need.requester:
        lines.append(_("Pour : %(who)s") % {"who": need.requester})
    lines.append(_("Nature : %(kind)s") % {"kind": words(need.kind)})
    who = need.recorded_by.name if need.recorded_by else visit.pair.name
    lines.append(_("Noté le %(at)s par %(who)s") % {"at": instant(need.recorded_at), "who": who})
    lines.append(f"{settings().base_url}/needs/{need.id}")
    return [line for line in lines if line.strip()]


def address_of(need: Need) -> str:
    """The mail address that who asked has left in « Pour », if any."""
    found = ADDRESS.search(need.requester)
    return found[0] if found else ""
