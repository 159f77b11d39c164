"""The server (Python, Jinja) and the worker (JavaScript, nunjucks) give the same bytes for the same data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.field.conftest import Worker
from tests.field.made_up import (
    ANSWERS,
    DAYS,
    HOURS,
    IDS,
    LOST,
    MOMENTS,
    PHOTOS,
    QUESTIONS,
    TEXTS,
    data_of,
    several,
)
from tour import i18n
from tour.corner.catalogue.questions import asked
from tour.field.filters import FILTERS
from tour.field.kinds import KINDS
from tour.field.merge import make_stamp, overlay
from tour.field.pages.field import NO_ERRORS, QUERY
from tour.field.render import render
from tour.field.table import WORDS_OF, pages, week_of

SEVERAL_PHOTOS = st.lists(
    st.fixed_dictionaries({"sha256": st.sampled_from("abcd").map(lambda c: c * 64), "size": st.just(9), "caption": st.sampled_from(["", "é"])}),
    max_size=4, unique_by=lambda photo: photo["sha256"],
)  # fmt: skip


STATUS = st.fixed_dictionaries(
    {
        "online": st.booleans(),
        "waiting": st.integers(0, 3),
        "photos": st.integers(0, 3),
        "worker": st.booleans(),
        "demo": st.booleans(),
        "refused": st.integers(0, 2),
        "trouble": st.sampled_from(["", "signed_out"]),
        "last_sync": st.one_of(st.just(""), MOMENTS),
        "pair": TEXTS,
        "people": st.lists(TEXTS, max_size=2, unique=True),
        "author": TEXTS,
        "holder": st.sampled_from(["", "x", "p1"]),
        "own_pin": st.booleans(),
        "whole_pair": st.booleans(),
        "lock_minutes": st.integers(0, 30),
        "pin": st.sampled_from(["", "off", "optional", "required"]),
        "locked": st.booleans(),
        "sealed": st.integers(0, 2),
        "team": st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.sampled_from(["x", "p1"]),
                    "name": TEXTS,
                    "pin": st.booleans(),
                    "reset": st.booleans(),
                    "wait": st.sampled_from(["", "Attendez"]),
                }
            ),
            max_size=2,
        ),
        "ready": st.booleans(),
        "base": st.fixed_dictionaries(
            {"name": TEXTS, "position": st.sampled_from(["", "43.7,7.2"])}
        ),
        "checked": st.fixed_dictionaries(
            {
                "at": st.one_of(st.just(""), MOMENTS),
                "pages": st.integers(0, 90),
                "missing": st.integers(0, 2),
                "map": st.booleans(),
            }
        ),
        "plan": st.fixed_dictionaries(
            {
                "bytes": st.sampled_from([0, 94_319, 25_000_000]),
                "held": st.sampled_from([0, 94_319]),
            }
        ),
        "stuck": st.booleans(),
    }
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A page of the table with everything it may show."""
    entry = draw(st.sampled_from(pages()))
    visit = draw(data_of("visit"))
    context: dict[str, Any] = {
        "path": entry.path,
        "tab": entry.tab,
        "today": draw(DAYS),
        "query": {name: draw(st.sampled_from(["", "x", "report"])) for name in QUERY},
        "values": {f: draw(TEXTS) for f in KINDS["need"]["blank"]}
        | {"kind": "idea", "urgency": "low", "photos": draw(PHOTOS), "photos_from": draw(PHOTOS)}
        | {f: visit[f] for f in KINDS["visit"]["fields"]},
        "was": {f: visit[f] for f in KINDS["visit"]["fields"]},
        "sealed_here": draw(st.integers(0, 3)),
        "week": week_of(draw(DAYS), date(2026, 11, 24)),
        "questions": asked(
            draw(st.lists(QUESTIONS, max_size=3)),
            {"ok": draw(ANSWERS)},
            {"answers.ok": draw(TEXTS)},
        ),
        "words_of": WORDS_OF,
        "faulty": draw(st.booleans()),
        "errors": NO_ERRORS | {name: draw(TEXTS) for name in ("text", "met", "pin", "old_pin")},
        "typed": draw(st.booleans()),
        "new_id": draw(IDS),
        "status": draw(STATUS),
    }
    for name, wish in entry.one.items():
        context[name] = draw(data_of(wish["kind"]))
    for name, wish in entry.maybe.items():
        context[name] = draw(st.one_of(st.none(), data_of(wish["kind"])))
    for name, wish in entry.many.items():
        context[name] = draw(st.lists(data_of(wish["kind"]), max_size=3))
    return entry.template, context


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_page_reads_the_same_from_both(worker: Worker, lang: str) -> None:
    @settings(max_examples=examples(80), deadline=None, suppress_health_check=list(HealthCheck))
    @given(questions())
    def check(question: tuple[str, dict[str, Any]]) -> None:
        template, context = question
        assert worker.ask("render", template=template, context=context) == render(template, context)

    token = i18n.language.set(lang)
    try:
        check()
    finally:
        i18n.language.reset(token)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "day": DAYS,
    "short_day": DAYS,
    "hour": st.one_of(HOURS, MOMENTS),
    "instant": MOMENTS,
    "local_day": MOMENTS,
    "minutes": st.integers(0, 2000),
    "size": st.integers(0, 3_000_000_000),
    "in_address": TEXTS,
    "words": st.sampled_from(["proposed", "delivered", "nothing known", "constructor"]),
    "opening": st.sampled_from(["Mo-Fr 08:30-12:00", "Mo,We 09:00-17:00; PH off", "24/7", ""]),
    "answered": data_of("need"),
    "stay": data_of("visit"),
    "by_day": st.fixed_dictionaries(
        {"days": st.lists(DAYS, max_size=3), "visits": st.lists(data_of("visit"), max_size=2)}
    ),
    "in_form": st.one_of(
        st.none(),
        st.booleans(),
        st.integers(0, 9),
        st.lists(TEXTS, max_size=2),
        TEXTS,
        st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(TEXTS, st.booleans()), max_size=2),
    ),
    "in_words": st.one_of(*LOST.values()),
    "json": st.one_of(PHOTOS, TEXTS),
    "tel": st.sampled_from(["04 65 71 13 19", "+33 (0)4 65", ""]),
}


