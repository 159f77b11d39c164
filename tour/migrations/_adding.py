"""Columns added to tables that have rows already."""

from __future__ import annotations

from typing import Any

from tortoise.fields.base import DB_DEFAULT_NOT_SET
from tortoise.migrations import operations as ops


class AddField(ops.AddField):
    """Adds a column and gives the rows that stand there the field's own default.

    Tortoise's own operation (1.1.9) knows only defaults kept by the database, and so fails on a table with rows.
    """

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
        field = model._meta.fields_map[self.name]
        fill = state_editor and not field.null and not field.has_db_default()
        if not fill or field.default is None:
            return await super().database_forward(app_label, old_state, new_state, state_editor)
        field.db_default = field.default() if callable(field.default) else field.default
        try:
            await super().database_forward(app_label, old_state, new_state, state_editor)
        finally:
            field.db_default = DB_DEFAULT_NOT_SET
