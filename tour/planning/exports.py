"""Sheets as files other programs read: XLSX, iCalendar, GPX and GeoJSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

from icalendar import Calendar, Event, Timezone, vText
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tour import wording
from tour.db import local_now, now
from tour.i18n import gettext as _
from tour.planning.roadmap import Person, Place, Sheet, Stop
from tour.settings import settings
from tour.tables.formulas import write_text
from tour.visits.key import VisitKey

# What XML 1.0 (§2.2) cannot hold: openpyxl refuses it, and other readers stop there.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DAY, HOUR = "dd/mm/yyyy", "hh:mm"
WIDEST = 60  # characters
HEADING = Font(bold=True, color="FFFFFF")
HEADING_FILL = PatternFill("solid", fgColor="0B5878")

PRODID = "-//tour//smart tour numerique//FR"

GPX = "http://www.topografix.com/GPX/1/1"

Row = Sequence[object]


# XLSX


def as_xlsx(sheets: Sequence[Sheet], left_out: Sequence[tuple[str, str, str]] | None) -> bytes:
    """A workbook: visits, days and, unless None, the sites left out as (name, commune, why)."""
    book = Workbook()
    book.remove(book.worksheets[0])
    add_table(book, _("Visites"), visit_headings(), visit_rows(sheets))
    add_table(book, _("Journées"), day_headings(), day_rows(sheets))
    if left_out is not None:
        add_table(book, _("Non placés"), [_("Site"), _("Commune"), _("Raison")], left_out)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def visit_headings() -> list[str]:
    return [
        _("Jour"),
        _("Début"),
        _("Fin"),
        _("Durée (min)"),
        _("Binôme"),
        _("Ordre"),
        _("Site"),
        _("Type"),
        _("Adresse"),
        _("Code postal"),
        _("Commune"),
        _("Route avant (min)"),
        _("Route après (min)"),
        _("État"),
        _("Responsable"),
        _("Téléphone du responsable"),
        _("Courriel du responsable"),
        _("Ambassadeurs"),
        _("Téléphone du site"),
        _("Accès"),
        _("Besoins ouverts"),
        _("Latitude"),
        _("Longitude"),
    ]


def visit_rows(sheets: Sequence[Sheet]) -> Iterable[Row]:
    for sheet in sheets:
        for stop in sheet.stops:
            manager = stop.manager or Person("")
            yield (
                sheet.day,
                stop.start,
                stop.end,
                stop.duration_min,
                sheet.crew.name,
                stop.order,
                name_of(stop),
                wording.site_kind(stop.kind),
                stop.address,
                stop.postcode,
                stop.commune,
                stop.drive_before_min,
                stop.drive_after_min,
                state_of(stop, sheet),
                manager.name,
                manager.phone,
                manager.email,
                ", ".join(reached(person) for person in stop.ambassadors),
                stop.phone,
                stop.access,
                stop.open_needs,
                *(degrees(stop.position) if stop.position else (None, None)),
            )


def state_of(stop: Stop, sheet: Sheet) -> str:
    """The visit's state, and whether anybody comes."""
    state = wording.words(stop.state) if stop.state else ""
    if not sheet.away or stop.over:
        return state
    return ", ".join(filter(None, [state, _("binôme absent")]))


def day_headings() -> list[str]:
    return [
        _("Binôme"),
        _("Jour"),
        _("Départ"),
        _("Retour"),
        _("Visites"),
        _("Route (min)"),
        _("Distance estimée (km)"),
        _("Part de"),
        _("Arrive à"),
    ]


def day_rows(sheets: Sequence[Sheet]) -> Iterable[Row]:
    for sheet in sheets:
        yield (
            sheet.crew.name,
            sheet.day,
            sheet.leaves,
            sheet.back,
            len(sheet.stops),
            sheet.drive_min,
            None if sheet.km is None else round(sheet.km, 1),
            sheet.starts_from.name,
            sheet.ends_at.name,
        )


