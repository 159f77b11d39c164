"""Kinds of documents: their fields, what a change may say of them, and what a form becomes.

The tables are in kinds.json, which the service worker reads too. The same rules in JavaScript: static/sw/kinds.js.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tour.corner.catalogue.questions import Question, check_answers, read_answers
from tour.i18n import gettext as _

KINDS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "kinds.json").read_text())
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
HIDDEN = ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Mc", "Me")
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters, by their category, that are drawn as nothing
LONGEST_MAP = 16_000
SHA256 = re.compile(r"[0-9a-f]{64}")
LONGEST_CAPTION, HEAVIEST_PHOTO = 200, 12_000_000


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field, in the agent's words."""

    field: str
    why: str


def iso(instant: datetime | None) -> str:
    """An instant as documents write it: UTC, to the second, ``Z``; nothing for none."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else ""


def check(kind: str, patch: Mapping[str, Any], *, new: bool) -> Fault | None:
    """The first thing wrong with a patch, if any. ``new``: it must be enough to make a document."""
    rules = KINDS[kind]["fields"]
    for field, value in patch.items():
        if field not in rules:
            return Fault(field, _("Champ inconnu."))
        if why := wrong(allowing(field, rules[field], patch), value):
            return Fault(field, why)
    if not new:
        return None
    for field, rule in rules.items():
        if rule.get("required") and not patch.get(field):
            return Fault(field, _("Ce renseignement manque."))
    either = KINDS[kind].get("either", [])
    if either and not any(is_said(patch.get(field)) for field in either):
        return Fault(either[0], _("Choisissez un article ou écrivez quelques mots."))
    return None


def is_said(value: Any) -> bool:
    """Whether a value says something: text of which nothing shows is none."""
    return any(map(shows, value)) if isinstance(value, str) else bool(value)


def shows(sign: str) -> bool:
    # Not « Cn »: what a younger Unicode has added (an emoji) is unknown to an older one, and shows.
    return unicodedata.category(sign) not in HIDDEN and sign not in FILLERS


def allowing(field: str, rule: Mapping[str, Any], patch: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rule, where a list of photos that was too long already, as two tablets can make it, may stay so."""
    before = patch.get("photos_from")
    if field != "photos" or not isinstance(before, list) or len(before) <= rule["max"]:
        return rule
    return {**rule, "max": len(before)}


def wrong(rule: Mapping[str, Any], value: Any) -> str:
    """Why a value does not fit its field; nothing when it does."""
    match rule["type"]:
        case "text" if not isinstance(value, str):
            return _("Valeur illisible.")
        case "text" if len(value) > rule["max"]:
            return _("%(max)s caractères au plus.", max=rule["max"])
        case "several" if not isinstance(value, list) or not all(
            isinstance(one, str) and one in rule["of"] for one in value
        ):
            return _("Valeur inconnue.")
        case "word" if value not in rule["of"]:
            return _("Valeur inconnue.")
        case "number" if value is not None and not is_between(value, rule["min"], rule["max"]):
            return _("Un nombre de %(min)s à %(max)s.", min=rule["min"], max=rule["max"])
        case "id" if value != "" and not is_id(value):
            return _("Valeur illisible.")
        case "instant" if value != "" and not is_instant(value):
            return _("Valeur illisible.")
        case "flag" if not isinstance(value, bool):
            return _("Valeur illisible.")
        case "photos" if not isinstance(value, list) or not all(map(is_photo, value)):
            return _("Valeur illisible.")
        case "photos" if len(value) > rule["max"]:
            return _("%(max)s photos au plus.", max=rule["max"])
        case "photos" if len({photo["sha256"] for photo in value}) < len(value):
            return _("La même photo est deux fois dans la liste.")
        case "map" if (
            not isinstance(value, dict) or len(json.dumps(value, ensure_ascii=False)) > LONGEST_MAP
        ):
            return _("Valeur illisible.")
    return ""


def is_between(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_id(value: Any) -> bool:
    try:
        return str(UUID(value)) == value
    except (ValueError, AttributeError, TypeError):
        return False


def is_instant(value: Any) -> bool:
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_photo(value: Any) -> bool:
    """A photo as a need announces it: the hash of its content, its weight in bytes, a caption."""
    return (
        isinstance(value, dict)
        and value.keys() == {"sha256", "size", "caption"}
        and isinstance(value["sha256"], str)
        and bool(SHA256.fullmatch(value["sha256"]))
        and is_between(value["size"], 1, HEAVIEST_PHOTO)
        and isinstance(value["caption"], str)
        and len(value["caption"]) <= LONGEST_CAPTION
    )


def read_form(
    kind: str, form: Mapping[str, str], now: str, item: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The patch that a form's text becomes; fields the form does not have are left out, and those that nobody touched.

    A form says in ``was.FIELD`` what it showed in a field: left so, the field is not this person's word, and may be a colleague's since.

    ``now`` (see iso) replaces the word « now » in an instant. Values that cannot be read stay as typed: check says so. Of
    several values of one name the form holds each on a line. ``item`` is the article chosen, whose questions it answers.
    """
    rules = KINDS[kind]["fields"]
    read = {field: read_value(rules[field], form[field], now) for field in rules if field in form}
    shown = shown_before(kind, form)
    patch = {field: v for field, v in read.items() if field not in shown or shown[field] != v}
    if item:
        patch["answers"] = read_answers(item["questions"], form)
        patch["item_version"] = item["version"]
    return patch


def shown_before(kind: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What a form showed in its fields when it was opened, where it says so."""
    rules = KINDS[kind]["fields"]
    told = {field: form.get(f"was.{field}") for field in rules}
    return {f: read_value(rules[f], text, "") for f, text in told.items() if text is not None}


def read_value(rule: Mapping[str, Any], text: str, now: str) -> Any:
    text = text.replace("\r\n", "\n").strip()
    match rule["type"]:
        case "number":
            return None if text == "" else int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text
        case "instant":
            return now if text == "now" else text
        case "flag":
            return text == "yes"
        case "several":  # each box that is ticked is a line
            ticked = text.split("\n")
            known = [word for word in rule["of"] if word in ticked]
            return known + [other for other in ticked if other and other not in known]
        case "map":  # a value that comes back from the journal
            return read_map(text)
        case "photos":
            return read_list(text) if text else []
    return text


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def read_map(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=refuse)
    except ValueError:
        return text
    return value if isinstance(value, dict) else text


def faults(
    kind: str, patch: Mapping[str, Any], questions: Sequence[Question] | None, *, new: bool
) -> dict[str, str]:
    """All that is wrong with what a form says, by field: the patch itself, and its answers to an item's ``questions``."""
    first = check(kind, patch, new=new)
    answers = {} if questions is None else check_answers(questions, patch.get("answers", {}))
    return ({first.field: first.why} if first else {}) | answers


def read_list(text: str) -> Any:
    """The list that the text says; the text itself when it says none."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return read if isinstance(read, list) else text
