"""The feed that tablets read, kept by the database itself: which documents a write touches, whoever writes.

Each kind of document declares what it reads (``Reads``). From that come the triggers that give a new version to the
documents touched, inside the transaction that writes: nothing can be forgotten, not by a bulk update, not by a
statement of SQL. They are frozen in a migration; a test says when they and the declarations have drifted apart.

The counter's row stays locked until the commit, so versions become visible in order: a tablet that has read up to
version n can never miss a smaller one that commits later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tortoise import fields
from tortoise.fields.relational import BackwardFKRelation, RelationalField
from tortoise.models import Model

NEW_ID = (
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
)


@dataclass(frozen=True)
class Lookup:
    """Rows that a document finds by values and not by a relation: ``on`` says which of their columns are which of its.

    Where the document's column is a JSON list, the row's value is one of the list.
    """

    name: str
    model: type[Model]
    on: Mapping[str, str]


@dataclass(frozen=True)
class Reads:
    """Columns that documents of a kind read, or that say who holds them.

    ``path``: from the document's row to the row that has them, as ``prefetch_related`` writes it, "" for its own;
    the relations' own columns are read too, and need not be named. ``lookup``: what is looked up from there.
    """

    path: str
    columns: tuple[str, ...]
    lookup: Lookup | None = None


@dataclass(frozen=True)
class Watched:
    """A table of which a write touches documents of a kind: ``docs`` is SQL for their ids, ``{row}`` being the row."""

    name: str
    kind: str  # SQL
    table: str
    columns: tuple[str, ...]
    docs: str
    only_changes: bool  # rows that come or go change the row that points at them
    when: str = ""


def watched(kind: str, model: type[Model], depends_on: Iterable[Reads]) -> Iterator[Watched]:
    """The tables that documents of a kind depend on."""
    columns: dict[str, list[str]] = {}
    for reads in depends_on:
        if not reads.lookup:
            columns.setdefault(reads.path, []).extend(reads.columns)
        for path, relation in steps(model, reads.path):
            columns.setdefault(path, []).extend([relation] if relation else [])
    for path, names in columns.items():
        end = Walk.along(model, path)
        yield Watched(
            name=f"feed_{kind}_{path or 'own'}",
            kind=f"'{kind}'",
            table=end.model._meta.db_table,
            columns=tuple(dict.fromkeys(column(end.model, name) for name in names)),
            docs=end.docs(),
            only_changes=bool(path) and not end.backward,
        )
    for reads in depends_on:
        if reads.lookup:
            yield looked_up(kind, model, reads, reads.lookup)


def looked_up(kind: str, model: type[Model], reads: Reads, lookup: Lookup) -> Watched:
    found = tuple(column(lookup.model, name) for name in lookup.on)
    return Watched(
        name=f"feed_{kind}_{lookup.name}",
        kind=f"'{kind}'",
        table=lookup.model._meta.db_table,
        columns=tuple(
            dict.fromkeys((*found, *(column(lookup.model, name) for name in reads.columns)))
        ),
        docs=Walk.along(model, reads.path).docs(lookup),
        only_changes=False,
    )


def steps(model: type[Model], path: str) -> Iterator[tuple[str, str]]:
    """Where each relation on a path has its column: the path up to the row that has it, and the column's field."""
    so_far = ""
    for name in filter(None, path.split("__")):
        relation = relation_of(model, name)
        further = f"{so_far}__{name}".removeprefix("__")
        if isinstance(relation, BackwardFKRelation):
            yield so_far, ""
            yield further, relation.relation_field
        else:
            yield so_far, str(relation.source_field)
            yield further, ""
        model, so_far = relation.related_model, further


def relation_of(model: type[Model], name: str) -> Any:
    relation = model._meta.fields_map[name]
    assert isinstance(relation, RelationalField), f"{model.__name__}.{name}"
    return relation


def column(model: type[Model], name: str) -> str:
    """The column of a field, or of a relation's field."""
    return model._meta.fields_db_projection[name]


@dataclass
class Walk:
    """The way from a document's table to another: tables joined, t0 being the document's."""

    model: type[Model]
    tables: list[str]
    joins: list[str]
    backward: bool = False

    @classmethod
    def along(cls, model: type[Model], path: str) -> Walk:
        walk = cls(model, [model._meta.db_table], [])
        for name in filter(None, path.split("__")):
            walk.go(relation_of(walk.model, name))
        return walk

    def go(self, relation: Any) -> None:
        here, there = len(self.tables) - 1, len(self.tables)
        to: type[Model] = relation.related_model
        self.backward = isinstance(relation, BackwardFKRelation)
        if self.backward:
            mine, theirs = self.model._meta.db_pk_column, column(to, relation.relation_field)
        else:
            mine, theirs = column(self.model, str(relation.source_field)), to._meta.db_pk_column
        self.joins.append(f't{here}."{mine}" = t{there}."{theirs}"')
        self.tables.append(to._meta.db_table)
        self.model = to

    def docs(self, lookup: Lookup | None = None) -> str:
        """SQL that gives the documents' ids from the row at the way's end, or from one looked up there."""
        tables = [f'"{table}" t{n}' for n, table in enumerate(self.tables)]
        doc, joins = "t0.id", list(self.joins)
        if lookup:
            joins.extend(
                match(lookup.model, mine, self.model, theirs, len(tables) - 1)
                for mine, theirs in lookup.on.items()
            )
            return f"SELECT {doc} FROM {', '.join(tables)} WHERE {' AND '.join(joins)}"
        # The row itself is known: its table is not asked again.
        end = len(tables) - 1
        tables.pop()
        at_the_row = [join.replace(f"t{end}.", "{row}.") for join in joins]
        if not tables:
            return "SELECT {row}.id"
        if len(tables) == 1 and self.backward:
            return "SELECT " + at_the_row[0].rpartition(" = ")[2]
        return f"SELECT {doc} FROM {', '.join(tables)} WHERE {' AND '.join(at_the_row)}"


