"""The catalogue as a CSV or JSON file, and such a file compared with the catalogue, line by line, before anything is written.

Reading files and the report of a dry run are those of any import.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tour.corner.catalogue import edit
from tour.corner.catalogue.models import Availability, Item, NeedKind, Space
from tour.i18n import gettext as _
from tour.tables.csv_text import read_csv
from tour.tables.formulas import marked, unmarked
from tour.tables.read import is_light, read_apart
from tour.tables.report import Change, ImportReport, Line, Outcome
from tour.tables.table import MAX_BYTES, UnusableFile, check_row_count, clean, fold
from tour.wording import WORDS

FIELDS = (
    "ref", "space", "kind", "name", "description", "keywords", "synonyms", "availability", "delay_days", "position",
    "active", "questions",
)  # fmt: skip
ALIASES: dict[str, tuple[str, ...]] = {
    "ref": ("ref", "reference", "code", "identifiant", "id"),
    "space": ("space", "espace"),
    "kind": ("kind", "nature", "type"),
    "name": ("name", "nom", "libelle", "article", "intitule"),
    "description": ("description", "descriptif", "texte"),
    "keywords": ("keywords", "motscles", "motcle"),
    "synonyms": ("synonyms", "synonymes"),
    "availability": ("availability", "disponibilite"),
    "delay_days": ("delaydays", "delai", "delaijours", "jours"),
    "position": ("position", "ordre", "rang"),
    "active": ("active", "actif", "aucatalogue"),
    "questions": ("questions",),
}
LONGEST = {"ref": 40, "name": 120, "description": 2000, "keywords": 250, "synonyms": 250}
KINDS: dict[str, Any] = {"space": Space, "kind": NeedKind, "availability": Availability}
Row = tuple[
    int, dict[str, Any], str
]  # line, values by field, what is wrong with the line as a whole


def as_json(items: Iterable[Item]) -> str:
    rows = [{field: getattr(item, field) for field in FIELDS} for item in items]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def as_csv(items: Iterable[Item]) -> str:
    """With a BOM and semicolons, as the spreadsheets of a French office expect; questions are JSON in their cell."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(FIELDS)
    for item in items:
        writer.writerow([as_cell(getattr(item, field)) for field in FIELDS])
    return text.getvalue()


def as_cell(value: Any) -> str:
    """A value in a cell; what a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return marked("" if value is None else str(value))


async def dry_run(data: bytes, filename: str) -> ImportReport:
    """Says what importing this file would do."""
    report = ImportReport(source="catalogue", filename=clean(filename)[:120])
    try:
        if len(data) > MAX_BYTES:
            raise UnusableFile(
                _("Fichier trop gros : %(most)d Mo au plus.", most=MAX_BYTES // 1024**2)
            )
        rows, report.ignored_columns = await asyncio.to_thread(read_wherever, data)
        if not rows:
            raise UnusableFile(_("Le fichier ne contient aucun article."))
    except UnusableFile as error:
        report.errors.append(error.message)
        return report
    known = {item.ref: item for item in await Item.all()}
    report.lines = await asyncio.to_thread(judge_rows, rows, known)
    return report


def read_wherever(data: bytes) -> tuple[list[Row], list[str]]:
    """The lines of a file; those of a large one are read in a process apart."""
    return read_rows(data) if is_light(data) else read_apart(read_rows, data)


def judge_rows(rows: list[Row], known: Mapping[str, Item]) -> list[Line]:
    lines = []
    first_line: dict[str, int] = {}
    for number, raw, fault in rows:
        values, reasons = read_values(raw)
        ref = values.get("ref", "")
        if ref and (first := first_line.setdefault(ref, number)) != number:
            reasons.append(_("référence « %(ref)s » déjà à la ligne %(line)d", ref=ref, line=first))
        reasons = ([fault] if fault else []) + reasons
        lines.append(judge(number, values, reasons, known.get(ref)))
    return lines


def read_rows(data: bytes) -> tuple[list[Row], list[str]]:
    """The lines of a file, and its columns that mean nothing here."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return read_json_rows(data)
    table = read_csv(data, count_known)
    fields = recognise(table.columns)
    if "ref" not in fields or "name" not in fields:
        raise UnusableFile(
            _(
                "Colonnes obligatoires : « ref » et « name ». Colonnes lues : %(read)s.",
                read=", ".join(column[:40] for column in table.columns[:20]) or "—",
            )
        )
    rows = [
        (row.number, {f: unmarked(row.cells.get(c, "")) for f, c in fields.items()}, row.fault)
        for row in table.rows
    ]
    return rows, [column for column in table.columns if column not in fields.values()]


