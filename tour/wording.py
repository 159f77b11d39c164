"""How values read on pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from tour import i18n
from tour.i18n import gettext as _
from tour.settings import settings

NO_BREAK = "\u00a0"
# Words both renderers of the field pages read (see field/filters.py).
TABLES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "words.json").read_text())
DAY_CODES = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]


def weight(size: int) -> str:
    """« 64 ko », « 20 Mo »: of a limit, rounded down."""
    if size < 1024**2:
        return _("%(size)s ko", size=size // 1000)
    return _("%(size)s Mo", size=size // 1024**2)


def tables() -> dict[str, Any]:
    return TABLES[i18n.language.get()]


def day(value: date, style: str = "EEEE d MMMM") -> str:
    """« lundi 11 janvier »; ``style`` is a CLDR date pattern."""
    return format_date(value, style, locale=i18n.language.get())


def short_day(value: date) -> str:
    """« lun. 11 janv. »"""
    return day(value, "EEE d MMM")


def hour(value: time | datetime) -> str:
    """« 9 h 05 » in French, « 9:05 » in English; an instant is shown on the Département's clock."""
    if isinstance(value, datetime):
        value = value.astimezone(settings().tz).time()
    return clock(value.hour, f"{value.minute:02d}")


def clock(hours: int, minutes: str) -> str:
    """An hour of the day; French keeps it on one line."""
    colon = f"{NO_BREAK}h{NO_BREAK}" if i18n.language.get() == "fr" else ":"
    return f"{hours}{colon}{minutes}"


def instant(value: datetime) -> str:
    """Day and hour of an instant, on the Département's clock."""
    local = value.astimezone(settings().tz)
    return f"{format_datetime(local, 'd MMM', locale=i18n.language.get())}, {hour(local)}"


def minutes(value: float) -> str:
    """« 45 min », « 2 h 05 »."""
    whole = round(value)
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d}"


def opening(value: str) -> str:
    """Opening hours as people write them: « Mo-Fr 08:30-12:00 » gives « lun.–ven. 8 h 30–12 h 00 »."""
    for short, name in tables()["opening"].items():
        value = re.sub(rf"(^|[^A-Za-z0-9]){short}(?![A-Za-z0-9])", rf"\1{name}", value)
    for code, name in zip(DAY_CODES, tables()["short_days"], strict=True):
        value = re.sub(rf"(^|[^A-Za-z]){code}(?![A-Za-z])", rf"\1{name}", value)
    value = re.sub(r"([0-9]{2}):([0-9]{2})", lambda found: clock(int(found[1]), found[2]), value)
    return value.replace("-", "–").replace(";", " ·").replace(",", ", ")


def site_kind(value: str) -> str:
    """What a site is: in words for the kinds a Département has, else as the file of sites says it."""
    return _(SITE_KINDS[value]) if value in SITE_KINDS else value.replace("_", " ")


def number(value: float) -> str:
    return format_decimal(value, locale=i18n.language.get())


def words(value: Any) -> str:
    """A state, kind or urgency in the reader's words."""
    word = str(value)
    return _(WORDS[word]) if word in WORDS else str(tables()["words"][word])


def N_(message: str) -> str:
    """Marks a message for the catalogue where it is only looked up later."""
    return message


WORDS: dict[str, str] = {
    # visits
    "proposed": N_("proposée"),
    "invited": N_("invitée"),
    "confirmed": N_("confirmée"),
    "other_date": N_("autre date demandée"),
    "declined": N_("refusée"),
    "under_way": N_("en cours"),
    "done": N_("faite"),
    "missed": N_("manquée"),
    "cancelled": N_("annulée"),
    "none": N_("à planifier"),
    # needs
    "received": N_("reçu"),
    "in_progress": N_("en cours"),
    "delivered": N_("livré"),
    "refused": N_("refusé"),
    # kinds of needs
    "incident": N_("incident"),
    "request": N_("demande"),
    "class": N_("formation"),
    "idea": N_("idée"),
    "information": N_("information"),
    # spaces, under their own names: a training is « class » as a space and « formation » as a need
    "space_store": N_("store & collect"),
    "space_class": N_("class"),
    "space_lab": N_("lab"),
    "space_room": N_("room"),
    # urgency
    "low": N_("peut attendre"),
    "normal": N_("normale"),
    "high": N_("urgente"),
    # deliveries to a desk outside, and kinds of desks
    "delivery_triage": N_("à trier"),
    "delivery_waiting": N_("en attente"),
    "delivery_sending": N_("en cours d’envoi"),
    "delivery_sent": N_("arrivé"),
    "delivery_failed": N_("en échec"),
    "delivery_to_check": N_("à vérifier"),
    "delivery_kept": N_("gardé ici"),
    "desk_glpi_v1": N_("GLPI (apirest.php)"),
    "desk_glpi_v2": N_("GLPI 11 (api.php/v2)"),
    "desk_rt": N_("Request Tracker 5"),
    "desk_webhook": N_("Autre (webhook)"),
    # whether an item can be had
    "available": N_("disponible"),
    "limited": N_("en petit nombre"),
    "on_order": N_("sur commande"),
    "unavailable": N_("indisponible"),
}

SITE_KINDS: dict[str, str] = {
    "archives": N_("Archives"),
    "autonomie": N_("Maison de l’autonomie"),
    "college": N_("Collège"),
    "culture": N_("Culture"),
    "ecole": N_("École"),
    "enfance": N_("Enfance"),
    "laboratoire": N_("Laboratoire"),
    "maison_departement": N_("Maison du Département"),
    "mediatheque": N_("Médiathèque"),
    "msd": N_("Maison des solidarités"),
    "musee": N_("Musée"),
    "parc": N_("Parc départemental"),
    "pmi": N_("Protection maternelle et infantile"),
    "port": N_("Port"),
    "route": N_("Routes"),
    "sante": N_("Santé"),
    "siege": N_("Siège"),
}


def web_address(text: str | None) -> str:
    """The address when it leads to a page of the web; empty for anything else, a script first of all."""
    text = (text or "").strip()
    return text if re.match(r"https?://[^/]", text) and text.isprintable() else ""


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "short_day": short_day,
    "hour": hour,
    "instant": instant,
    "minutes": minutes,
    "number": number,
    "words": words,
    "opening": opening,
    "site_kind": site_kind,
    "web_address": web_address,
}