def test_each_filter_has_its_values_here() -> None:
    assert set(VALUES) == set(FILTERS)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_value_reads_the_same_from_both(worker: Worker, name: str, lang: str) -> None:
    @settings(max_examples=examples(25), deadline=None)
    @given(VALUES[name])
    def check(value: Any) -> None:
        assert worker.ask("filter", name=name, value=value) == FILTERS[name](value)

    token = i18n.language.set(lang)
    try:
        check()
    finally:
        i18n.language.reset(token)


def changes_of(kind: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    patches: dict[str, st.SearchStrategy[Any]] = {
        "visit": st.fixed_dictionaries(
            {},
            optional={
                "arrived_at": MOMENTS,
                "left_at": MOMENTS,
                "met": st.integers(0, 9),
                "themes": several("themes"),
                "report": TEXTS,
            },
        ),
        "need": st.fixed_dictionaries(
            {"visit": st.sampled_from(["v1", "v2"])},
            optional={
                "item": st.sampled_from(["i1", "gone"]),
                "text": TEXTS,
                "withdrawn": st.booleans(),
                "photos": SEVERAL_PHOTOS,
                "photos_from": SEVERAL_PHOTOS,
            },
        ),
    }
    stamps = st.builds(
        lambda s, c, d: make_stamp(datetime(2027, 1, 11, tzinfo=UTC) + timedelta(seconds=s), d, c),
        st.integers(0, 50), st.integers(0, 3), st.sampled_from(["a", "b"]),
    )  # fmt: skip
    change = st.fixed_dictionaries(
        {"patch": patches[kind], "stamp": stamps, "refused": st.booleans()}
    )
    return st.lists(change, max_size=5, unique_by=lambda c: c["stamp"])


@settings(max_examples=examples(80), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["visit", "need"]).flatmap(
    lambda kind: st.tuples(st.just(kind), st.one_of(st.none(), data_of(kind)), changes_of(kind), data_of("visit"), data_of("item"))
))  # fmt: skip
def test_changes_are_laid_over_documents_alike(
    worker: Worker,
    drawn: tuple[str, dict[str, Any] | None, list[dict[str, Any]], dict[str, Any], dict[str, Any]],
) -> None:
    kind, document, changes, visit, item = drawn
    others = {"visit v1": visit, "item i1": item}
    python = overlay(kind, "d1", document, changes, lambda k, i: others.get(f"{k} {i}"))
    assert (
        worker.ask(
            "overlay", kind=kind, doc="d1", document=document, changes=changes, others=others
        )
        == python
    )


@settings(deadline=None)
@given(
    changes_of("visit").flatmap(
        lambda changes: st.tuples(st.just(changes), st.permutations(changes))
    )
)
def test_the_order_of_changes_does_not_matter(
    both: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    blank = KINDS["visit"]["blank"]
    one, other = (overlay("visit", "d1", blank, changes, lambda _k, _i: None) for changes in both)
    assert one == other
