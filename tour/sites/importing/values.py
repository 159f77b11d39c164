"""Cells into values: each field's own reading, and the reasons for refusing a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import opening_hours
from email_validator import EmailNotValidError, validate_email
from openpyxl.cell.cell import ERROR_CODES

from tour.i18n import _
from tour.sites.models import HEADQUARTERS, Site
from tour.tables.table import Row, clean, fold

HEADQUARTERS_WORDS = {"siege", "siegesocial", "headquarters", "headoffice", "hq"}
# The Republic's départements, in degrees: south, north, west, east.
FRANCE = (
    (41.2, 51.2, -5.3, 9.7),  # metropolitan France and Corsica
    (14.3, 18.2, -63.2, -60.7),  # Guadeloupe, Martinique and the northern islands
    (2.0, 5.9, -54.7, -51.5),  # Guyane
    (-21.5, -20.8, 55.1, 55.9),  # La Réunion
    (-13.1, -12.5, 44.9, 45.4),  # Mayotte
)
KEPT_WHEN_EMPTY = {"source_id", "name", "lat", "lon"}


class Unreadable(ValueError):
    """A cell that cannot be read as what its column holds; the message is for the user."""


@dataclass
class Reading:
    """What a line says: values by field (plain JSON values), or the reasons to refuse it."""

    values: dict[str, Any]
    reasons: list[str]


def read_row(row: Row, fields: dict[str, str]) -> Reading:
    """Reads a row; ``fields`` maps our fields to the file's columns.

    An empty cell gives the field's default, and nothing at all for what an import never erases (KEPT_WHEN_EMPTY).
    """
    reading = Reading({}, [row.fault] if row.fault else [])
    for field, column in fields.items():
        if column not in row.cells:
            continue
        text = clean(row.cells[column])
        try:
            if text:
                reading.values[field] = value_of(field, text)
            elif field not in KEPT_WHEN_EMPTY:
                reading.values[field] = when_empty(field)
        except Unreadable as error:
            reading.reasons.append(_("colonne « %(column)s » : %(why)s", column=column, why=error))
    check_together(reading, fields)
    return reading


def value_of(field: str, text: str) -> Any:
    if text in ERROR_CODES:
        raise Unreadable(_("cellule en erreur (%(text)s)", text=text))
    return READERS[field](text)


def when_empty(field: str) -> Any:
    """A field's value when the file says « nothing »: the model's default."""
    column = Site._meta.fields_map.get(field)
    default = column.default if column else ""
    return default() if callable(default) else default


def check_together(reading: Reading, fields: dict[str, str]) -> None:
    """What only shows when cells are read together."""
    values, reasons = reading.values, reading.reasons
    if not values.get("source_id") and not reasons:
        reasons.append(_("colonne « %(column)s » : identifiant vide", column=fields["source_id"]))
    join_address(reading, fields)
    if ("lat" in values) != ("lon" in values) and not reasons:
        reasons.append(
            _(
                "colonnes « %(lat)s » et « %(lon)s » : il faut les deux",
                lat=fields["lat"],
                lon=fields["lon"],
            )
        )
    if "lat" in values and "lon" in values and (fault := outside(values["lat"], values["lon"])):
        reasons.append(f"« {fields['lat']} », « {fields['lon']} » : {fault}")
    first, last = values.get("not_before"), values.get("deadline")
    if first and last and first > last:
        reasons.append(
            _(
                "colonnes « %(first)s » et « %(last)s » : l’échéance vient avant le début",
                first=fields["not_before"],
                last=fields["deadline"],
            )
        )


def join_address(reading: Reading, fields: dict[str, str]) -> None:
    second = reading.values.pop("address2", "")
    if second and "address" in reading.values:
        whole = ", ".join(filter(None, (reading.values["address"], second)))
        try:
            reading.values["address"] = text_of(250)(whole)
        except Unreadable as error:
            reading.reasons.append(
                _("colonne « %(column)s » : %(why)s", column=fields["address2"], why=error)
            )


def outside(lat: float, lon: float) -> str:
    """Why a position is refused; empty when it is in France."""
    if in_france(lat, lon):
        return ""
    if in_france(lon, lat):
        return _("latitude et longitude semblent inversées (%(lat)s, %(lon)s)", lat=lat, lon=lon)
    if abs(lat) > 90 or abs(lon) > 180:
        return _("des degrés (WGS 84) sont attendus, pas %(lat)s, %(lon)s", lat=lat, lon=lon)
    return _("hors de France (%(lat)s, %(lon)s)", lat=lat, lon=lon)


def in_france(lat: float, lon: float) -> bool:
    return any(south <= lat <= north and west <= lon <= east for south, north, west, east in FRANCE)


def text_of(most: int, *, lines: bool = False) -> Callable[[str], str]:
    """A reader of text of at most so many characters, on one line unless ``lines``."""

    def read(text: str) -> str:
        text = text if lines else " ".join(text.split())
        if len(text) > most:
            raise Unreadable(
                _("%(most)d caractères au plus, il y en a %(count)d", most=most, count=len(text))
            )
        return text

    return read


def kind(text: str) -> str:
    """Kinds of one word are codes, written in one way (« Collège » is ``college``); others stay as written."""
    if fold(text) in HEADQUARTERS_WORDS:
        return HEADQUARTERS
    return text_of(40)(fold(text) if text.isalpha() and fold(text) else text)


def postcode(text: str) -> str:
    digits = "".join(text.split())
    if not re.fullmatch(r"[0-9]{4,5}", digits):
        raise Unreadable(_("« %(text)s » n’est pas un code postal de 5 chiffres", text=text[:40]))
    return digits.zfill(5)  # a spreadsheet takes 06000 for a number


def insee(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4,5}|2[AaBb][0-9]{3}", text):
        raise Unreadable(_("« %(text)s » n’est pas un code INSEE de commune", text=text[:40]))
    return text.zfill(5).upper()


def degrees(text: str) -> float:
    if not re.fullmatch(r"[+-]?[0-9]{1,12}([.,][0-9]*)?(e-[0-9]{1,2})?", text):
        raise Unreadable(_("« %(text)s » n’est pas une coordonnée", text=text[:40]))
    return round(float(text.replace(",", ".")), 7)  # 1 cm


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(text: str) -> int:
        digits = re.sub(r"[.,]0*$", "", "".join(text.split()))
        if not re.fullmatch(r"[0-9]{1,9}", digits) or not least <= int(digits) <= most:
            raise Unreadable(
                _(
                    "« %(text)s » : un nombre entier de %(least)d à %(most)d est attendu",
                    text=text[:40],
                    least=least,
                    most=most,
                )
            )
        return int(digits)

    return read


def hours(text: str) -> str:
    text = text_of(250)(text)
    if not opening_hours.validate(text):
        raise Unreadable(
            _(
                "« %(text)s » n’est pas un horaire OSM, par exemple « Mo-Fr 08:30-12:00,13:30-17:00 »",
                text=text[:60],
            )
        )
    return text


def phone(text: str) -> str:
    if re.fullmatch(r"[1-9][0-9]{8}", text):
        text = f"0{text}"  # a spreadsheet took it for a number
    return text_of(32)(text)


def day(text: str) -> str:
    """An ISO date, from ISO or from JJ/MM/AAAA."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    raise Unreadable(
        _("« %(text)s » n’est pas une date (AAAA-MM-JJ ou JJ/MM/AAAA)", text=text[:40])
    )


