"""The server (Python, Jinja) and the worker (JavaScript, nunjucks) give the same bytes for the same data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.field.conftest import Worker
from tour import i18n
from tour.corner.catalogue.questions import TYPES, asked
from tour.field.filters import FILTERS
from tour.field.kinds import KINDS, iso
from tour.field.merge import make_stamp, overlay
from tour.field.pages.field import NO_ERRORS, QUERY
from tour.field.render import render
from tour.field.table import WORDS_OF, pages, week_of

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(
    lambda at: iso(at.replace(tzinfo=UTC))
)
DAYS = st.dates(date(2026, 1, 1), date(2028, 1, 1)).map(date.isoformat)
HOURS = st.builds(lambda h, m: f"{h:02d}:{m:02d}", st.integers(0, 23), st.integers(0, 59))
IDS = st.uuids().map(str)
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "Clavier",
            "<b>&\"'</b>",
            "${window.X=1}",
            "l’été à Nice\\",
            "deux\nlignes",
            "{{ 7*7 }}",
        ]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
)


PHOTOS = st.lists(
    st.fixed_dictionaries({"sha256": st.just("a" * 64), "size": st.integers(1, 9), "caption": TEXTS}),
    max_size=3,
)  # fmt: skip
SEVERAL_PHOTOS = st.lists(
    st.fixed_dictionaries({"sha256": st.sampled_from("abcd").map(lambda c: c * 64), "size": st.just(9), "caption": st.sampled_from(["", "é"])}),
    max_size=4, unique_by=lambda photo: photo["sha256"],
)  # fmt: skip
QUESTIONS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["ok", "when", "how_many", "which"]),
        "label": TEXTS,
        "type": st.sampled_from(TYPES),
    },
    optional={
        "help": TEXTS,
        "required": st.booleans(),
        "choices": st.lists(TEXTS, max_size=2),
        "min": st.one_of(st.none(), st.integers(-5, 5)),
        "max": st.one_of(st.none(), st.integers(-5, 50)),
    },
)
ANSWERS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from([0.5, 2.0, -1.125, "2026-11-24", "2026-02-30", "2027-01-01"]),
    st.lists(TEXTS, max_size=2),
)


def lost(field: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields = {"field": st.just(field), "value": values, "by": TEXTS, "at": MOMENTS}
    return st.fixed_dictionaries(fields)


def several(field: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(WORDS_OF[field]), max_size=3, unique=True)


LOST = {
    "visit": st.one_of(
        lost("report", TEXTS),
        lost("met", st.one_of(st.none(), st.integers(0, 9))),
        lost("left_at", st.one_of(st.just(""), MOMENTS)),
        lost("themes", several("themes")),
        lost("autonomy", st.sampled_from(WORDS_OF["autonomy"])),
    ),
    "need": st.one_of(
        lost("text", TEXTS),
        lost("urgency", st.sampled_from(["low", "high"])),
        lost("photos", PHOTOS),
        lost("withdrawn", st.booleans()),
        lost("answers", st.dictionaries(st.sampled_from(["a", "b"]), TEXTS, max_size=2)),
    ),
}


def data_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """A document of a kind as the server might make it: every field of its blank, with a value of the same nature."""
    known: dict[str, st.SearchStrategy[Any]] = {
        "id": IDS, "visit": IDS, "site": IDS, "doc": IDS,
        "item": st.one_of(st.just(""), IDS),
        "day": DAYS, "start": HOURS, "end": HOURS,
        "arrived_at": st.one_of(st.just(""), MOMENTS), "left_at": st.one_of(st.just(""), MOMENTS),
        "recorded_at": MOMENTS, "made_at": MOMENTS,
        "drive_before_min": st.integers(0, 300), "drive_after_min": st.integers(0, 300),
        "staff": st.integers(0, 90), "place": st.integers(0, 90),
        "met": st.one_of(st.none(), st.integers(0, 90)), "expected": st.one_of(st.none(), st.integers(0, 90)),
        "announced": st.lists(st.fixed_dictionaries({"what": TEXTS, "text": TEXTS, "who": TEXTS}), max_size=2),
        "delay_days": st.one_of(st.none(), st.integers(0, 30)),
        "opening_hours": st.sampled_from(["", "Mo-Fr 08:30-12:00,13:30-17:00; We off", "24/7"]),
        "ambassadors": st.lists(st.fixed_dictionaries({"name": TEXTS, "phone": TEXTS}), max_size=2),
        "state": st.sampled_from({
            "visit": ["proposed", "invited", "confirmed", "under_way", "done"],
            "change": ["waiting", "refused"],
        }.get(kind, ["received", "in_progress", "delivered", "refused", "pending", "to_mend"])),
        "kind": st.sampled_from(["visit", "need"] if kind == "change" else ["incident", "request", "class", "idea"]),
        "need_kind": st.sampled_from(["incident", "idea"]),
        "space": st.sampled_from(["store", "class", "lab", "room"]),
        "urgency": st.sampled_from(["low", "normal", "high"]),
        "news": st.lists(st.fixed_dictionaries({"at": MOMENTS, "by": TEXTS, "text": TEXTS, "solution": st.booleans()}), max_size=2),
        "to_bring": st.booleans(),
        "answers": st.dictionaries(st.sampled_from(["ok", "when", "how_many", "which"]), ANSWERS, max_size=3),
        "questions": st.lists(QUESTIONS, max_size=2, unique_by=lambda question: question["id"]),
        "version": st.integers(1, 9), "item_version": st.integers(0, 9),
        "availability": st.sampled_from(["available", "limited"]), "picture": st.sampled_from(["", "ab12"]),
        "met_managers": st.one_of(st.none(), st.integers(0, 9)), "met_ambassadors": st.one_of(st.none(), st.integers(0, 9)),
        "duration_min": st.one_of(st.none(), st.integers(0, 90)),
        "demonstrations": several("demonstrations"), "themes": several("themes"), "equipment": several("equipment"),
        "autonomy": st.sampled_from(WORDS_OF["autonomy"]), "referral": st.sampled_from(WORDS_OF["referral"]),
        "lost": st.lists(LOST[kind], max_size=2) if kind in LOST else st.just([]),
        "changed": several("themes"),
        "photos": PHOTOS, "photos_from": PHOTOS, "outside": st.booleans(), "photos_missing": st.integers(0, 3),
        "size": st.integers(0, 12_000_000), "added_at": MOMENTS,
        "withdrawn": st.booleans(), "open": st.booleans(), "new": st.booleans(),
    }  # fmt: skip
    fields = {name: known.get(name, TEXTS) for name in KINDS[kind]["blank"]}
    return st.fixed_dictionaries(fields | {"pending": st.booleans(), "to_mend": st.booleans()})


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
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
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
    @settings(max_examples=25, deadline=None)
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


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
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