def add_table(book: Workbook, title: str, headings: Sequence[str], rows: Iterable[Row]) -> None:
    """A sheet with a heading that stays in sight, columns as wide as what they hold, and filters."""
    table: Worksheet = book.create_sheet(title)
    widths = [len(heading) for heading in headings]
    for column, heading in enumerate(headings, start=1):
        cell = table.cell(1, column, heading)
        cell.font, cell.fill = HEADING, HEADING_FILL
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            write(table.cell(number, column), value)
            widths[column - 1] = max(widths[column - 1], len(longest_line(value)))
    for column, width in enumerate(widths, start=1):
        table.column_dimensions[get_column_letter(column)].width = min(width + 3, WIDEST)
    table.freeze_panes = "A2"
    table.auto_filter.ref = table.dimensions


def write(cell: Cell, value: object) -> None:
    """A value as itself: text stays text, whatever it begins with."""
    if isinstance(value, str):
        text = plain(value)
        write_text(cell, text)
        cell.alignment = Alignment(vertical="top", wrap_text="\n" in text)
        return
    cell.value = value
    cell.alignment = Alignment(vertical="top")
    if isinstance(value, date):
        cell.number_format = DAY
    elif isinstance(value, time):
        cell.number_format = HOUR


def longest_line(value: object) -> str:
    return max(str(value).splitlines() or [""], key=len)


# iCalendar


def as_ics(sheets: Sequence[Sheet], crew_name: str, plan: UUID | None = None) -> bytes:
    """A pair's calendar (RFC 5545): an event a visit. Those of the campaign have the UID their invitation has.

    With no visit it still holds its time zone: a calendar without any component is not valid.
    """
    days = [sheet.day for sheet in sheets] or [local_now().date()]
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    name = one_line(_("Smart tour : %(pair)s", pair=crew_name))
    calendar.add("x-wr-calname", vText(name))
    calendar.add_component(
        Timezone.from_tzinfo(
            settings().tz,
            tzid=settings().zone,
            first_date=date(min(days).year, 1, 1),
            last_date=date(max(days).year, 12, 31),
        )
    )
    for sheet in sheets:
        for stop in sheet.stops:
            if stop.over or not sheet.away:  # a calendar says where its pair will be
                calendar.add_component(event_of(stop, sheet, plan))
    return calendar.to_ical()


def event_of(stop: Stop, sheet: Sheet, plan: UUID | None) -> Event:
    tz = settings().tz
    event = Event()
    event.add("uid", uid_of(stop, plan))
    event.add("sequence", stop.sequence)
    event.add("dtstamp", now())
    event.add("dtstart", datetime.combine(sheet.day, stop.start, tz))
    event.add("dtend", datetime.combine(sheet.day, stop.end, tz))
    event.add("summary", one_line(name_of(stop)))
    event.add("location", one_line(stop.location))
    if stop.position:
        event.add("geo", degrees(stop.position))
    event.add("description", plain(described(stop)))
    event.add("status", "CONFIRMED" if stop.state and stop.state.agreed else "TENTATIVE")
    return event


def uid_of(stop: Stop, plan: UUID | None) -> str:
    """The same at each export: calendars then move an event where they would add another."""
    if stop.visit:
        return f"visit-{stop.visit}@tour"
    return f"plan-{plan}-{VisitKey(stop.site_id, stop.part)}@tour"


def described(stop: Stop) -> str:
    """Whom to call and how to get in, a line each."""
    lines = [
        stop.manager and _("Responsable : %(who)s", who=reached(stop.manager)),
        *(_("Ambassadeur : %(who)s", who=reached(person)) for person in stop.ambassadors),
        stop.phone and _("Téléphone du site : %(phone)s", phone=stop.phone),
        stop.access and _("Accès : %(access)s", access=stop.access),
        _("Route pour venir : %(time)s", time=wording.minutes(stop.drive_before_min)),
    ]
    return "\n".join(line for line in lines if line)


# GPX