def match(found: type[Model], mine: str, model: type[Model], theirs: str, at: int) -> str:
    row, value = f'{{row}}."{column(found, mine)}"', f't{at}."{column(model, theirs)}"'
    if isinstance(model._meta.fields_map[theirs], fields.JSONField):
        return f"{{in_list {row} {value}}}"
    return f"{value} = {row}"


# As SQL.


def triggers(dialect: str, tables: Iterable[Watched]) -> list[str]:
    """What makes the database keep the feed."""
    tables = list(tables)
    if dialect == "sqlite":
        return [statement for one in tables for statement in in_sqlite(one)]
    return [*IN_POSTGRESQL, *(statement for one in tables for statement in in_postgresql(one))]


def for_row(sql: str, row: str, dialect: str) -> str:
    while "{in_list " in sql:
        before, _mark, rest = sql.partition("{in_list ")
        inside, _end, after = rest.replace("{row}", row).partition("}")
        one, many = inside.split()
        found = (
            f"EXISTS (SELECT 1 FROM json_each({many}) j WHERE j.value = {one})"
            if dialect == "sqlite"
            else f"{many} @> to_jsonb({one})"
        )
        sql = f"{before}{found}{after}"
    return sql.replace("{row}", row)


def in_sqlite(one: Watched) -> Iterator[str]:
    columns = ", ".join(f'"{name}"' for name in one.columns)
    differ = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in one.columns)
    events: list[tuple[str, str, str, tuple[str, ...]]] = [
        ("changed", f"UPDATE OF {columns}", f"({differ})", ("OLD", "NEW"))
    ]
    if not one.only_changes:
        events += [("came", "INSERT", "", ("NEW",)), ("left", "DELETE", "", ("OLD",))]
    for name, event, when, rows in events:
        kind = one.kind.replace("{row}", rows[-1])
        docs = " UNION ".join(dict.fromkeys(for_row(one.docs, row, "sqlite") for row in rows))
        guards = [guard for guard in (when, one.when.replace("{row}", rows[-1])) if guard]
        yield (
            f'CREATE TRIGGER {one.name}_{name} AFTER {event} ON "{one.table}" FOR EACH ROW'
            f"{' WHEN ' if guards else ''}{' AND '.join(guards)} BEGIN"
            f" UPDATE feedcounter SET value = value + 1 WHERE id = 1;"
            f" INSERT INTO document (id, kind, doc_id, version, stamps) SELECT {NEW_ID}, {kind}, x.doc,"
            f" (SELECT value FROM feedcounter WHERE id = 1), '{{}}' FROM (SELECT NULL AS doc WHERE false UNION {docs}) x"
            f" WHERE x.doc IS NOT NULL ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version; END"
        )


# One version a transaction: the counter's row, written thousands of times in one, would leave as many dead ones to
# pass over. The lock comes before that of any row, so two writers never wait for each other.
IN_POSTGRESQL = [
    "CREATE FUNCTION feed_lock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF coalesce(current_setting('tour.feed', true), '') = '' THEN"
    " PERFORM 1 FROM feedcounter WHERE id = 1 FOR UPDATE; END IF; RETURN NULL; END $$",
    "CREATE FUNCTION feed_touch(of_kind text, docs uuid[]) RETURNS void LANGUAGE plpgsql AS $$ DECLARE"
    " taken bigint := nullif(current_setting('tour.feed', true), '')::bigint; BEGIN"
    " IF cardinality(docs) = 0 THEN RETURN; END IF;"
    " IF taken IS NULL THEN UPDATE feedcounter SET value = value + 1 WHERE id = 1 RETURNING value INTO taken;"
    " PERFORM set_config('tour.feed', taken::text, true); END IF;"
    " INSERT INTO document (id, kind, doc_id, version, stamps)"
    " SELECT gen_random_uuid(), of_kind, x.doc, taken, '{}' FROM unnest(docs) x(doc) WHERE x.doc IS NOT NULL"
    " ON CONFLICT (kind, doc_id) DO UPDATE SET version = excluded.version"
    " WHERE document.version < excluded.version; END $$",
]


def in_postgresql(one: Watched) -> Iterator[str]:
    columns = ", ".join(f'"{name}"' for name in one.columns)
    differ = " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in one.columns)
    docs = " UNION ".join(for_row(one.docs, row, "postgres") for row in ("OLD", "NEW"))
    kind = one.kind.replace("{row}", "NEW")
    touch = f"PERFORM feed_touch({kind}, ARRAY({docs}));"
    if one.when:
        touch = f"IF {one.when.replace('{row}', 'NEW')} THEN {touch} END IF;"
    yield (
        f"CREATE FUNCTION {one.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {touch} RETURN NULL; END $$"
    )
    any_event = f"UPDATE OF {columns}" + ("" if one.only_changes else " OR INSERT OR DELETE")
    yield (
        f'CREATE TRIGGER {one.name}_first BEFORE {any_event} ON "{one.table}"'
        f" FOR EACH STATEMENT EXECUTE FUNCTION feed_lock()"
    )
    yield (
        f'CREATE TRIGGER {one.name}_changed AFTER UPDATE OF {columns} ON "{one.table}" FOR EACH ROW'
        f" WHEN ({differ}) EXECUTE FUNCTION {one.name}()"
    )
    if not one.only_changes:
        yield (
            f'CREATE TRIGGER {one.name}_moved AFTER INSERT OR DELETE ON "{one.table}" FOR EACH ROW'
            f" EXECUTE FUNCTION {one.name}()"
        )
