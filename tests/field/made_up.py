"""Documents made up: any that the server might make."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from tour.corner.catalogue.questions import TYPES
from tour.field.kinds import KINDS, iso
from tour.field.table import WORDS_OF

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