def as_gpx(sheets: Sequence[Sheet], name: str) -> bytes:
    """GPX 1.1: the places as waypoints, a route a day in the order of driving.

    A site without position is left out, and a day on which the pair does not travel.
    """
    sheets = [sheet for sheet in sheets if not sheet.away]
    root = ET.Element("gpx", {"xmlns": GPX, "version": "1.1", "creator": "tour"})
    text_in(ET.SubElement(root, "metadata"), name=name)
    for place in dict.fromkeys(
        end for sheet in sheets for end in (sheet.starts_from, sheet.ends_at)
    ):
        text_in(point(root, "wpt", (place.lat, place.lon)), name=place.name)
    for stop in {stop.site_id: stop for sheet in sheets for stop in sheet.stops}.values():
        if stop.position:
            described_by = {"cmt": stop.location, "desc": described(stop)}
            text_in(point(root, "wpt", stop.position), name=stop.site, **described_by)
    for sheet in sheets:
        add_route(root, sheet)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def add_route(root: ET.Element, sheet: Sheet) -> None:
    route = ET.SubElement(root, "rte")
    text_in(route, name=f"{sheet.crew.name} · {wording.day(sheet.day)}")
    add_end(route, sheet.starts_from, sheet.leaves)
    for stop in sheet.stops:
        if stop.position:
            name = f"{stop.order}. {wording.hour(stop.start)} {name_of(stop)}"
            text_in(point(route, "rtept", stop.position), name=name, cmt=stop.location)
    add_end(route, sheet.ends_at, sheet.back)


def add_end(route: ET.Element, place: Place, at: time) -> None:
    name = f"{wording.hour(at)} {place.name}"
    text_in(point(route, "rtept", (place.lat, place.lon)), name=name)


def point(parent: ET.Element, tag: str, position: tuple[float, float]) -> ET.Element:
    lat, lon = position
    return ET.SubElement(parent, tag, {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"})


def text_in(parent: ET.Element, **texts: str) -> None:
    """Elements with a text, in the order given (GPX's schema has one); nothing for an empty text."""
    for tag, text in texts.items():
        if text:
            kept = plain(text) if tag == "desc" else one_line(text)
            ET.SubElement(parent, tag).text = kept


# GeoJSON


def as_geojson(sheets: Sequence[Sheet]) -> bytes:
    """RFC 7946: a point a visit (no geometry where the position is not known), a line a pair's day.

    Names of people and their phones stay out: such a file goes to maps that many look at.
    """
    features = [
        *(visit_feature(stop, sheet) for sheet in sheets for stop in sheet.stops),
        *(day_feature(sheet) for sheet in sheets),
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False).encode()


def visit_feature(stop: Stop, sheet: Sheet) -> dict[str, Any]:
    geometry = stop.position and {"type": "Point", "coordinates": lon_lat(stop.position)}
    properties = of_day("visit", sheet) | {
        "order": stop.order,
        "site": stop.site,
        "site_id": str(stop.site_id),
        "part": stop.part,
        "kind": stop.kind,
        "address": stop.address,
        "postcode": stop.postcode,
        "commune": stop.commune,
        "start": f"{stop.start:%H:%M}",
        "end": f"{stop.end:%H:%M}",
        "drive_before_min": stop.drive_before_min,
        "drive_after_min": stop.drive_after_min,
        "state": stop.state.value if stop.state else None,
        "open_needs": stop.open_needs,
    }
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def day_feature(sheet: Sheet) -> dict[str, Any]:
    line = {"type": "LineString", "coordinates": [lon_lat(position) for position in sheet.path]}
    properties = of_day("day", sheet) | {
        "leaves": f"{sheet.leaves:%H:%M}",
        "back": f"{sheet.back:%H:%M}",
        "visits": len(sheet.stops),
        "drive_min": sheet.drive_min,
        "km": None if sheet.km is None else round(sheet.km, 1),
    }
    return {"type": "Feature", "geometry": line, "properties": properties}


def of_day(layer: str, sheet: Sheet) -> dict[str, Any]:
    return {
        "layer": layer,
        "pair": sheet.crew.name,
        "pair_ref": sheet.crew.ref,
        "day": sheet.day.isoformat(),
    }


# What several files say alike


def name_of(stop: Stop) -> str:
    """The site, and which part of its visit when it is split."""
    if stop.part == 1:
        return stop.site
    return _("%(site)s, partie %(part)s", site=stop.site, part=stop.part)


def reached(person: Person) -> str:
    return f"{person.name} {person.phone}".strip()


def plain(text: str) -> str:
    """The text without control characters, its line ends as a single line feed."""
    return UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    return " ".join(plain(text).split())


def degrees(position: tuple[float, float]) -> tuple[float, float]:
    """Latitude and longitude to a decimetre."""
    return round(position[0], 6), round(position[1], 6)


def lon_lat(position: tuple[float, float]) -> tuple[float, float]:
    """GeoJSON's order."""
    lat, lon = degrees(position)
    return lon, lat