def recognise(columns: Iterable[str]) -> dict[str, str]:
    """Field → column."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(fold(column), column)
    return {
        field: next(by_name[alias] for alias in aliases if alias in by_name)
        for field, aliases in ALIASES.items()
        if any(alias in by_name for alias in aliases)
    }


def count_known(columns: list[str]) -> int:
    return len(recognise(columns))


def read_json_rows(data: bytes) -> tuple[list[Row], list[str]]:
    try:
        rows = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnusableFile(_("Ce fichier JSON ne se lit pas.")) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnusableFile(_("Ce fichier JSON n’est pas une liste d’articles."))
    check_row_count(len(rows))
    ignored = sorted({clean(str(name))[:40] for row in rows for name in row if name not in FIELDS})
    return [
        (number, {name: value for name, value in row.items() if name in FIELDS}, "")
        for number, row in enumerate(rows, start=1)
    ], ignored


def read_values(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What a line says, by field, and why it cannot be taken. A cell left empty says nothing but for texts."""
    values: dict[str, Any] = {}
    reasons: list[str] = []
    for field, value in raw.items():
        try:
            values |= {field: read_value(field, value)}
        except ValueError as error:
            if error.args:
                reasons.append(f"{label(field)} : {error.args[0]}")
    if not values.get("ref"):
        reasons.append(_("référence vide"))
    return values, reasons


def read_value(field: str, value: Any) -> Any:
    """One value. Raises ValueError with what is wrong with it, or with nothing when an empty cell says nothing."""
    if field == "questions":
        return read_questions(value)
    if value is not None and not isinstance(value, str | int | float | bool):
        raise ValueError(_("valeur illisible"))
    text = clean("" if value is None else str(value))
    if field in LONGEST:
        if len(text) > LONGEST[field]:
            raise ValueError(_("%(max)s caractères au plus", max=LONGEST[field]))
        return text
    if field == "delay_days" and not text:
        return None
    if not text:
        raise ValueError
    if field in KINDS:
        return read_word(KINDS[field], text)
    if field == "active":
        return read_yes_no(text)
    if not text.isdecimal() or int(text) > (365 if field == "delay_days" else 1_000_000):
        raise ValueError(_("nombre impossible : « %(text)s »", text=text[:20]))
    return int(text)


def word_of(one: Space | NeedKind | Availability) -> str:
    """Its word in French, for the catalogue of languages."""
    return WORDS[f"space_{one.value}" if isinstance(one, Space) else one.value]


def read_word(kinds: Any, text: str) -> str:
    """« class » or « formation »: the word of the code or that of the pages."""
    for kind in kinds:
        word = word_of(kind)
        # « formation » for the space « class » too: it is how people call it.
        known_as = (kind.value, word, _(word), WORDS.get(kind.value, word))
        if fold(text) in map(fold, known_as):
            return str(kind.value)
    known = ", ".join(kind.value for kind in kinds)
    raise ValueError(_("« %(text)s » inconnu (%(known)s)", text=text[:30], known=known))


def read_yes_no(text: str) -> bool:
    if fold(text) in ("oui", "yes", "true", "1", "vrai"):
        return True
    if fold(text) in ("non", "no", "false", "0", "faux"):
        return False
    raise ValueError(_("oui ou non, pas « %(text)s »", text=text[:20]))


def read_questions(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, str):
        if not value.strip():
            return []
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ValueError(_("ce n’est pas du JSON")) from error
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError(_("ce n’est pas une liste de questions"))
    faults = edit.check_questions(value)
    for place, why in faults.items():
        raise ValueError(_("question %(n)s : %(why)s", n=place + 1, why=why))
    return [edit.tidy(question) for question in value]


def judge(number: int, values: dict[str, Any], reasons: list[str], item: Item | None) -> Line:
    if item is None and not reasons:
        reasons = [
            _("%(field)s manque", field=label(field))
            for field in ("name", "space", "kind")
            if not values.get(field)
        ]
    if item and "name" in values and not values["name"]:
        del values["name"]
    line = Line(
        number=number,
        source_id=values.get("ref", ""),
        name=values.get("name") or (item.name if item else ""),
        outcome=Outcome.REFUSED,
        reasons=reasons,
    )
    if reasons:
        return line
    line.values = values
    if item is None:
        line.outcome = Outcome.CREATED
        return line
    fresh = differences(item, values)
    line.changes = [
        Change(field, in_words(getattr(item, field)), in_words(value))
        for field, value in fresh.items()
    ]
    line.outcome = Outcome.CHANGED if fresh else Outcome.UNCHANGED
    return line


def differences(item: Item, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in which the item differs from what a line says, with the values it should have."""
    return {field: value for field, value in values.items() if getattr(item, field) != value}


def in_words(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(str(question.get("label", "")) for question in value)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return "" if value is None else str(value)


async def apply(report: ImportReport) -> dict[str, int]:
    """Writes what a report says; counts by outcome. A line known to change writes only the fields it showed."""
    known = {item.ref: item for item in await Item.all()}
    counts = {outcome.value: report.count(outcome) for outcome in Outcome}
    async with edit.transaction():
        for line in report.of(Outcome.CREATED):
            if line.source_id not in known:
                await edit.save_item(None, line.values)
        for line in report.of(Outcome.CHANGED):
            fields = {change.field for change in line.changes}
            if item := known.get(line.source_id):
                await edit.save_item(item, {f: v for f, v in line.values.items() if f in fields})
    return counts


def label(field: str) -> str:
    """What a field is called in reports."""
    return {
        "ref": _("référence"),
        "space": _("espace"),
        "kind": _("nature"),
        "name": _("nom"),
        "description": _("description"),
        "keywords": _("mots-clés"),
        "synonyms": _("synonymes"),
        "availability": _("disponibilité"),
        "delay_days": _("délai (jours)"),
        "position": _("ordre"),
        "active": _("au catalogue"),
        "questions": _("questions"),
    }[field]
