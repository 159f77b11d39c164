"""An item's questions as fields of a form: ``q-0-label``, ``q-0-type``…, and the buttons that add, move and remove them.

The page works with no JavaScript: a button sends the whole form, and it comes back changed, with all that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tour.corner.catalogue.edit import MOST_QUESTIONS, name_for
from tour.tables.table import clean

Draft = dict[str, Any]


def read_questions(form: Mapping[str, Any]) -> list[Draft]:
    """The questions on the page, in their order; what is not a number stays as typed, for check_questions to say so."""
    places = sorted(
        int(found[1]) for name in form if (found := re.fullmatch(r"q-([0-9]{1,3})-type", name))
    )
    drafts: list[Draft] = []
    for place in places[: MOST_QUESTIONS + 1]:
        taken = {draft["id"] for draft in drafts}

        def field(name: str, place: int = place) -> str:
            return clean(str(form.get(f"q-{place}-{name}", "")).replace("\r\n", "\n"))

        label = field("label")
        choices = [clean(line) for line in field("choices").split("\n")]
        drafts.append(
            {
                "id": field("id") or (name_for(label, taken) if label else f"q_{place}"),
                "label": label,
                "type": field("type"),
                "required": field("required") == "yes",
                "help": field("help"),
                "choices": [choice for choice in choices if choice],
                "min": whole(field("min")),
                "max": whole(field("max")),
            }
        )
    return drafts


def whole(text: str) -> int | str | None:
    if not text:
        return None
    return int(text) if re.fullmatch("-?[0-9]{1,9}", text) else text


def apply_gesture(drafts: list[Draft], gesture: str) -> list[Draft]:
    """« add », « up-2 », « down-2 », « remove-2 »; anything else changes nothing."""
    drafts = list(drafts)
    if gesture == "add" and len(drafts) < MOST_QUESTIONS:
        blank = {
            "id": "",
            "label": "",
            "type": "text",
            "required": False,
            "help": "",
            "choices": [],
        }
        return [*drafts, {**blank, "min": None, "max": None}]
    verb, _dash, place = gesture.partition("-")
    if not place.isdecimal() or int(place) >= len(drafts):
        return drafts
    at = int(place)
    if verb == "remove":
        del drafts[at]
    elif verb == "up" and at > 0:
        drafts[at - 1], drafts[at] = drafts[at], drafts[at - 1]
    elif verb == "down" and at < len(drafts) - 1:
        drafts[at], drafts[at + 1] = drafts[at + 1], drafts[at]
    return drafts
