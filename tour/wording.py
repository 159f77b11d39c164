"""How values read on pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from tour import i18n
from tour.i18n import gettext as _
from tour.settings import settings


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
    return (
        f"{value.hour} h {value.minute:02d}"
        if i18n.language.get() == "fr"
        else f"{value.hour}:{value.minute:02d}"
    )


def instant(value: datetime) -> str:
    """Day and hour of an instant, on the Département's clock."""
    local = value.astimezone(settings().tz)
    return f"{format_datetime(local, 'd MMM', locale=i18n.language.get())}, {hour(local)}"


def minutes(value: float) -> str:
    """« 45 min », « 2 h 05 »."""
    whole = round(value)
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d}"


def number(value: float) -> str:
    return format_decimal(value, locale=i18n.language.get())


def words(value: Any) -> str:
    """A state, kind or urgency in the reader's words."""
    return _(WORDS[str(value)])


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
    # kinds of needs and spaces
    "incident": N_("incident"),
    "request": N_("demande"),
    "class": N_("formation"),
    "idea": N_("idée"),
    "information": N_("information"),
    "store": N_("store & collect"),
    "lab": N_("lab"),
    "room": N_("room"),
    # urgency
    "low": N_("peut attendre"),
    "normal": N_("normale"),
    "high": N_("urgente"),
}

FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "short_day": short_day,
    "hour": hour,
    "instant": instant,
    "minutes": minutes,
    "number": number,
    "words": words,
}
