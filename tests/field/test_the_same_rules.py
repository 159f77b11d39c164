"""What a form becomes, what is refused and why, what a page finds: the same on the tablet and on the server."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.field.conftest import Worker
from tests.field.made_up import data_of
from tour import wording
from tour.field import kinds, merge, table
from tour.field.kinds import KINDS

plenty = settings(max_examples=examples(80), deadline=None, suppress_health_check=list(HealthCheck))

TYPED = st.text(
    alphabet=string.printable.replace("\x0b", "").replace("\x0c", "") + "éÀœ’« »€\u00a0ß",
    max_size=30,
)
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31)).map(date.isoformat)


def test_words_are_those_of_the_other_pages() -> None:
    here = wording.TABLES["fr"]["words"]
    shared = here.keys() & wording.WORDS.keys()
    assert len(shared) > 20
    assert {word: here[word] for word in shared} == {word: wording.WORDS[word] for word in shared}
    assert here.keys() == wording.TABLES["en"]["words"].keys()


photos = st.lists(
    st.fixed_dictionaries(
        {
            "sha256": st.sampled_from(["a" * 64, "b" * 64, "A" * 64, "c"]),
            "size": st.sampled_from([1, 300_000, 0, 12_000_001, True, "1"]),
            "caption": st.sampled_from(["", "é" * 200, "😀" * 201, None]),
        },
        optional={"here": st.booleans()},
    )
    | st.fixed_dictionaries(
        {"sha256": st.integers(0, 15).map(lambda n: f"{n:064x}"), "size": st.just(1), "caption": st.just("")}
    ),
    max_size=14,
)  # fmt: skip
json_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 6000),
    TYPED,
    st.uuids().map(str),
    st.just({}),
    photos,
    st.sampled_from(
        [
            "\u200b",
            "\u2800 \u3164",
            "\u0301",
            "😀",
            "\ufeff.",
            "incident",
            "low",
            "x" * 161,
            "é" * 4001,
            "😀" * 4000,
            "2026-11-24T09:00:00Z",
        ]
    ),
    st.sampled_from(["2026-13-40T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-24T09:00:00+00:00"]),
)


@pytest.mark.parametrize("kind", ["need", "visit"])
@plenty
@given(data=st.data(), new=st.booleans())
def test_the_same_changes_are_refused_for_the_same_reasons(
    kind: str, worker: Worker, data: st.DataObject, new: bool
) -> None:
    names = st.sampled_from([*KINDS[kind]["fields"], "state", "constructor"])
    patch = data.draw(st.dictionaries(names, json_values, max_size=4))
    fault = kinds.check(kind, patch, new=new)
    there = worker.ask("check", kind=kind, patch=patch, isNew=new)
    assert there == (None if fault is None else {"field": fault.field, "why": fault.why})


@pytest.mark.parametrize("kind", ["need", "visit"])
@plenty
@given(data=st.data())
def test_a_form_becomes_the_same_change(kind: str, worker: Worker, data: st.DataObject) -> None:
    fields = [*KINDS[kind]["fields"], "back", "q"]
    names = st.sampled_from([*fields, *(f"was.{field}" for field in fields)])
    typed = st.one_of(
        TYPED,
        st.sampled_from(
            ["now", "yes", "", "12", "1\r\n2", "-3", "1234567890", "[1]", "[NaN", "{}"]
        ),
    )
    form = data.draw(st.dictionaries(names, typed, max_size=9))
    now = "2026-11-24T09:00:00Z"
    assert worker.ask("form", kind=kind, form=form, now=now) == kinds.read_form(kind, form, now)


QUERIES = [
    query
    for entry in table.pages()
    for query in entry.many.values()
    if query["kind"] not in ("change", "photo")
]


@plenty
@given(data=st.data())
def test_the_page_table_finds_the_same_documents(worker: Worker, data: st.DataObject) -> None:
    query = data.draw(st.sampled_from(QUERIES))
    held = data.draw(st.lists(data_of(query["kind"]), max_size=6))
    names = {
        "today": data.draw(DAYS),
        "q": data.draw(st.sampled_from(["", "Clé", "a b", "ß", "É"])),
        "id": "",
    }
    if held:
        chosen = data.draw(st.sampled_from(held))
        names |= {
            "id": chosen.get("visit", chosen["id"]),
            "visit.site": chosen.get("site", ""),
            "today": chosen.get("day", ""),
        }
    assert worker.ask("select", query=query, documents=held, names=names) == table.select(
        query, held, names
    )


@settings(max_examples=examples(50), deadline=None)
@given(
    readings=st.lists(st.integers(1_790_000_000_000, 1_790_000_000_003), min_size=2, max_size=20)
)
def test_stamps_never_go_back_even_when_the_clock_does(worker: Worker, readings: list[int]) -> None:
    made = worker.ask("stamps", readings=readings)
    assert made == sorted(set(made))
    assert all(merge.STAMP.fullmatch(stamp) for stamp in made)


@pytest.mark.parametrize("stamp", ["", "١٧٩٠٠٠٠٠٠٠٠٠٠.0000.x", "1790000000000", "x" * 24])
def test_a_stamp_that_is_none_leaves_the_tablets_clock_alone(worker: Worker, stamp: str) -> None:
    last = {"wall": 1_790_000_000_000, "counter": 3}
    assert worker.ask("seen", last=last, stamp=stamp, now=1_790_000_000_001) == last


def test_a_clock_that_runs_ahead_is_pulled_back() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    soon = merge.make_stamp(now + timedelta(minutes=9), "d")
    far = merge.make_stamp(now + timedelta(days=3), "d", 5)
    assert merge.bounded(soon, now) == soon
    assert merge.bounded(far, now) == merge.make_stamp(now, "d", 5)


def test_a_page_that_needs_a_document_is_not_there_without_it() -> None:
    entry = next(entry for entry in table.pages() if entry.path == "/field/visits/{id}")
    visit: dict[str, Any] = {**KINDS["visit"]["blank"], "id": "v1", "site": "s1"}
    assert table.documents_shown(entry, {"visit": [visit], "need": []}, {"id": "v2"}) is None
    assert table.documents_shown(entry, {"visit": [visit], "need": []}, {"id": "v1"}) == {
        "visit": visit,
        "needs": [],
        "left_open": [],
        "to_bring": [],
    }
