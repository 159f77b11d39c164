"""Columns added to tables that have rows already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tortoise.fields.base import DB_DEFAULT_NOT_SET
from tortoise.migrations import operations as ops


@contextmanager
def default_in_the_database(field: Any) -> Iterator[None]:
    """As long as the block lasts, the field's own default is its column's."""
    if field.null or field.default is None or field.has_db_default():
        yield
        return
    field.db_default = field.default() if callable(field.default) else field.default
    try:
        yield
    finally:
        field.db_default = DB_DEFAULT_NOT_SET


class AddField(ops.AddField):
    """Adds a column and gives the rows that stand there the field's own default.

    Tortoise's own operation (1.1.9) knows only defaults kept by the database, and so fails on a table with rows.
    """

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
        with default_in_the_database(model._meta.fields_map[self.name]):
            await super().database_forward(app_label, old_state, new_state, state_editor)
