"""The questions of an article: read, checked and shown alike on the tablet and on the server."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.field.conftest import Worker
from tour.corner.catalogue.questions import (
    TYPES,
    answered,
    asked,
    check_answers,
    read_answers,
)
from tour.field.table import week_of

plenty = settings(
    max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck)
)

IDS = ["poste", "quand", "combien", "constructor", "q_2"]
CHOICES = ["Filaire", "Sans fil", "l’un, l’autre", "8 Go"]
TYPED = st.one_of(
    st.sampled_from(
        [
            "", " ", "yes", "no", "12", "-3", "12,5", "0,125", "-0", "007", "1234567890", "1e3", "12.", "½",
            "2026-11-24", "2026-02-30", "0000-01-01", "2100-12-31", "Filaire\nSans fil", "\nFilaire", "Filaire\nautre",
            "x" * 251, "é" * 4001, "😀" * 250, "\u00a0fin\u202f", "a\r\nb",
        ]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8),
)  # fmt: skip
JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 20),
    st.sampled_from([0.5, 0.125, 0.0001, 2.0, 1e12, -1e12, 123456.789]),
    TYPED,
    st.lists(st.sampled_from([*CHOICES, "autre"]), max_size=3),
    st.just([1]),
    st.just({"a": 1}),
)


@st.composite
def question(draw: st.DrawFn, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {"id": name, "label": draw(TYPED), "type": draw(st.sampled_from(TYPES))}
    if draw(st.booleans()):
        made["choices"] = draw(st.lists(st.sampled_from(CHOICES), max_size=3, unique=True))
    if draw(st.booleans()):
        made |= {"min": draw(st.one_of(st.none(), st.integers(-9, 9))), "max": 10, "help": "aide"}
    made["required"] = draw(st.booleans())
    return made


QUESTIONS = st.lists(st.sampled_from(IDS), max_size=4, unique=True).flatmap(
    lambda names: st.tuples(*(question(name) for name in names)).map(list)
)


@plenty
@given(questions=QUESTIONS, data=st.data())
def test_a_form_is_read_and_checked_alike(
    worker: Worker, questions: list[dict[str, Any]], data: st.DataObject
) -> None:
    names = [f"answers.{name}" for name in IDS]
    form = data.draw(st.dictionaries(st.sampled_from(names), TYPED, max_size=4))
    answers = read_answers(questions, form)
    assert worker.ask("answers", questions=questions, form=form) == answers
    faults = check_answers(questions, answers)
    assert worker.ask("wrongAnswers", questions=questions, answers=answers) == faults
    shown = asked(questions, answers, faults)
    assert worker.ask("asking", questions=questions, answers=answers, errors=faults) == shown
    if not faults:
        assert worker.ask("answered", questions=questions, answers=answers) == answered(
            questions, answers
        )
        # What a form shows of an answer is read again as that answer.
        again = {
            one["name"]: "\n".join(c["value"] for c in one["choices"] if c["ticked"])
            if one["type"] == "several"
            else one["value"]
            for one in shown
        }
        assert read_answers(questions, again) == answers


@plenty
@given(questions=QUESTIONS, answers=st.dictionaries(st.sampled_from([*IDS, "autre"]), JSON))
def test_whatever_a_tablet_sends_is_checked_alike(
    worker: Worker, questions: list[dict[str, Any]], answers: dict[str, Any]
) -> None:
    faults = check_answers(questions, answers)
    assert worker.ask("wrongAnswers", questions=questions, answers=answers) == faults


@plenty
@given(
    wanted=st.one_of(
        st.dates(date(1999, 1, 1), date(2101, 1, 1)).map(date.isoformat),
        st.sampled_from(["", "x", "2026-02-30", "2026-1-1", "20261124", "2026-W48-2"]),
    ),
    today=st.dates(date(2026, 1, 1), date(2030, 1, 1)),
)
def test_a_week_begins_on_monday_alike(worker: Worker, wanted: str, today: date) -> None:
    week = week_of(wanted, today)
    assert worker.ask("week", wanted=wanted, today=today.isoformat()) == week
    assert date.fromisoformat(week["days"][0]).weekday() == 0


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Écran noir à l’accueil", "Ecrans noirs accueil", True),
        ("Le clavier du secrétariat est cassé", "clavier cassé", True),
        ("clavier", "clavier", False),  # one word alone says too little
        ("Wi-Fi faible au garage", "Imprimante en panne", False),
        ("", "", False),
    ],
)
def test_needs_that_speak_of_the_same_thing(
    worker: Worker, one: str, other: str, alike: bool
) -> None:
    assert worker.ask("alike", one=one, other=other) is alike