def days(text: str) -> list[str]:
    return sorted({day(part) for part in re.split(r"[\s;,|]+", text) if part})


def words(text: str) -> list[str]:
    return sorted({" ".join(part.split()) for part in re.split(r"[;,|\n]", text) if part.strip()})


def email(text: str) -> str:
    try:
        # Addresses of the intranet are good ones here: nothing is asked of DNS.
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise Unreadable(
            _("« %(text)s » n’est pas une adresse électronique", text=text[:60])
        ) from error
    return text_of(254)(found.normalized.lower())


READERS: dict[str, Callable[[str], Any]] = {
    "source_id": text_of(64),
    "name": text_of(200),
    "kind": kind,
    "address": text_of(250),
    "address2": text_of(250),
    "postcode": postcode,
    "commune": text_of(120),
    "insee": insee,
    "lat": degrees,
    "lon": degrees,
    "staff": whole(0, 100_000),
    "opening_hours": hours,
    "phone": phone,
    "access": text_of(4000, lines=True),
    "priority": whole(0, 100),
    "visit_min": whole(5, 600),
    "setup_min": whole(0, 240),
    "not_before": day,
    "deadline": day,
    "blocked": days,
    "skills": words,
    "manager_email": email,
    "manager_name": text_of(120),
    "manager_phone": phone,
}
