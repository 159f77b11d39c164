"""The page table: which documents each field page shows. The same reading of it in JavaScript: static/sw/table.js."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tour.corner.catalogue.search import Index
from tour.field.kinds import KINDS

Doc = Mapping[str, Any]
Query = Mapping[str, Any]


IN_ORDER = ["space", "place", "name", "id"]


class Articles(list[dict[str, Any]]):
    """The documents of the catalogue in their order, with what it takes to search them; kept from page to page."""

    @cached_property
    def words(self) -> Index:
        return Index(self)


@dataclass(frozen=True)
class Entry:
    """One page: where it is, its template, and what it shows.

    ``open``: also on a tablet that nobody has unlocked.
    ``one``: a document without which there is no such page; ``maybe``: one or nothing; ``many``: a list.
    """

    path: str
    template: str
    tab: str = ""
    form: str = ""
    open: bool = False
    one: Mapping[str, Query] = field(default_factory=dict)
    maybe: Mapping[str, Query] = field(default_factory=dict)
    many: Mapping[str, Query] = field(default_factory=dict)

    @property
    def kinds(self) -> set[str]:
        """The kinds of documents the page reads."""
        return {
            query["kind"] for part in (self.one, self.maybe, self.many) for query in part.values()
        }


@cache
def pages() -> list[Entry]:
    """The page table, in the order in which addresses are tried."""
    return [
        Entry(**entry) for entry in json.loads((Path(__file__).parent / "pages.json").read_text())
    ]


def documents_shown(
    entry: Entry, shelf: Mapping[str, Sequence[Doc]], names: Mapping[str, str]
) -> dict[str, Any] | None:
    """What the page's template gets, by name; None when a document it cannot do without is missing.

    ``shelf`` holds the documents by kind; ``names`` what ``{…}`` in the table stands for.
    """
    names = dict(names)
    shown: dict[str, Any] = {}
    for name, query in entry.one.items():
        found = select(query, shelf.get(query["kind"], ()), names)
        if not found:
            return None
        shown[name] = found[0]
        names |= {
            f"{name}.{key}": value for key, value in found[0].items() if isinstance(value, str)
        }
    for name, query in entry.maybe.items():
        shown[name] = next(iter(select(query, shelf.get(query["kind"], ()), names)), None)
    for name, query in entry.many.items():
        shown[name] = select(query, shelf.get(query["kind"], ()), names)
    return shown


def select(query: Query, documents: Sequence[Doc], names: Mapping[str, str]) -> list[Doc]:
    """The documents a query asks for, in its order; those that it searches, the most fitting first."""
    where = {key: fill(wanted, names) for key, wanted in query.get("where", {}).items()}
    searched, most = str(fill(query.get("search", ""), names)).strip(), query.get("most")
    if len(searched) < query.get("least", 0):
        return []

    def keep(document: Doc) -> bool:
        return all(fits(document[key], wanted) for key, wanted in where.items())

    if searched:
        index = documents.words if isinstance(documents, Articles) else Index(documents)
        found = index.search(
            searched, most, (lambda place: keep(documents[place])) if where else None
        )
        return [documents[place] for place in found.places]
    kept = [document for document in documents if keep(document)]
    if not (isinstance(documents, Articles) and query.get("order") == IN_ORDER):
        kept.sort(key=lambda document: [document[key] for key in query.get("order", [])])
    return kept[:most]


def fill(wanted: Any, names: Mapping[str, str]) -> Any:
    """A value of the table with its ``{name}`` replaced; an unknown name is nothing."""
    if isinstance(wanted, dict):
        return {operator: fill(value, names) for operator, value in wanted.items()}
    if isinstance(wanted, str) and wanted.startswith("{"):
        return names.get(wanted[1:-1], "")
    return wanted


def fits(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    return (
        ("not" not in wanted or value != wanted["not"])
        and ("after" not in wanted or value > wanted["after"])
        and ("before" not in wanted or value < wanted["before"])
        and ("any" not in wanted or wanted["any"] in ("", value))
    )


WORDS_OF: dict[str, list[str]] = {
    name: rule["of"] for name, rule in KINDS["visit"]["fields"].items() if "of" in rule
}


def week_of(wanted: str, today: date) -> dict[str, Any]:
    """The week that holds a day (ISO; today when it is none): its seven days, and the days around them."""
    try:
        day = (
            date.fromisoformat(wanted)
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", wanted)
            else today
        )
    except ValueError:
        day = today
    if not date(2000, 1, 10) < day < date(2100, 1, 1):
        day = today
    monday = day - timedelta(days=day.weekday())
    days = [(monday + timedelta(days=n)).isoformat() for n in range(-1, 8)]
    return {"days": days[1:8], "before": days[0], "after": days[8]}


def form_values(entry: Entry, *sources: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's form shows: for each field the first source that has it, else the kind's blank."""
    if not entry.form:
        return {}
    blank = KINDS[entry.form]["blank"]
    return {
        name: next((source[name] for source in sources if name in source), blank[name])
        for name in KINDS[entry.form]["fields"]
    }
