"""The questions of a catalogue item: what a form says of them, whether that will do, how it reads.

A question is ``{id, label, type, required, help, choices, min, max}``; only the first three must be there. Answers are kept by
the question's id: text for ``text``, ``long``, ``choice`` and ``date`` (ISO), a number, a boolean for ``yes_no``, a list for
``several``; a question without an answer is absent. The same rules in JavaScript: static/sw/questions.js.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tour import i18n
from tour.i18n import gettext as _
from tour.wording import tables

Question = Mapping[str, Any]

TYPES = ("text", "long", "number", "choice", "several", "yes_no", "date")
PREFIX = "answers."
SPACES = " \t\n\r\u00a0\u202f"
LONGEST = {"text": 250, "long": 4000}
FURTHEST = 999_999_999
NUMBER = re.compile(r"-?[0-9]{1,9}([.,][0-9]{1,3})?")
DAY = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")


def read_answers(questions: Sequence[Question], form: Mapping[str, str]) -> dict[str, Any]:
    """What a form answers, in fields ``answers.ID``. What cannot be read stays as typed: check_answers says so."""
    answers = {}
    for question in questions:
        value = read_answer(question, form.get(PREFIX + question["id"], ""))
        if value not in ("", []):
            answers[question["id"]] = value
    return answers


def read_answer(question: Question, text: str) -> Any:
    text = text.replace("\r\n", "\n").strip(SPACES)
    match question["type"]:
        case "number" if NUMBER.fullmatch(text):
            number = float(text.replace(",", "."))
            return int(number) if number.is_integer() else number
        case "yes_no" if text in ("yes", "no"):
            return text == "yes"
        case "several":  # each box that is ticked is a line
            ticked = text.split("\n")
            known = [choice for choice in question.get("choices", []) if choice in ticked]
            return known + [other for other in ticked if other and other not in known]
    return text


def check_answers(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong, by ``answers.ID``; empty when all will do."""
    faults = {}
    known = {question["id"] for question in questions}
    for name in answers:
        if name not in known:
            faults[PREFIX + name] = _("Cette question n’est pas de cet article.")
    for question in questions:
        name = question["id"]
        if name in answers:
            why = wrong(question, answers[name])
        else:
            why = _("Ce renseignement manque.") if question.get("required") else ""
        if why:
            faults[PREFIX + name] = why
    return faults


def wrong(question: Question, value: Any) -> str:
    """Why an answer does not fit its question; nothing when it does."""
    kind, choices = question["type"], question.get("choices", [])
    if kind == "number":
        return wrong_number(question, value)
    if kind == "yes_no":
        return "" if isinstance(value, bool) else _("Répondez par oui ou par non.")
    if kind == "several":
        fits = isinstance(value, list) and all(choice in choices for choice in value)
        return "" if fits and value else _("Choisissez dans la liste.")
    if not isinstance(value, str):
        return _("Valeur illisible.")
    if kind == "choice" and value not in choices:
        return _("Choisissez dans la liste.")
    if kind == "date" and not is_day(value):
        return _("Écrivez une date qui existe.")
    if kind in LONGEST and len(value) > LONGEST[kind]:
        return _("%(max)s caractères au plus.", max=LONGEST[kind])
    return ""


def wrong_number(question: Question, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _("Écrivez un nombre.")
    least, most = bound(question, "min", -FURTHEST), bound(question, "max", FURTHEST)
    if least <= value <= most:
        thousandths = math.floor(value * 1000 + 0.5) / 1000
        return "" if thousandths == value else _("Trois décimales au plus.")
    return _("Un nombre de %(min)s à %(max)s.", min=least, max=most)


def bound(question: Question, name: str, without: int) -> Any:
    value = question.get(name)
    return without if value is None else value


def is_day(value: str) -> bool:
    if not DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def asked(
    questions: Sequence[Question], answers: Any, errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The questions as a form shows them, with what is answered so far and what is wrong with it."""
    answers = answers if isinstance(answers, dict) else {}
    shown = []
    for question in questions:
        name, answer = PREFIX + question["id"], answers.get(question["id"], "")
        ticked = answer if isinstance(answer, list) else [answer]
        shown.append(
            {
                "name": name,
                "label": question["label"],
                "type": question["type"],
                "help": question.get("help", ""),
                "required": bool(question.get("required")),
                "choices": [
                    {"value": choice, "ticked": choice in ticked}
                    for choice in question.get("choices", [])
                ],
                "value": typed(answer),
                "error": errors.get(name, ""),
            }
        )
    return shown


def typed(answer: Any) -> str:
    """An answer as a form's field holds it."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, int | float):
        return decimal(answer)
    return answer if isinstance(answer, str) else ""


def decimal(value: float) -> str:
    """« 12,5 » in French, « 12.5 » in English."""
    text = str(int(value) if value == int(value) else value)
    return text.replace(".", ",") if i18n.language.get() == "fr" else text


def answered(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """The questions that have an answer, and the answer in words."""
    return [
        {"label": question["label"], "text": in_words(question, answers[question["id"]])}
        for question in questions
        if question["id"] in answers
    ]


def in_words(question: Question, answer: Any) -> str:
    if isinstance(answer, bool):
        return str(tables()["words"]["yes" if answer else "no"])
    if isinstance(answer, list):
        return ", ".join(part for part in answer if isinstance(part, str))
    if question["type"] == "date" and isinstance(answer, str) and is_day(answer):
        day = date.fromisoformat(answer)
        first = i18n.language.get() == "fr" and day.day == 1
        return f"{'1er' if first else day.day} {tables()['months'][day.month - 1]} {day.year}"
    return typed(answer)
