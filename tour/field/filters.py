"""How values read on field pages. The same table in JavaScript: static/sw/filters.js.

Not Babel's formats (see wording.py): browsers' language data differ from Babel's and from each other, and both renderers
must give the same bytes. Names of days and months are in words.json, which both read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from tour import i18n
from tour.corner.catalogue import questions
from tour.i18n import gettext as _
from tour.i18n import ngettext
from tour.settings import settings
from tour.wording import clock, opening, tables


def day(value: str) -> str:
    """« mardi 24 novembre » for an ISO date; « Tuesday 24 November » in English."""
    return long_date(value, "days", "months")


def short_day(value: str) -> str:
    """« mar. 24 nov. »"""
    return long_date(value, "short_days", "short_months")


def long_date(value: str, days: str, months: str) -> str:
    if not value:
        return ""
    on = date.fromisoformat(value)
    first = i18n.language.get() == "fr" and on.day == 1
    return f"{tables()[days][on.weekday()]} {'1er' if first else on.day} {tables()[months][on.month - 1]}"


def hour(value: str) -> str:
    """« 9 h 05 » for « 09:05 », or for an instant, on the Département's clock; « 9:05 » in English."""
    if not value:
        return ""
    if "T" in value:
        value = datetime.fromisoformat(value).astimezone(settings().tz).strftime("%H:%M")
    hours, minutes = value.split(":")
    return clock(int(hours), minutes)


def instant(value: str) -> str:
    """« mar. 24 nov., 9 h 05 » for an instant."""
    if not value:
        return ""
    local = datetime.fromisoformat(value).astimezone(settings().tz)
    return f"{short_day(local.date().isoformat())}, {hour(value)}"


def local_day(value: str) -> str:
    """The day (ISO) of an instant on the Département's clock."""
    return datetime.fromisoformat(value).astimezone(settings().tz).date().isoformat()


def minutes(value: int) -> str:
    """« 45 min », « 2 h 05 »."""
    return f"{value} min" if value < 60 else f"{value // 60} h {value % 60:02d}"


def size(value: int) -> str:
    """« 2,5 Mo » for a number of bytes."""
    tenths = (value + 50_000) // 100_000
    mark, unit = (",", "Mo") if i18n.language.get() == "fr" else (".", "MB")
    return f"{tenths // 10}{mark}{tenths % 10}\u00a0{unit}"


def words(value: str) -> str:
    """A state, kind, space (« space_lab ») or urgency in the reader's words; one we do not know, as it is."""
    return str(tables()["words"].get(value, value))


def tel(value: str) -> str:
    """What a « tel: » link dials."""
    return re.sub(r"[^0-9+]", "", value)


def in_address(value: str) -> str:
    """Text as a value in an address, as JavaScript's ``encodeURIComponent`` writes it."""
    return quote(value, safe="!'()*~")


def answered(need: Mapping[str, Any]) -> list[dict[str, str]]:
    """The questions a need was asked with that have an answer: ``{label, text}``."""
    answers = need["answers"]
    return questions.answered(need["questions"], answers) if isinstance(answers, dict) else []


def stay(visit: Mapping[str, Any]) -> int | str:
    """How many minutes a pair stayed, by its arrival and departure; nothing when they do not say."""
    if not visit["arrived_at"] or not visit["left_at"]:
        return ""
    stayed = datetime.fromisoformat(visit["left_at"]) - datetime.fromisoformat(visit["arrived_at"])
    whole = math.floor(stayed.total_seconds() / 60 + 0.5)
    return whole if 0 < whole <= 900 else ""


def by_day(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``{days, visits}`` as one ``{day, visits}`` a day."""
    return [
        {"day": day, "visits": [visit for visit in shown["visits"] if visit["day"] == day]}
        for day in shown["days"]
    ]


def in_form(value: Any) -> str:
    """A value as a form's field must hold it for read_form to give it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    if isinstance(value, dict):  # answers: 2.0 is 2 where JavaScript writes it
        whole = {n: int(v) if isinstance(v, float) and v == int(v) else v for n, v in value.items()}
        return as_json(whole)
    return as_json(value) if isinstance(value, list) else str(value)


def in_words(lost: Mapping[str, Any]) -> str:
    """A value that lost a conflict, as people read it: ``{field, value}``."""
    field, value = lost["field"], lost["value"]
    if value in ("", None, []):
        return _("rien")
    if field.endswith("_at"):
        return instant(value)
    if field == "photos":
        return ngettext("%(num)s photo", "%(num)s photos", len(value))
    if isinstance(value, list):
        return ", ".join(words(part) for part in value)
    if isinstance(value, dict):
        return _("d’autres réponses")
    if isinstance(value, bool):
        return words("yes" if value else "no")
    return words(value) if field in ("autonomy", "referral", "urgency", "kind") else str(value)


def as_json(value: Any) -> str:
    """The value as JSON, for an attribute that a script reads."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "short_day": short_day,
    "hour": hour,
    "instant": instant,
    "local_day": local_day,
    "minutes": minutes,
    "size": size,
    "answered": answered,
    "stay": stay,
    "by_day": by_day,
    "in_form": in_form,
    "in_words": in_words,
    "words": words,
    "opening": opening,
    "tel": tel,
    "in_address": in_address,
    "json": as_json,
}
